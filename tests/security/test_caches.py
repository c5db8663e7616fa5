"""No cache of a process grows without bound with the requests of strangers."""

from __future__ import annotations

import ast
import gc
import re
import sqlite3
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from ingest.dialects import BY_NAME
from ingest.models import Event
from ingest.storage.counters import Counters
from ingest.storage.db.insert import InsertTarget
from ingest.storage.db.sqlite import SqliteCursor
from ingest.tracking_plan.rules import PlanRules
from ingest.validation.validate_event import validate_events
from ingest.values import IncomingRequest, Limits
from viewer.events import fields

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20

# Every cached function, and the reason why its cache is bounded in bytes.
REVIEWED = {
    "ingest/dialects/dialect.py _cached_name_problem": "4,096 names of at most 100 characters",
    "ingest/dialects/dialect.py _cached_typo": "4,096 names of at most 100 characters",
    "ingest/schema/fuzzy_names.py _candidates": "16 lists of at most 1,000 names of 40 characters",
    "ingest/schema/fuzzy_names.py _fold": "4,096 names, cut at 100 characters",
    "ingest/schema/fuzzy_names.py _folded": "64 lists of names of at most 100 characters",
    "ingest/schema/fuzzy_names.py _letters": "4,096 names, cut at 100 characters",
    "ingest/schema/fuzzy_names.py _nearest": "lists of at most 200 names of 100 characters",
    "ingest/schema/fuzzy_names.py _search": "512 searches among 2,000 characters",
    "ingest/timestamps/date_tokens.py _token": "1,024 parts of texts of at most 1,000 characters",
    "ingest/timestamps/javascript_date.py _read_date": "256 texts of at most 1,000 characters",
    "ingest/validation/envelopes.py _shape_of": "one for each dialect",
    "ingest/receiving/networks.py _network_of": "4,096 addresses of at most 45 characters",
    "ingest/storage/db/postgresql.py _marked": "512 statements, written in the code",
    "ingest/storage/db/postgresql.py _types": "columns of our tables",
    "ingest/storage/db/postgresql.py _values": "statements, by number of rows",
    "ingest/tracking_plan/revalidation.py _statement": "statements, by number of rows",
    "ingest/schema/schema_rules.py find": "256 places of at most 64 steps",
    "ingest/storage/db/sqlite.py _statement": "statements, by number of rows",
    "viewer/api/rest_api.py _document_text": "one",
    "viewer/events/chart.py": "statements without arguments",
    "viewer/onboarding/problem_help.py": "one",
    "viewer/live/frames.py _numbers": "one",
    "viewer/templatetags/icons.py icon": "256 icons, named in templates",
    "viewer/templatetags/modules.py": "files of static/",
    "ingest/storage/counters.py FIFOCache": "50,000 names of at most 200 characters",
    "ingest/storage/store.py LRUCache": "1,000 times",
    "ingest/tracking_plan/versions.py LRUCache": "8 MiB of plans, and 200",
    "ingest/tracking_plan/worker.py LRUCache": "20 MiB of compiled plans",
    "viewer/access/rate_limit.py LRUCache": "4,096 times by networks and ids",
    "viewer/events/fields.py TTLCache": "20 lists of 300 fields with 20 values of 80 characters",
    "viewer/events/fields.py field_values": "the same",
    "viewer/server/framing.py LRUCache": "10,000 networks",
}
CACHES = {"cache", "lru_cache", "cached", "cachedmethod"}  # of functools and cachetools
MAPPINGS = {"Cache", "FIFOCache", "LFUCache", "LRUCache", "RRCache", "TLRUCache", "TTLCache"}


def test_each_cached_function_is_reviewed():
    paths = [*ROOT.glob("ingest/**/*.py"), *ROOT.glob("viewer/**/*.py")]
    assert len(paths) > 100
    found = {f"{path.relative_to(ROOT)} {name}" for path in paths for name in cached_in(path)}
    assert len(found) > 10
    missing = {each for each in found if not {each, each.split()[0]} & REVIEWED.keys()}
    assert not missing, "say in REVIEWED what bounds their bytes"


