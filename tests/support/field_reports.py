"""Faults that people reported in public, as requests: samples/field_reports/. Its README describes
the fields of a case."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

import requests

from tests.support.http import Answer, send_raw
from tests.support.server import Server

FOLDER = Path(__file__).resolve().parents[1] / "samples" / "field_reports"

# Keys of the recorded requests; some bodies contain them
KEYS = {
    "natero": ("nat-api-7c1f0b2e9d44", "nat-auth-51e88a03c7f2"),
    "usermaven": ("UMq7Rk2pXwZt", "srvTok-93bd0c55aa17e6"),
    "eventbunker": ("ebw-1f6d2c7788aa90", "ebq-77b1c0d3e4f592"),
}
RECORD_SECONDS = 2  # in which a refusal is recorded after its reply

Json = dict[str, Any]


class FieldReport(NamedTuple):
    id: str
    dialect: str
    request: Json
    expected: Json
    server: str | None = None  # the only server that lets the request through
    framing: str | None = None

    def bytes_for(self, port: int) -> bytes:
        """The request as it is sent."""
        request, body = self.request, base64.b64decode(self.request["body_base64"])
        version, headers = "HTTP/1.1", [("Host", f"127.0.0.1:{port}")]
        headers += [(name, self._filled(value, port)) for name, value in request["headers"]]
        names = {name.lower() for name, _ in headers}
        if self.framing and self.framing.startswith("cl:"):
            headers.append(("Content-Length", self.framing[3:]))
        elif request["method"] != "GET" and not names & {"content-length", "transfer-encoding"}:
            headers.append(("Content-Length", str(len(body))))
        if self.framing == "both":
            headers.append(("Transfer-Encoding", "chunked"))
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        elif self.framing == "http10":
            version, headers = "HTTP/1.0", headers[1:]
        lines = [f"{request['method']} {self._filled(request['path'], port)} {version}"]
        lines += [f"{name}: {value}" for name, value in headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body

    def header(self, name: str) -> str:
        """The value of a header; the empty string if it is missing."""
        return next((value for key, value in self.request["headers"] if key.lower() == name), "")

    def _filled(self, text: str, port: int) -> str:
        api_key, auth_key = KEYS[self.dialect]
        filled = text.replace("{api}", api_key).replace("{auth}", auth_key)
        return filled.replace("{port}", str(port))


def all_field_reports() -> list[FieldReport]:
    names = FieldReport._fields
    return [
        FieldReport(**{name: row[name] for name in names if name in row})
        for path in sorted(FOLDER.glob("*.json"))
        for row in json.loads(path.read_text())
    ]


class FieldServer:
    """A server of its own with the key pairs of KEYS."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seen = dict.fromkeys(KEYS, (0, 0))
        for dialect, (api_key, auth_key) in KEYS.items():
            keys = ["--api-key", api_key, "--auth-key", auth_key]
            server.manage("keypair", "add", dialect, "--dialect", dialect, *keys)

    @property
    def kind(self) -> str:
        return self._server.kind

    def differences(self, report: FieldReport) -> list[str]:
        """Send the request. Returns how the reply and the stored rows differ from the expectation,
        and the text that was shown."""
        answer = send_raw(self._server.port, report.bytes_for(self._server.port))
        events, deliveries = self._stored(waits=report.expected["recorded"])
        return _differences(report.expected, answer, events, deliveries)

    def _stored(self, *, waits: bool) -> tuple[list[Json], list[Json]]:
        """Events, with their fixes, and deliveries since the last call."""
        end = time.monotonic() + RECORD_SECONDS
        events: list[Json] = []
        deliveries: list[Json] = []
        while not deliveries:
            for dialect, (seq, number) in self._seen.items():
                new = [each for each in self._deliveries(dialect) if each["id"] > number]
                rows = self._get(dialect, f"events?after={seq}&order=asc&limit=1000")["events"]
                events += [self._get(dialect, f"events/{row['seq']}") for row in rows]
                deliveries += new
                seq, number = (
                    max([seq, *(row["seq"] for row in rows)]),
                    max([number, *(each["id"] for each in new)]),
                )
                self._seen[dialect] = seq, number
            if not waits or time.monotonic() > end:
                break
        return events, deliveries

    def _deliveries(self, dialect: str) -> list[Json]:
        found: list[Json] = self._get(dialect, "deliveries?limit=20")["deliveries"]
        return found

    def _get(self, dialect: str, path: str) -> Json:
        answer = requests.get(f"{self._server.url}/api/{path}", auth=KEYS[dialect], timeout=10)
        answer.raise_for_status()
        found: Json = answer.json()
        return found


def _differences(
    expected: Json, answer: Answer, events: list[Json], deliveries: list[Json]
) -> list[str]:
    problems = [problem for row in [*events, *deliveries] for problem in row["problems"]]
    texts = [answer.headers.get("x-problem-detail", "")]
    text = "\n".join(texts + [f"{each['message']} {each['hint']}" for each in problems])
    verdicts = [event["verdict"] for event in events]
    fixed = next((event["fixed"]["text"] for event in events if event["fixed"]), None)
    offsets = [problem.get("offset") for problem in problems]
    wrong = {
        f"status {answer.status}": answer.status != expected["status"],
        f"verdicts {verdicts}": verdicts != expected["verdicts"],
        f"offsets {offsets}": expected["offset"] not in [None, *offsets],
        f"fixed {fixed!r}": fixed != expected.get("fixed", fixed),
        f"reply {answer.body!r}": not _says(expected.get("reply", ""), answer.body.decode()),
        "on no page": expected["recorded"] and not deliveries,
    }
    found = [difference for difference, is_wrong in wrong.items() if is_wrong]
    found += [f"no /{one}/" for one in expected["must_mention"] if not _says(one, text)]
    found += [f"says /{one}/" for one in expected["must_not_mention"] if _says(one, text)]
    return [*found, text] if found else []


def _says(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
