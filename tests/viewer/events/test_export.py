"""`GET /api/export` returns every match as it was sent, and never holds all of them in memory."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ingest.models import Event
from tests.support.http import post, send_raw
from tests.support.processes import resident
from tests.support.server import Server
from tests.support.wait import until
from tests.support.write_requests import store_large

LINE = '{"accountId":"a","userId":%s,"createdAt":1795227547189,"action":"feature"%s}'


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def export(server, pair):
    def get(**parameters) -> requests.Response:
        keys = (pair.api_key, pair.auth_key)
        return requests.get(f"{server.url}/api/export", parameters, auth=keys, timeout=60)

    return get


def line(user: object = "u", **more: object) -> str:
    added = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in more.items())
    return LINE % (json.dumps(user), added)


def send(server, pair, *lines: str | bytes) -> None:
    body = b"\n".join(text.encode() if isinstance(text, str) else text for text in lines)
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    assert send_raw(server.port, post(path, body), 60).status == 200


def table_of(answer: requests.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


# -- formats -----------------------------------------------------------------------------------


def test_ndjson_has_one_line_per_event_as_in_rest(server, pair, export):
    send(server, pair, line("ä"), "{", b'{"action":"\xff"}')
    answer = export()
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.content.endswith(b"\n")
    keys = (pair.api_key, pair.auth_key)
    shown = requests.get(f"{server.url}/api/events", auth=keys, timeout=10).json()["events"]
    assert [json.loads(text) for text in answer.content.splitlines()] == shown
    assert [event["seq"] for event in shown] == [1, 2, 3]


def test_json_is_one_array(server, pair, export):
    assert export(format="json").json() == []
    send(server, pair, *(line(number) for number in range(2_500)))
    assert [event["seq"] for event in export(format="json").json()] == list(range(1, 2_501))


def test_raw_lines_are_exactly_as_sent(server, pair, export):
    lines = [line("u", n=12345678901234567890), '{ "a" :1.0,"a":2 }', b"\xff\xfe?"]
    send(server, pair, *lines)
    sent = b"".join((x.encode() if isinstance(x, str) else x) + b"\n" for x in lines)
    assert export(format="raw").content == sent


def test_an_export_without_events_is_an_empty_file(export):
    assert export().content == b""
    assert export(format="raw").content == b""
    assert len(table_of(export(format="csv"))) == 1


def test_csv_has_a_header_and_a_row_per_event(server, pair, export):
    send(server, pair, line('says "hi",\nthere'), "{")
    answer = export(format="csv")
    assert answer.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    header, good, broken = table_of(answer)
    assert ",".join(header) == (
        "seq,received_at,verdict,name,account,user,session,occurred_at,problems,raw"
    )
    row = dict(zip(header, good, strict=True))
    assert (row["seq"], row["user"], row["name"]) == ("1", 'says "hi",\nthere', "feature")
    assert row["raw"] == line('says "hi",\nthere')
    assert row["problems"] == "missing-session missing-own-field"
    assert dict(zip(header, broken, strict=True))["verdict"] == "malformed"
    assert answer.content.count(b"\r\n") == 3


def test_csv_has_columns_and_dotted_paths_in_any_order(server, pair, export):
    send(
        server,
        pair,
        line("u", total=-1.50, big=12345678901234567890, on=True, none=None),
        line("u", **{"a.b": {"c": 1}, "list": [{"x": "y"}, 2.0]})[:-1] + ',"list":"second"}',
        "{",
    )
    columns = 'list.0.x,seq,total,big,on,none,"a.b".c,list,time,problem'
    header, *rows = table_of(export(format="csv", columns=columns))
    assert header == columns.split(",")
    assert rows[0][:8] == ["", "1", "-1.5", "12345678901234567890", "true", "", "", ""]
    assert rows[1][:8] == ["y", "2", "", "", "", "", "1", '[{"x":"y"},2.0]']
    assert rows[2][:2] == ["", "3"]
    assert all("T" in row[8] and row[9] for row in rows)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_spreadsheet_executes_no_cell(server, pair, export, start):
    send(server, pair, line(start, total=-1), start.strip() or "=")
    header, row, malformed = table_of(export(format="csv", columns=f"user,total,{start},raw"))
    shown = f"'{start[0]}'{start[1:]}" if start[0] in "\t\r\n" else f"'{start}"
    assert header[2] == shown
    assert row[:2] == [shown, "-1"]
    assert malformed[3].startswith("'")


def test_special_names_of_objects_are_plain_names(server, pair, export):
    send(server, pair, '{"__proto__":{"x":1},"constructor":2,"__class__":"c"}')
    columns = "__proto__.x,constructor,__class__,__class__.name,0,__init__"
    assert table_of(export(format="csv", columns=columns))[1] == ["1", "2", "c", "", "", ""]


def test_a_name_can_contain_a_comma_or_equal_a_column(server, pair, export):
    send(server, pair, '{"a,b":1,"size":2}')
    columns = "a%2Cb,size,.size,occurred"
    assert table_of(export(format="csv", columns=columns)) == [
        ["a,b", "size", ".size", "occurred"],
        ["1", "18", "2", ""],
    ]


# -- content -------------------------------------------------------------------------------------


def seqs(answer: requests.Response) -> list[int]:
    return [json.loads(text)["seq"] for text in answer.content.splitlines()]


def test_it_follows_the_query_and_the_range(server, pair, export):
    send(server, pair, *(line("odd" if number % 2 else "even") for number in range(1, 4_502)))
    assert seqs(export(q="user:odd")) == list(range(1, 4_502, 2))
    assert seqs(export(after=4_490, before=4_499, q="user:even")) == [4_492, 4_494, 4_496, 4_498]
    assert seqs(export(after=4_500)) == [4_501]
    assert seqs(export(after=9_999)) == []


def test_the_total_is_given_if_it_is_cheap(server, pair, export):
    send(server, pair, line("a"), line("b"), line("b"))
    assert export().headers["X-Events-Total"] == "3"
    assert export(after=1).headers["X-Events-Total"] == "2"
    assert export(q="user:b").headers["X-Events-Total"] == "2"
    head = requests.head(f"{server.url}/api/export", auth=(pair.api_key, pair.auth_key), timeout=10)
    assert (head.headers["X-Events-Total"], head.content) == ("3", b"")


def test_the_file_is_named_after_the_pair_and_is_not_cached(export, pair, stored):
    pair.name = f'{pair.pk}/../"ü"\u202e;=\\.exe'
    pair.save(update_fields=["name"])
    headers = export(format="csv").headers
    assert headers["Cache-Control"] == "no-store"
    disposition = headers["Content-Disposition"]
    name = rf"{pair.pk}-%C3%BC-exe-\d{{8}}T\d{{6}}Z\.csv"
    assert re.fullmatch(rf"attachment; filename\*=utf-8''{name}", disposition)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"format": "xml"}, "format must be one of csv, json, ndjson, raw"),
        ({"q": "verdict:red"}, "verdict"),
        ({"after": "x"}, "after must be"),
        ({"format": "csv", "columns": "a,,b"}, "columns must be"),
        ({"format": "csv", "columns": "," * 60}, "50 columns"),
        ({"format": "csv", "columns": "x" * 300}, "columns must be"),
    ],
)
def test_an_invalid_request_is_a_400_with_the_reason(export, bad, words):
    answer = export(**bad)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_strangers_get_nothing(server, pair):
    url = f"{server.url}/api/export"
    assert requests.get(url, {"pair": pair.pk}, timeout=10).status_code == 401
    assert requests.get(url, auth=(pair.api_key, "wrong-key"), timeout=10).status_code == 401


# -- large exports ---------------------------------------------------------------------------------

LARGE = 90  # MiB


@pytest.fixture
def large(pair, store) -> None:
    store_large(store, pair, LARGE)


@contextlib.contextmanager
def asked(server: Server, pair, target: str) -> Iterator[socket.socket]:
    """A client that sent a request, and reads the reply only on demand."""
    basic = base64.b64encode(f"{pair.api_key}:{pair.auth_key}".encode()).decode()
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {basic}\r\n\r\n"
        connection.sendall(head.encode())
        yield connection


def memory(server: Server) -> int:
    """Resident memory in MiB."""
    return resident(server.process.pid) >> 20


def work(server: Server) -> int:
    """CPU time so far, in hundredths of a second."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def read_so_far(server: Server) -> int:
    """MiB read from files and sockets so far."""
    return int(Path(f"/proc/{server.process.pid}/io").read_text().split()[1]) >> 20


