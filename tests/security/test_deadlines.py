"""No query exceeds its time limit, in Python loops or inside the database."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
import requests
from django.db import connection

from tests.support.write_requests import judged, write_request
from viewer.events.search import Search
from viewer.query import parse_query
from viewer.query.text_search import LARGE
from viewer.workload.deadline import TimeUp, check_deadline, within_deadline
from viewer.workload.thread_pools import FairPool, PoolTurn
from viewer.workload.visitor_queries import run_within_deadline

pytestmark = pytest.mark.slow

COUNTING = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
ENDLESS = {
    "sqlite": f"{COUNTING} SELECT max(x) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}
LETTERS = 900  # length of a query: the databases' search takes this many steps per letter of a line


def ask_endlessly() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[connection.vendor])


def took(call) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def test_the_database_ends_a_statement_in_time(stored):
    def ask() -> None:
        with pytest.raises(TimeUp, match=r"longer than 0\.2 s"), within_deadline(0.2):
            ask_endlessly()

    assert 0.1 < took(ask) < 1


def test_an_inner_deadline_leaves_the_outer_one_in_force(stored):
    def ask() -> None:
        with within_deadline(0.4):
            with pytest.raises(TimeUp), within_deadline(0.1):
                ask_endlessly()
            with pytest.raises(TimeUp), within_deadline(60):
                ask_endlessly()

    assert 0.3 < took(ask) < 1.5


def test_a_connection_is_reusable_after_a_timeout(stored):
    with pytest.raises(TimeUp), within_deadline(0.1):
        ask_endlessly()
    time.sleep(0.2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
        if connection.vendor == "postgresql":
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_loops_in_python_check_the_deadline(stored):
    def loop() -> None:
        while True:
            check_deadline()

    def ask() -> None:
        with pytest.raises(TimeUp), within_deadline(0.1):
            loop()

    assert took(ask) < 1


@pytest.mark.sqlite
def test_a_query_ends_when_its_client_has_left(stored):
    pool = FairPool("test", 1, per_pair=1, per_visitor=1, waiting=5)

    async def leave() -> None:
        task = asyncio.ensure_future(run_within_deadline(pool, PoolTurn(1, "a"), 60, ask_endlessly))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.wait([task])
        await pool.run(PoolTurn(1, "a"), lambda: None)  # in the only thread

    assert took(lambda: asyncio.run(leave())) < 2


# -- search in large lines ------------------------------------------------------------------------


def lines_of(*values: str) -> list[bytes]:
    return [json.dumps({"x": value}).encode() for value in values]


@pytest.fixture
def pair(new_pair, store):
    return new_pair("natero")


@pytest.fixture
def keep(store, pair):
    def stored_lines(*lines: bytes, name: str = "feature") -> None:
        events = [judged(name)._replace(raw=line, size=len(line)) for line in lines]
        store.append([write_request(pair, events)])
        pair.refresh_from_db()

    return stored_lines


def found(pair, text: str, **options) -> list[int]:
    search = Search(parse_query(text), limit=1000, **options)
    return [event["seq"] for event in search.find(pair).events]


COSTLY = {
    "free text": "a" * LETTERS + "b",
    "free text whose first letter differs": "b" + "a" * LETTERS,
    "wildcards": "*".join(["a" * 40 + "b"] * 20),
    "with slashes": "a/" * 400 + "é",
    "a field": "x:" + "a" * LETTERS + "b",
    "a field with wildcards": "x:*" + "a" * LETTERS + "b*",
    "a name with wildcards": "name:*" + "a" * LETTERS + "b*",
    "a path": "a" * LETTERS + "b:1",
    "not": "-" + "a" * LETTERS + "b",
}


@pytest.mark.alone
@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_no_text_makes_a_search_in_large_lines_slow(pair, keep, text):
    line = b'{"x":"' + b"a" * 1_000_000 + b'"}'
    keep(*[line] * 4, name="a" * 100_000)
    assert took(lambda: found(pair, text)) < 2


@pytest.mark.parametrize(
    "text",
    [
        "needle",
        "NEEDLE",
        "nee*dle",
        "*dle*nee*",
        "needle OR nowhere",
        "-needle",
        '"needle of\\"straw"',
        "nädel",
        "x:*needle*",
        "x:needle*",
        "x:*needle",
        "x:*NEEDLE*",
        "x:*",
        "-x:*needle*",
        "y:needle",
        "name:*needle*",
        "name:needle*",
        "a*b*c",
        "100%_",
        "x:*.*",
        '"nee*dle"',
    ],
)
def test_a_query_means_the_same_in_lines_of_any_size(pair, keep, text):
    """Each small line has a large counterpart with the same start and end."""
    values = ["needle", "of needle", "needle of", "x", 'needle of"straw', "NÄDEL Nädel", "a.b*c"]
    values += ["nee*dle", "100%_", "neexdle", ""]
    small, large = [], []
    for value in values:
        small += lines_of(value, value + ".")
        pad = " " * LARGE
        large += lines_of(value, value + ".")
        large[-2:] = [line[:-1] + b',"pad":"' + pad.encode() + b'"}' for line in large[-2:]]
    keep(*small, name="of needle")
    keep(*large, name="of needle")
    seqs = found(pair, text)
    count = len(small)
    assert [seq for seq in seqs if seq <= count] == [seq - count for seq in seqs if seq > count]


def test_long_names_match_patterns_like_short_ones(pair, keep):
    pad = "." * LARGE
    names = ["needle", "of needle", "needle of", "straw"]
    for name in names:
        keep(b"{}", name=name)
        keep(
            b"{}", name=name.replace("needle", f"needle{pad}needle").replace("straw", "straw" + pad)
        )
    for text in ("name:needle*", "name:*needle", "name:*needle*", "name:str*", "name:*w"):
        seqs = found(pair, text)
        short = [(seq + 1) // 2 for seq in seqs if seq % 2]
        long = [seq // 2 for seq in seqs if not seq % 2]
        assert short == long or text == "name:*w"


def test_an_interrupted_search_reports_its_progress(pair, keep, monkeypatch):
    """The search returns the many fast lines even if it times out on the slow ones after them."""
    from viewer.events import search

    keep(*lines_of(*["quick"] * 200))
    monkeypatch.setattr(search, "EXTRA_SECONDS", 0.2)
    reads = search.PreparedQuery.rows

    def rows(self, pair_id, first, last):
        if last > 100:
            ask_endlessly()
        return reads(self, pair_id, first, last)

    monkeypatch.setattr(search.PreparedQuery, "rows", rows)
    answer = Search(parse_query("x:quick"), limit=1000, seconds=0.2).find(pair)
    assert answer.searched_to == 80
    assert [event["seq"] for event in answer.events] == list(range(1, 81))


def test_a_query_that_takes_too_long_is_refused_with_an_explanation(uvicorn, pair, keep):
    """Fifty fields in lines of 1 MiB, each of which must be parsed as JSON."""
    keep(*[b'{"x":"' + b"a " * 500_000 + b'","y":1}'] * 40)
    query = " ".join(["y>0"] * 49 + ["y>1"])
    began = time.monotonic()
    answer = requests.get(
        f"{uvicorn.url}/api/events",
        params={"q": query},
        auth=(pair.api_key, pair.auth_key),
        timeout=60,
    )
    assert time.monotonic() - began < 10
    assert answer.status_code in (200, 503)
    if answer.status_code == 503:
        assert "longer than" in answer.json()["error"]
    else:
        assert answer.json()["searched_to"]
