"""The REST interface, described."""