def is_at_rest(server: Server) -> bool:
    before = work(server)
    time.sleep(0.5)
    return work(server) - before <= 5


def test_a_client_that_does_not_read_fills_no_memory_and_gets_everything(server, pair, large):
    before = memory(server)
    with asked(server, pair, "/api/export?format=raw") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        until(lambda: is_at_rest(server), 20)
        assert memory(server) - before < LARGE // 2
        rest = b""
        size = 0
        while not rest.endswith(b"0\r\n\r\n"):
            part = connection.recv(2**20)
            assert part, "the answer broke off"
            size += len(part)
            rest = (rest + part)[-10:]
        assert size > LARGE * 2**20 * 0.99


def test_it_stops_when_the_client_leaves(server, pair, large):
    before = read_so_far(server)
    with asked(server, pair, "/api/export") as connection:
        connection.recv(100)
    until(lambda: is_at_rest(server), 20)
    assert read_so_far(server) - before < LARGE // 3


def test_arrivals_during_the_export_are_not_in_it(server, pair, large):
    with asked(server, pair, "/api/export?format=raw") as connection:
        got = connection.recv(100)
        send(server, pair, line("late"))
        while not got.endswith(b"0\r\n\r\n"):
            part = connection.recv(2**20)
            assert part, "the answer broke off"
            got = got[-200:] + part
    assert b"late" not in got


def test_a_reply_that_fails_midway_is_not_mistaken_for_complete(server, pair, stored):
    send(server, pair, *(line(number) for number in range(5_000)))
    Event.objects.filter(keypair=pair, seq=4_500).update(problems='[["no-such-code"]]')
    keys = (pair.api_key, pair.auth_key)
    url = f"{server.url}/api/export"
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, auth=keys, timeout=20)
    assert requests.get(url, {"after": 4_500}, auth=keys, timeout=20).status_code == 200
