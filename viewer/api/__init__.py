"""The REST API: views of events, and the OpenAPI document."""
