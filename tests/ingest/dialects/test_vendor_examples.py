"""The examples on the vendors' pages, sent as they are printed. docs/vendor-conformance.md has the
statements of those pages with the tests that show them."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from ingest.models import Delivery, KeyPair
from ingest.parsing.malformed.repair import repair_text
from tests.support.http import send_raw
from tests.support.server import Server
from tests.support.stored_data import (
    events_of,
    faults_of,
    last_delivery,
    last_unmatched,
    verdicts_of,
)
from tests.support.validating import API_KEY, NOW, faults, judge
from tests.support.wait import until

EXAMPLES = Path(__file__).resolve().parents[2] / "samples" / "vendor_examples"
NATERO_HOSTS = [
    *("events.natero.com", "events-eu.natero.com", "test.natero.com"),
    *("events-us.freshsuccess.com", "events-eu.freshsuccess.com"),
]
USERMAVEN = ("usermaven-event", "usermaven-custom-event", "usermaven-bulk")


def example(name: str, **filled: str) -> str:
    """The example; `filled` are its placeholders with underscores for other characters."""
    text = (EXAMPLES / f"{name}.txt").read_text()
    for placeholder, value in filled.items():
        text = re.sub(rf"\b{placeholder}\b", value, text)
    return text


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


# -- Natero, Freshsuccess ----------------------------------------------------------------------


def natero_request(pair: KeyPair, body: str, length: int = 0) -> bytes:
    head = example("natero-request", authkey=pair.auth_key, apikey=pair.api_key).split("\n\n")[0]
    if length:
        head = re.sub(r"Content-Length: \d+", f"Content-Length: {length}", head)
    return f"{head}\n\n".replace("\n", "\r\n").encode() + body.encode()


def natero_lines(*, complete: bool) -> str:
    body = example("natero-request").split("\n\n", 1)[1]
    rest = f'{NOW}, "action": "feature", "sessionId": "s-1" }}' if complete else "number, ... }"
    return body.replace("number, ... }", rest)


def test_the_request_of_natero_with_its_placeholders_filled(server: Server, new_pair, stored):
    """Two spaces before HTTP/1.1, HOST in capitals, one object per line."""
    pair, body = new_pair("natero"), natero_lines(complete=True)
    answer = send_raw(server.port, natero_request(pair, body, len(body)))
    assert (answer.status, answer.body) == (200, b"")
    assert [event.account for event in events_of(pair)] == ["id"] * 3


@pytest.mark.parametrize("host", NATERO_HOSTS)
def test_a_request_for_a_host_of_natero_or_freshsuccess(server: Server, new_pair, stored, host):
    """A client that keeps the vendor's Host, or a proxy that does, is served all the same."""
    pair, body = new_pair("natero"), natero_lines(complete=True)
    request = natero_request(pair, body, len(body)).replace(b"events.natero.com", host.encode())
    assert send_raw(server.port, request).status == 200
    assert len(events_of(pair)) == 3


def test_the_lines_of_natero_as_printed():
    judged = judge("natero", natero_lines(complete=False).encode())
    assert judged.reply.status == 200
    expected = ["type-as-value", "ellipsis", "trailing-comma"]
    assert [codes(event.problems) for event in judged.events] == [expected] * 3


def test_the_length_that_natero_prints_is_of_other_lines(server: Server, new_pair, stored):
    """593 bytes are declared, and fewer are printed: the server waits for the rest."""
    pair = new_pair("natero")
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(natero_request(pair, natero_lines(complete=False)))
        connection.shutdown(socket.SHUT_WR)
    until(lambda: Delivery.objects.filter(keypair=pair).exists())
    assert faults_of(last_delivery(pair)) == ["error sender-left"]


@pytest.mark.parametrize("name", ["natero-base-properties", "freshsuccess-base-properties"])
def test_the_base_properties_as_printed_are_no_event(name):
    judged = judge("natero", example(name).encode())
    assert judged.reply.status == 200
    assert {event.verdict for event in judged.events} == {"malformed"}
    assert {"comment", "commented-out"} & set(codes(judged.events[0].problems))


@pytest.mark.parametrize(
    "path", ["/v1/[yourAuthKey]/[yourApiKey]", "/v1/<auth_key>/<api_key>", "/v1/authkey/apikey"]
)
def test_addresses_of_natero_with_placeholders(uvicorn, stored, path):
    address = requests.utils.quote(path, safe="/[]")
    answer = requests.post(f"{uvicorn.url}{address}", b"{}", timeout=10)
    assert (answer.status_code, answer.content) == (400, b"")
    assert answer.headers["x-problem"] == "placeholder"
    assert faults_of(last_unmatched()) == ["error placeholder"]


def test_the_curl_command_of_natero(server: Server, new_pair, stored, tmp_path):
    pair = new_pair("natero")
    (tmp_path / "file.json").write_text(natero_lines(complete=True))
    address = f"{server.url}/v1/{pair.auth_key}/{pair.api_key}"
    command = ["curl", "-sS", "-X", "POST", "-T", "file.json", address]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
    assert len(events_of(pair)) == 3


