"""Pages, REST API and live feed of the Instrumentation Viewer."""

# The one place of the version: pyproject.toml, `manage.py --version` and the OpenAPI document
# read it here.
__version__ = "0.1.0"
