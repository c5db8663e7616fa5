"""A data directory for this run, named before Django reads its settings: pytest loads this
as a plugin, ahead of pytest-django."""

import os
import tempfile

directory = tempfile.TemporaryDirectory(prefix="viewer-tests-")
os.environ["DATA_DIR"] = directory.name
os.environ.pop("SECRET_KEY", None)
