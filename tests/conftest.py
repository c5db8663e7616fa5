"""Shared fixtures. Tests of storage and of live servers use one real SQLite file in a directory of
this run; servers are separate processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ingest.memory_tuning import freeze_heap
from tests.support import scratch
from tests.support.server import Server, running
from tests.support.stack import Stack
from tests.support.unit import is_unit

pytest_plugins = ["tests.support.browser"]

_number = count(1)

# The duration of an example says nothing while other tests run. Time limits have tests of their
# own, which run alone.
hypothesis.settings.register_profile("beside others", deadline=None)
hypothesis.settings.load_profile("beside others")

OF_ONE = {"sqlite": "postgresql", "postgresql": "sqlite"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark unit tests, and deselect tests of the database that is not in use."""
    for item in items:
        if is_unit(item):
            item.add_marker("unit")
    here = os.environ.get("TEST_STACK", "sqlite")
    others = [item for item in items if item.get_closest_marker(OF_ONE[here])]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def pytest_collection_finish() -> None:
    """Freeze the heap as a server does."""
    freeze_heap()


_figures: list[str] = []


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Record a measurement of a test; it is printed at the end of the run."""
    return lambda text: request.node.user_properties.append(("figure", text))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        _figures.extend(text for name, text in report.user_properties if name == "figure")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if _figures:
        terminalreporter.section("figures")
        for line in _figures:
            terminalreporter.line(line)


@pytest.fixture
def new_stack(tmp_path_factory) -> Iterator[Callable[[], Stack]]:
    """Start PostgreSQL and Redis for one test."""
    stacks: list[Stack] = []

    def start() -> Stack:
        stacks.append(Stack(tmp_path_factory.mktemp("stack")))
        return stacks[-1]

    yield start
    for stack in stacks:
        stack.stop()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return Path(scratch.directory.name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker) -> None:
    """Use the run's own file instead of a database that Django creates and drops: live servers use
    it."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)


@pytest.fixture(scope="session")
def daphne(data_dir: Path, django_db_setup) -> Iterator[Server]:
    with running("daphne", data_dir) as server:
        yield server


@pytest.fixture(scope="session")
def uvicorn(data_dir: Path, django_db_setup) -> Iterator[Server]:
    with running("uvicorn", data_dir) as server:
        yield server


@pytest.fixture(autouse=True)
def forgive(request: pytest.FixtureRequest) -> Iterator[None]:
    """Clear the failure counters: all tests share one address, so wrong keys of one test would
    lock out the next."""
    yield
    if "django_db_setup" not in request.fixturenames:
        return  # no server uses the run's database
    from viewer.access.failed_attempts import COUNTED
    from viewer.models import AuditLogEntry

    with request.getfixturevalue("django_db_blocker").unblock():
        AuditLogEntry.objects.filter(action__in=COUNTED).delete()


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest, django_db_setup: None) -> Server:
    """Run the test once under each server."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def new_pair(django_db_setup, django_db_blocker) -> Callable[..., object]:
    """Create a key pair that live servers can see: `new_pair("natero", api_key="k")`."""
    from ingest.auth import key_pairs

    def make(dialect: str, **arguments: str):
        with django_db_blocker.unblock():
            return key_pairs.create_key_pair(f"{dialect} {next(_number)}", dialect, **arguments)

    return make


@pytest.fixture
def stored(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Give a test of a live server access to the store."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def store(stored):
    """A store for this test only, in addition to those of live servers."""
    from ingest.storage.store import Store

    return Store()


@pytest.fixture
def stream(page, new_pair):
    """A Natero key pair whose live page is open in the test's `page`."""
    from tests.support.browser import open_stream

    pair = new_pair("natero")
    open_stream(page, pair)
    return pair