def cached_in(path: Path) -> Iterator[str]:
    """Names of functions with a cache, applied as a decorator or by a call, and of the classes of
    caches that are made."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (node.name for each in node.decorator_list if is_cache(each))
        elif isinstance(node, ast.Call) and is_cache(node.func) and node.args:
            yield from (each.id for each in node.args if isinstance(each, ast.Name))
        elif isinstance(node, ast.Call) and (name := name_of(node.func)) in MAPPINGS:
            yield name


def is_cache(node: ast.expr) -> bool:
    return name_of(node.func if isinstance(node, ast.Call) else node) in CACHES


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_the_search_for_caches_finds_one(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "@functools.lru_cache(maxsize=9)\ndef one(text): ...\n@cache\ndef two(text): ...\n"
        "three = lru_cache(maxsize=9)(found)\nfour = functools.cache(also)\n"
        "@cachetools.cached(LRUCache(9), key=len)\ndef five(text): ...\n"
        "six: dict = cachetools.TTLCache(9, 1)\n"
    )
    found = {"one", "two", "found", "also", "five", "LRUCache", "TTLCache"}
    assert set(cached_in(module)) == found


def kept_by(work: object) -> int:
    """Bytes that are still allocated after a call."""
    gc.collect()
    tracemalloc.start()
    try:
        work()  # type: ignore[operator]
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_long_names_leave_nothing_behind():
    way = BY_NAME["usermaven"]
    request = IncomingRequest("POST", "/api/v1/event", "", {}, "", 1795849869981)

    def send() -> None:
        for number in range(30):
            name = f"{number}" + "y" * 400_000
            event = {"event_type": name, "user": {"id": "u"}, name: 1}
            reading = way.read(request, orjson.dumps(event), Limits())
            (judged,) = validate_events(way, reading.pieces, 1795849869981, "KEY")
            assert judged.verdict != "malformed"  # too long a line would be

    assert kept_by(send) < MIB


@pytest.mark.slow
def test_recursive_schemas_leave_few_locations_behind():
    inner = {"type": "object", "properties": {name: {"$ref": "#/$defs/n"} for name in "ab"}}
    rules = PlanRules({"$defs": {"n": inner}, "$ref": "#/$defs/n"})

    def judge() -> None:
        for number in range(3_000):
            value: object = 1
            for bit in f"{number:0100b}":
                value = {"ab"[int(bit)]: value}
            assert rules.problems(value)

    assert kept_by(judge) < 2 * MIB


@pytest.mark.slow
def test_statements_do_not_retain_their_parameters():
    connection = sqlite3.connect(":memory:", cached_statements=512, isolation_level=None)
    connection.execute('CREATE TABLE "ingest_event" (raw BLOB)')
    into = InsertTarget(Event, ("raw",), long=("raw",))
    cursor = SqliteCursor(connection)
    before = resident()
    for count in range(1, 64):
        cursor.insert(into, [(b"x" * 500_000,)] * count)
        connection.execute('DELETE FROM "ingest_event"')
    assert resident() - before < 100
    cursor.insert(into, [(b"%d" % number,) for number in range(1_200)])
    stored = connection.execute('SELECT raw FROM "ingest_event"').fetchall()
    assert stored == [(b"%d" % number,) for number in range(1_200)]
    connection.close()


def resident() -> int:
    """Resident memory of this process in MiB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


class NoRows:
    """A cursor of an empty database."""

    def execute(self, *_: object) -> NoRows:
        return self

    def fetchall(self) -> list[object]:
        return []

    def insert(self, *_: object) -> None:
        pass


@pytest.mark.slow
def test_names_of_many_pairs_leave_little_behind():
    tallies = Counters()

    def tally() -> None:
        for pair in range(60):
            names = {(f"{pair} {number} ".ljust(200, "n"), "valid"): 1 for number in range(4_000)}
            tallies.add_names(NoRows(), pair, names, 0)  # type: ignore[arg-type]

    assert kept_by(tally) < 40 * MIB


@pytest.mark.parametrize("length", [fields.MAX_PATH_LENGTH, fields.MAX_PATH_LENGTH + 1])
def test_fields_with_very_long_names_are_not_cached(length):
    found = fields._paths([orjson.dumps({"n" * length: "value"})])
    assert bool(found) == (length <= fields.MAX_PATH_LENGTH)