# -- Usermaven ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", USERMAVEN)
def test_an_example_of_usermaven_is_explained_in_full(name):
    """Comments, a missing comma and, in the bulk example, trailing commas."""
    judged = judge("usermaven", example(name, API_KEY=API_KEY).encode())
    assert judged.reply.status == 400
    [event] = judged.events
    assert event.verdict == "malformed"
    expected = {"comment", "missing-comma"} | ({"trailing-comma"} if "bulk" in name else set())
    assert set(codes(event.problems)) == expected


@pytest.mark.parametrize("name", USERMAVEN)
def test_the_fixed_text_of_a_usermaven_example_is_valid(name):
    repair = repair_text(example(name, API_KEY=API_KEY).encode())
    judged = judge("usermaven", repair.text.encode())
    assert (judged.reply.status, judged.reply.body) == (200, b'{"status":"ok"}')
    assert [faults(event.problems) for event in judged.events] == [[]] * len(judged.events)
    assert len(judged.events) == 1 + ("bulk" in name)
    assert {event.columns.user for event in judged.events} == {"lzL24K3kYw"}


@pytest.mark.parametrize("name", USERMAVEN)
def test_a_usermaven_example_is_on_the_page_of_its_key(server: Server, new_pair, stored, name):
    """With the token in the address, as documented, and with the key of the body alone."""
    pair = new_pair("usermaven")
    body = example(name, API_KEY=pair.api_key).encode()
    for query in (f"?token={pair.api_key}.{pair.auth_key}", ""):
        answer = requests.post(f"{server.url}/api/v1/s2s/event{query}", body, timeout=10)
        assert answer.status_code == 400
        assert answer.text.startswith("Request decoding error: JSON payload is invalid: ")
    assert verdicts_of(pair) == ["malformed"] * 2


def test_the_address_of_usermaven_with_its_placeholders(uvicorn, stored):
    address = f"{uvicorn.url}/api/v1/s2s/event?token=API_KEY.SERVER_TOKEN"
    answer = requests.post(address, b"{}", timeout=10)
    assert (answer.status_code, answer.text) == (401, "API key is not valid")
    assert answer.headers["x-problem"] == "placeholder"


def test_a_historical_event_keeps_its_time():
    event = {
        "api_key": API_KEY,
        "event_type": "a",
        "user": {"id": "u"},
        "_timestamp": 1632150122000,
    }
    [judged] = judge("usermaven", event).events
    assert (judged.verdict, judged.columns.occurred_at) == ("valid", 1632150122000)


# -- EventBunker -------------------------------------------------------------------------------


def eventbunker_command(url: str, key: str) -> list[str]:
    text = example("eventbunker-curl").replace("https://track.eventbunker.io", url)
    return shlex.split(text.replace("<YOUR-WRITE-API-KEY>", key).replace("\\\n", " "))


def eventbunker_body(*, complete: bool) -> str:
    body = eventbunker_command("", "")[-1]
    return body.replace('"dog"]', '"dog"],') if complete else body


def test_the_curl_command_of_eventbunker(server: Server, new_pair, stored):
    pair = new_pair("eventbunker")
    command = [*eventbunker_command(server.url, pair.api_key), "-sS"]
    reply = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    assert json.loads(reply)["message"] == "Body JSON validation failed."
    [event] = events_of(pair)
    assert faults_of(event) == ["error missing-comma"]


def test_the_body_of_eventbunker_with_its_comma():
    assert repair_text(eventbunker_body(complete=False).encode()).text == eventbunker_body(
        complete=True
    )
    judged = judge("eventbunker", eventbunker_body(complete=True).encode())
    assert judged.reply.status == 200
    assert [event.verdict for event in judged.events] == ["valid"]


def test_the_reply_has_the_form_that_eventbunker_prints():
    printed = json.loads(example("eventbunker-reply"))
    reply = json.loads(judge("eventbunker", {"event_name": "my_first_event_name"}).reply.body)
    assert list(reply) == list(printed)
    assert re.fullmatch(r"[0-9a-f]{32}", reply["unique_req_id"])
    assert re.fullmatch(r"[0-9a-f]{32}", printed["unique_req_id"])
    assert reply["time_recorded"] == NOW
    assert len(str(reply["time_recorded"])) == len(str(printed["time_recorded"]))


def test_the_placeholder_of_eventbunkers_key(uvicorn, stored):
    # in lower case, because another test has a key pair with the printed text as its key
    head = {"x-eventbunker-write-key": "<your-write-api-key>"}
    answer = requests.post(f"{uvicorn.url}/post", b"{}", headers=head, timeout=10)
    assert (answer.status_code, answer.headers["x-problem"]) == (401, "placeholder")
    assert answer.json()["message"] == "Invalid x-eventbunker-write-key"
