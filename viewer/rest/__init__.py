"""Requests and responses of the REST API, for the packages that have views of it."""
