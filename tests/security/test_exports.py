"""An export of large events needs little memory, whichever columns it has."""

from __future__ import annotations

import csv
import io
import tracemalloc

import pytest
import requests

from ingest.models import Event
from tests.support.write_requests import judged, write_request
from viewer.export import csv_table
from viewer.export.csv_table import LEFT_OUT, MAX_OF_ROW
from viewer.export.export import BYTES, FORMATS, ExportFormat, ExportRange, _csv
from viewer.query import parse_query
from viewer.workload.deadline import TimeUp, within_deadline

MIB = 2**20
DEPTH = 40
NESTED = [".".join("a" * depth) for depth in range(1, DEPTH + 1)]
EMOJI = "\N{GRINNING FACE}"  # Python then keeps four bytes for each character


def nested(size: int) -> bytes:
    """One long text inside many nested objects: each of them is a column of that length."""
    return b'{"a":' * DEPTH + f'"{EMOJI}{"z" * size}"'.encode() + b"}" * DEPTH


@pytest.fixture(autouse=True)
def fields_of_any_length():
    before = csv.field_size_limit(100 * MIB)
    yield
    csv.field_size_limit(before)


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def keep(pair, store):
    def keep_(*lines: bytes) -> None:
        events = [judged()._replace(raw=raw, size=len(raw)) for raw in lines]
        store.append([write_request(pair, events)])
        pair.refresh_from_db()

    return keep_


def test_each_column_is_named_once(uvicorn, pair):
    answer = requests.get(
        f"{uvicorn.url}/api/export",
        {"format": "csv", "columns": ",".join(["raw"] * 50)},
        auth=(pair.api_key, pair.auth_key),
        timeout=60,
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "columns must name each column once."


@pytest.mark.slow
def test_a_row_of_nested_columns_is_bounded():
    event = Event(seq=1, raw=nested(MIB), problems="[]", verdict="valid")
    tracemalloc.start()
    try:
        row = csv_table.csv_row(event, ["seq", *NESTED, "verdict"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(row) < MAX_OF_ROW + 2 * MIB
    assert peak < 32 * MIB
    cells = next(csv.reader([row.decode()]))
    words = LEFT_OUT.decode().strip('"')
    left_out = [cell for cell in cells if cell == words]
    assert (cells[0], cells[-1]) == ("1", "valid")
    assert 0 < len(left_out) < DEPTH
    assert cells[DEPTH - 1] == words
    assert cells[1].endswith("z" + '"' + "}" * (DEPTH - 1))


@pytest.mark.slow
def test_a_row_of_existing_fields_is_complete():
    raw = b'{"properties":{"b":"' + b'\\"' * (6 * MIB) + b'"}}'
    event = Event(seq=1, raw=raw, problems="[]", verdict="valid")
    cells = next(
        csv.reader([csv_table.csv_row(event, ["raw", "properties.b"]).decode()], strict=True)
    )
    assert cells == [raw.decode(), '"' * (6 * MIB)]


@pytest.mark.parametrize(
    "cells",
    [[""], ["", ""], ['"'], ["a,b", 'say "x"'], ["a\rb", "a\nb", "\r\n"], [" a ", "ü"], [1]],
)
def test_cells_are_quoted_as_python_does(cells):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerow(cells)
    assert csv_table._row(map(csv_table._field, cells)) == out.getvalue().encode()


def test_a_piece_has_the_number_of_bytes_written(pair, keep):
    keep(*[nested(20_000)] * 20)
    wanted = ExportRange(pair, parse_query(""), 0, pair.last_seq)
    text, until = wanted.write(_csv(NESTED), 0, 1_000)
    assert 0 < until < 20
    assert BYTES <= len(text) < 2 * BYTES
    assert wanted.write(FORMATS["raw"], 0, 1_000)[1] == 20


def test_a_piece_ends_with_its_deadline(pair, keep):
    keep(*[b"{}"] * 20)
    wanted = ExportRange(pair, parse_query(""), 0, pair.last_seq)
    with within_deadline(60) as deadline:
        late = Late(deadline)
        with pytest.raises(TimeUp):
            wanted.write(ExportFormat("text/plain", "txt", late), 0, 1_000)
    assert late.calls == 1


class Late:
    """Times out after it wrote one event."""

    def __init__(self, deadline) -> None:
        self._deadline = deadline
        self.calls = 0

    def __call__(self, event: Event) -> bytes:
        self.calls += 1
        self._deadline.expire()
        return b"x"
