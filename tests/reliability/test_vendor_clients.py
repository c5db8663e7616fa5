"""Published clients, run unmodified against the test endpoints."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.server import ROOT
from tests.support.stored_data import events_of, faults_of, last_delivery, problems_of, verdicts_of
from tests.support.vendors import fresh

CLIENTS = ROOT / "tests" / "clients"


def run(*command: str, **options) -> subprocess.CompletedProcess[str]:
    """The output of a program that succeeds."""
    return subprocess.run(
        command, cwd=CLIENTS, check=True, capture_output=True, text=True, timeout=30, **options
    )


def names_of(pair) -> list[str]:
    return [event.name for event in events_of(pair)]


# -- PyPI usermaven 0.1.2 --------------------------------------------------------------------


def run_python(server, pair, mode: str) -> str:
    script = str(CLIENTS / "usermaven-python.py")
    return run(sys.executable, script, server.url, pair.api_key, pair.auth_key, mode).stderr


def test_usermaven_for_python_one_by_one(server, new_pair, stored):
    pair = new_pair("usermaven")
    assert run_python(server, pair, "sync") == ""
    assert names_of(pair) == ["user_identify", "plan_purchased", "numeric id"]
    assert verdicts_of(pair) == ["valid", "valid", "warning"]
    assert [event.delivery for event in events_of(pair)] == [1, 2, 3]
    assert [event.account for event in events_of(pair)] == ["c1", "c1", None]
    assert json.loads(bytes(events_of(pair)[1].raw))["event_attributes"]["note"] == "é – unicode"
    assert last_delivery(pair).path.startswith("/api/v1/s2s/event/?token=")


def test_usermaven_for_python_in_batches(server, new_pair, stored):
    pair = new_pair("usermaven")
    assert run_python(server, pair, "batch") == ""
    events = events_of(pair)
    assert [event.name for event in events[3:]] == [f"event {n}" for n in range(250)]
    assert verdicts_of(pair) == ["valid", "valid", "warning"] + ["valid"] * 250
    assert faults_of(events[2]) == ["warning integer-id /user/id"]
    assert 3 <= last_delivery(pair).number < 10


def test_usermaven_for_python_reports_wrong_keys_to_its_user(server, new_pair, stored):
    pair = new_pair("usermaven")
    pair.auth_key = "wrong-token"
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_python(server, pair, "sync")
    assert "[Usermaven] API key is not valid (401)" in failed.value.stderr
    assert faults_of(last_delivery(pair)) == ["error wrong-auth-key"]


# -- npm @usermaven/sdk-js 1.4.0 in Node ---------------------------------------------------------


@pytest.mark.parametrize("way", ["plain", "randomize"])
def test_usermaven_for_node(server, new_pair, stored, way):
    pair = new_pair("usermaven")
    key = f"{pair.api_key}.{pair.auth_key}"
    ran = run("node", "usermaven-node.mjs", server.url, key, way)
    assert "ailed" not in ran.stdout + ran.stderr
    assert "Successfully flushed 3 events" in ran.stdout + ran.stderr
    assert names_of(pair) == ["user_identify", "plan_upgraded", "any words — at all"]
    assert [faults_of(event) for event in events_of(pair)] == [[], [], []]
    assert [event.user for event in events_of(pair)] == ["lzL24K3kYw"] * 3
    delivery = last_delivery(pair)
    assert delivery.path.startswith("/api." if way == "randomize" else "/api/v1/s2s/event?token=")
    assert (delivery.events, delivery.problems) == (3, "")


# -- curl ------------------------------------------------------------------------------------------


def curl(*arguments: str, **options) -> list[str]:
    """Return status and body of the reply."""
    ran = run("curl", "-sS", "-w", r"\n%{http_code}", *arguments, **options)
    return ran.stdout.rsplit("\n", 1)[::-1]


@pytest.mark.parametrize("count", [1, 20_000])
def test_curl_uploads_a_file(server, new_pair, stored, tmp_path, count):
    pair = new_pair("natero")
    file = tmp_path / "events.json"
    file.write_bytes(b"".join(fresh() + b"\n" for _ in range(count)))
    url = f"{server.url}/v1/{pair.auth_key}/{pair.api_key}"
    assert curl("-X", "POST", "-T", str(file), url) == ["200", ""]
    pair.refresh_from_db()
    assert (pair.last_seq, pair.valid) == (count, count)
    head = last_delivery(pair).headers
    assert "content-type" not in head
    assert "expect: 100-continue" in head


def test_curl_uploads_from_a_pipe(server, new_pair, stored):
    pair = new_pair("natero")
    url = f"{server.url}/v1/{pair.auth_key}/{pair.api_key}"
    lines = "".join(fresh().decode() + "\n" for _ in range(1000))
    assert curl("-X", "POST", "-T", "-", url, input=lines) == ["200", ""]
    pair.refresh_from_db()
    assert (pair.last_seq, pair.valid) == (1000, 1000)
    assert "transfer-encoding: chunked" in last_delivery(pair).headers


AS_PRINTED = """{
"event_name": "my_first_event_name",
"timestamp": "2021-06-26T14:48:00.000",
"customer_identifier": "your_app_customer_id",
"example_string_field": "abc.com",
"example_number_field": 123,
"example_array_field": ["cat", "dog"]
"example_bool_field": true
}"""


def test_the_documented_curl_of_eventbunker(server, new_pair, stored):
    pair = new_pair("eventbunker")
    headers = [f"x-eventbunker-write-key: {pair.api_key}", "Content-Type: application/json"]
    options = [option for header in headers for option in ("-H", header)]
    status, body = curl("-X", "POST", f"{server.url}/post", *options, "-d", AS_PRINTED)
    assert status == "400"
    assert json.loads(body)["message"] == "Body JSON validation failed."
    (event,) = events_of(pair)
    assert (event.verdict, faults_of(event)) == ("malformed", ["error missing-comma"])
    assert problems_of(event)[0].offset == AS_PRINTED.index('"dog"]') + len('"dog"]')
    fixed = AS_PRINTED.replace('"dog"]', '"dog"],')
    status, body = curl("-X", "POST", f"{server.url}/post", *options, "-d", fixed)
    assert (status, verdicts_of(pair)) == ("200", ["malformed", "valid"])
    assert json.loads(body)["time_recorded"] == 1_624_718_880_000
