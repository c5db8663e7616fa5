"""Create the data directory of this run before Django reads its settings; pytest loads this plugin
ahead of pytest-django. With TEST_STACK=postgresql, the run uses its own PostgreSQL as store and
its own Redis as channel layer."""

import atexit
import os
import sys
import tempfile
from pathlib import Path

directory = tempfile.TemporaryDirectory(prefix="viewer-tests-")
os.environ["DATA_DIR"] = directory.name
for name in (
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "WORKERS",
    "OIDC_ISSUER",
    "FORWARDED_ALLOW_IPS",
):
    os.environ.pop(name, None)

# Each worker process of pytest-xdist has its own; the controller, which only distributes tests,
# has none.
hands_out = "--numprocesses" in sys.argv and "PYTEST_XDIST_WORKER" not in os.environ

if os.environ.get("TEST_STACK") == "postgresql" and not hands_out:
    from tests.support.stack import Postgresql, Redis

    beside = tempfile.TemporaryDirectory(prefix="viewer-stack-")  # PostgreSQL runs as another user
    postgresql = Postgresql(Path(beside.name) / "postgresql").start()
    atexit.register(postgresql.stop)
    redis = Redis(Path(beside.name) / "redis").start()
    atexit.register(redis.stop)
    os.environ["DATABASE_URL"] = postgresql.new_database("viewer")
    os.environ["REDIS_URL"] = redis.url
