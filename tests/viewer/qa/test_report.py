"""Reports of runs: their content, file formats, and the comparison of two reports."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import orjson
import pytest
import requests
import xmlschema
from django.db import connection
from django.test.utils import CaptureQueriesContext
from junitparser import Failure, JUnitXml

from ingest.models import Run
from ingest.problems import Problem
from ingest.storage.write_request import WriteRequest
from tests.support.http import send_raw
from tests.support.server import ROOT
from tests.support.vendors import VENDORS
from tests.support.write_requests import head, judged
from viewer.access.audit_log import COMMAND_LINE
from viewer.qa import report, run_pages, runs
from viewer.tracking_plans.schema_fields import schema_fields

SCHEMA = xmlschema.XMLSchema(str(ROOT / "tests" / "samples" / "junit.xsd"))
PLAN = {
    "required_names": ["paid", "signed_up"],
    "events": {
        "paid": {
            "required": ["price"],
            "properties": {
                "price": {"type": "number"},
                "card": {"properties": {"kind": {}}},
            },
        },
        "rare": {},
    },
}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></failure><x>&amp;",
    "=HYPERLINK(1)",
    "@SUM(1)",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "a\x00b\x1b[31mred\x07",
    "\u202eevil\ufffe\u2028",
    "x" * 5_000,
)


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("eventbunker")


@pytest.fixture
def ask(uvicorn, pair):
    def request(method: str, path: str, **options) -> requests.Response:
        url = f"{uvicorn.url}/api/{path}"
        auth = (pair.api_key, pair.auth_key)
        return requests.request(method, url, auth=auth, timeout=70, **options)

    return request


@pytest.fixture
def send(uvicorn, pair):
    def deliver(name: str = "paid", run: str = "r", **fields) -> None:
        body = json.dumps({"event_name": name, **fields}).encode()
        request = VENDORS["eventbunker"].deliver(pair.api_key, pair.auth_key, body, f"X-Run: {run}")
        assert send_raw(uvicorn.port, request).status in (200, 400)

    return deliver


def report_of(ask, run: str = "r") -> dict:
    return ask("GET", "runs/report", params={"name": run}).json()


def test_a_run_passes_when_all_expected_events_came_and_were_valid(ask, send):
    ask("PUT", "plan?wait=20", json=PLAN)
    send("paid", price=1)
    report = report_of(ask)
    assert (report["passed"], report["failures"]) == (False, ["“signed_up” was not seen."])
    send("signed_up")
    report = report_of(ask)
    assert (report["passed"], report["failures"]) == (True, [])
    assert report["counts"] == {
        "received": 2,
        "valid": 2,
        "warning": 0,
        "invalid": 0,
        "malformed": 0,
    }
    assert (report["plan"], report["run"]["name"], report["run"]["state"]) == (1, "r", "open")


def test_the_checklist_lists_each_name_with_its_events(ask, send):
    ask("PUT", "plan?wait=20", json=PLAN)
    send("other")
    send("paid", price=1, card={"last4": "1234"})
    rows = {row["name"]: row for row in report_of(ask)["checklist"]}
    assert list(rows) == ["paid", "signed_up", "rare"]
    assert [rows[name]["state"] for name in rows] == ["seen", "not_seen", "not_seen"]
    assert (rows["paid"]["first_seq"], rows["paid"]["good"], rows["rare"]["required"]) == (
        2,
        1,
        False,
    )
    fields = [(f["path"], f["required"], f["state"]) for f in rows["paid"]["fields"]]
    assert fields == [
        ("/price", True, "seen"),
        ("/card", False, "seen"),
        ("/card/kind", False, "not_seen"),
    ]
    coverage = report_of(ask)["coverage"]
    assert coverage["names"] == {"planned": 3, "seen": 1}
    assert coverage["fields"] == {"planned": 3, "seen": 2}
    assert coverage["names_not_seen"] == ["signed_up", "rare"]
    assert coverage["fields_not_seen"] == [{"name": "paid", "path": "/card/kind"}]
    assert coverage["names_not_planned"] == ["other"]


def test_a_name_that_only_came_invalid_is_not_seen(ask, send):
    ask("PUT", "plan?wait=20", json=PLAN)
    send("paid", price={"net": {"a": 1}})
    row = report_of(ask)["checklist"][0]
    assert (row["name"], row["state"], row["count"], row["good"]) == ("paid", "invalid", 1, 0)
    assert "“paid” came only invalid." in report_of(ask)["failures"]


CHECKOUT = {
    "required": ["total", "currency"],
    "properties": {
        "total": {"type": "number"},
        "currency": {"enum": ["EUR"]},
        "order_id": {"type": "string"},
        "note": {},
        "items": {"items": {"properties": {"price": {"type": "number"}, "sku": {}}}},
    },
}


def states_of(ask) -> dict[str, str]:
    fields = report_of(ask)["checklist"][0]["fields"]
    return {field["path"]: field["state"] for field in fields}


def test_only_fields_with_a_fault_are_invalid_in_an_invalid_event(ask, store, pair):
    ask("PUT", "plan?wait=20", json={"events": {"paid": CHECKOUT}})
    value = {"total": "x", "currency": "?", "order_id": "o-1", "items": [{"sku": 1, "price": "y"}]}
    raw = json.dumps(value).encode()
    faulty = ("/total", "/currency", "/items/0/price")
    problems = [Problem("wrong-type", path=path) for path in faulty]
    problems.append(Problem("null-field", "warning", "/order_id"))

    def store_event(*found: Problem) -> None:
        event = judged("paid", "invalid")._replace(raw=raw, size=len(raw), problems=found)
        # validated by the plan, so that it is not validated again
        store.append([WriteRequest(pair.pk, head(), [event], plan=1, run="r")])

    store_event(*problems)
    assert states_of(ask) == {
        "/total": "invalid",
        "/currency": "invalid",
        "/order_id": "seen",
        "/note": "not_seen",
        "/items": "seen",
        "/items/*/price": "invalid",
        "/items/*/sku": "seen",
    }
    coverage = report_of(ask)["coverage"]
    assert coverage["fields_not_seen"] == [{"name": "paid", "path": "/note"}]
    assert coverage["fields"] == {"planned": 7, "seen": 3}
    store_event(Problem("wrong-type", path="/order_id"))
    assert [path for path, state in states_of(ask).items() if state != "seen"] == ["/note"]


def test_fields_are_not_called_good_where_problems_are_not_listed(ask, store, pair):
    ask("PUT", "plan?wait=20", json={"events": {"paid": CHECKOUT}})
    more = Problem("more-problems", args={"count": "9"})
    event = judged("paid", "invalid", more)._replace(raw=b'{"total": 1}', size=12)
    store.append([WriteRequest(pair.pk, head(), [event], plan=1, run="r")])
    assert states_of(ask)["/total"] == "invalid"


def test_a_text_report_says_which_names_came_only_invalid(ask, send):
    ask("PUT", "plan?wait=20", json=PLAN)
    send("paid", price="1")
    text = ask("GET", "runs/report?name=r&format=text").text
    assert "  only invalid: paid" in text
    assert "  not seen: paid" not in text
    page = ask("GET", "runs/report?name=r&format=html").text
    assert re.search(r"<code>/price</code>\s*<span class=\"bad\">only invalid</span>", page)
    assert re.search(r"<code>/card/kind</code>\s*not seen", page)


def test_every_problem_has_an_example_and_the_worst_come_first(ask, send):
    for number in range(3):
        send("bad name", number=number)
    send("paid", tags=[])
    problems = report_of(ask)["problems"]
    assert (problems[0]["code"], problems[0]["count"]) == ("name-characters", 3)
    assert problems[0]["example"]["seq"] == 1
    assert json.loads(problems[0]["example"]["raw"])["number"] == 0
    assert [one["severity"] for one in problems] == ["error", "warning"]
    assert "3 events are invalid." in report_of(ask)["failures"]


def test_an_empty_run_does_not_pass(ask):
    ask("POST", "runs", json={"name": "r"})
    assert report_of(ask)["failures"] == ["No event came."]


def test_expectations_are_part_of_it(ask, send):
    expect = [{"match": "name:paid", "exactly": 2}, {"none": "name:refunded", "label": "No refund"}]
    ask("POST", "runs", json={"name": "r", "expect": expect})
    send()
    report = report_of(ask)
    assert [one["satisfied"] for one in report["expectations"]] == [False, True]
    assert report["failures"] == ["exactly 2 of name:paid: 1 event matches; exactly 2 expected."]
    send()
    assert report_of(ask)["passed"]


def test_the_report_of_a_finished_run_outlives_its_events(ask, send):
    send()
    finished = ask("POST", "runs/finish?name=r").json()
    ask("DELETE", "events?through=1")
    ask("PUT", "plan?wait=20", json={"unknown_names": "error"})
    assert report_of(ask) == finished
    assert finished["counts"]["received"] == 1


def test_a_plan_that_changes_changes_the_report_of_an_open_run(ask, send):
    send()
    assert report_of(ask)["passed"]
    ask("PUT", "plan?wait=20", json={"unknown_names": "error"})
    assert report_of(ask)["counts"]["invalid"] == 1


def test_strict_reports_the_result_by_status(ask, send):
    send("bad name")
    assert ask("GET", "runs/report?name=r&strict=1").status_code == 412
    assert ask("POST", "runs/finish?name=r&strict=1&format=text").status_code == 412
    send(run="good")
    assert ask("POST", "runs/finish?name=good&strict=1").status_code == 200
    assert ask("GET", "runs/report?name=none").status_code == 404
    assert ask("GET", "runs/report").status_code == 400
    assert ask("GET", "runs/report?name=r&format=pdf").status_code == 400


# -- files -----------------------------------------------------------------------------------------


@pytest.fixture
def hostile_run(store, pair, ask):
    """A run with hostile names, paths and values."""
    for payload in PAYLOADS:
        problem = Problem("unknown-field", "error", f"/{payload}", args={"suggestion": payload})
        name = payload[:200].replace("\0", "�")
        raw = json.dumps({"event_name": payload, payload: 1}).encode()
        event = judged(name, "invalid", problem)._replace(raw=raw, size=len(raw))
        store.append([WriteRequest(pair.pk, head(), [event], run="r]]><x>")])
    names = [payload for payload in PAYLOADS if "\0" not in payload]
    ask("PUT", "plan?wait=20", json={"required_names": [name[:200] for name in names]})
    return "r]]><x>"


@pytest.mark.parametrize("state", ["good", "bad", "hostile"])
def test_junit_is_valid_by_the_common_schema_and_readable(ask, send, request, state):
    run = "r"
    if state == "hostile":
        run = request.getfixturevalue("hostile_run")
    else:
        ask("PUT", "plan?wait=20", json=PLAN)
        send("paid", price=1)
        if state == "good":
            send("signed_up")
    answer = ask("GET", "runs/report", params={"name": run, "format": "junit"})
    assert answer.headers["Content-Type"] == "application/xml"
    SCHEMA.validate(answer.text)
    (suite,) = JUnitXml.fromstring(answer.content)
    failed = [case for case in suite if any(isinstance(one, Failure) for one in case.result)]
    report = report_of(ask, run)
    assert (suite.name, suite.tests, suite.failures) == (run, len(list(suite)), len(failed))
    assert bool(failed) is not report["passed"]
    if state == "bad":
        assert [case.name for case in failed] == ["signed_up"]
        assert failed[0].result[0].message == "It was not seen."


class Page(HTMLParser):
    """The elements of a page that a browser would load or execute."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs) -> None:
        names = {name for name, _ in attrs}
        loads = names & {"src", "href", "action", "data", "srcset"}
        if tag in ("script", "link", "iframe", "object", "img", "base") or loads:
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in names if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_file_without_external_resources_or_scripts(ask, hostile_run):
    answer = ask("GET", "runs/report", params={"name": hostile_run, "format": "html"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="r-x.html"'
    page = Page()
    page.feed(answer.text)
    assert page.found == []
    assert "unknown-field" in page.text
    assert "failed" in page.text


def test_csv_has_a_line_for_each_and_no_formula(ask, hostile_run):
    answer = ask("GET", "runs/report", params={"name": hostile_run, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    kinds = {row["kind"] for row in rows}
    assert {"run", "count", "required name", "problem"} <= kinds
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]


def test_text_lists_failures_in_lines(ask, send):
    ask("PUT", "plan?wait=20", json=PLAN)
    send("paid", price=1)
    send("bad name")
    lines = ask("GET", "runs/report?name=r&format=text").text.splitlines()
    assert lines[0] == "FAILED r: 2 received, 1 valid, 0 warning, 1 invalid, 0 malformed"
    assert "  “signed_up” was not seen." in lines
    assert any("name-characters /event_name ×1, event 2" in line for line in lines)
    assert "  not seen: rare" in lines


# -- comparing two runs ----------------------------------------------------------------------------


def test_two_runs_side_by_side(ask, send):
    for run, price in (("a", 1), ("b", "1")):
        send("paid", run, price=price, **{f"only_{run}": 1})
        send(f"name_{run}", run)
    send("same", "a", x=1)
    send("same", "b", x=2)
    send("paid", "b", price=2.5)
    ids = {run["name"]: run["id"] for run in ask("GET", "runs").json()["runs"]}
    answer = ask("GET", f"runs/{ids['b']}/comparison", params={"with": ids["a"]}).json()
    assert [one["name"] for one in answer["missing"]] == ["name_a"]
    assert [one["name"] for one in answer["extra"]] == ["name_b"]
    (changed,) = answer["changed"]
    assert changed == {
        "name": "paid",
        "count": {"before": 1, "after": 2},
        "verdicts": {"before": {"valid": 1}, "after": {"valid": 1, "warning": 1}},
        "fields_missing": ["/only_a"],
        "fields_extra": ["/only_b"],
        "fields_changed": [
            {"path": "/price", "before": ["a number"], "after": ["a number", "a string"]}
        ],
    }
    assert (answer["before"]["name"], answer["after"]["name"]) == ("a", "b")
    same = ask("GET", f"runs/{ids['b']}/comparison", params={"with": ids["b"]}).json()
    assert (same["missing"], same["extra"], same["changed"]) == ([], [], [])
    assert ask("GET", f"runs/{ids['b']}/comparison", params={"with": 999_999}).status_code == 404


PLACES = [
    ({}, []),
    (True, []),
    ({"required": ["a"]}, [("/a", True)]),
    (
        {"properties": {"a": {"properties": {"b": {}}, "required": ["b"]}}},
        [("/a", False), ("/a/b", False)],
    ),
    (
        {"properties": {"t": {"items": {"properties": {"x": {}}}}}},
        [("/t", False), ("/t/*/x", False)],
    ),
    ({"allOf": [{"required": ["a"]}, {"properties": {"a": {}}}]}, [("/a", True)]),
    ({"anyOf": [{"required": ["a"]}]}, [("/a", False)]),
    ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"required": ["x"]}}}, [("/x", True)]),
    ({"properties": {"a": {"$ref": "#"}}}, [("/a" * n, False) for n in range(1, 9)]),
]


@pytest.mark.parametrize(("schema", "places"), PLACES)
def test_the_fields_named_by_a_schema(schema, places):
    assert [tuple(place) for place in schema_fields(schema)] == places


# -- large reports -----------------------------------------------------------------------------


def large_plan() -> dict:
    fields = {f"{'e' * 25}{number}": {} for number in range(250)}
    return {"events": {f"name {number}": {"properties": fields} for number in range(12)}}


@pytest.mark.parametrize("largest", [300_000, 20_000, 3_000])
def test_a_large_report_is_reduced_to_a_summary(pair, ask, send, largest):
    ask("PUT", "plan", json={**large_plan(), "required_names": ["name 1"]})
    ask("POST", "runs", json={"name": "r", "expect": [{"match": "name:x"}]})
    send("x" * 500)
    whole = report.build_report(Run.objects.get(keypair=pair))
    assert not whole["is_shortened"]
    kept = report.shorten_report(whole, largest)
    assert len(orjson.dumps(kept)) <= largest
    assert kept["is_shortened"]
    assert (kept["passed"], kept["counts"]["received"]) == (False, 1)
    assert "“name 1” was not seen." in kept["failures"]


def test_a_key_pair_with_large_reports_keeps_summaries_of_further_ones(pair, ask, monkeypatch):
    ask("PUT", "plan", json=large_plan())
    for number in range(2):
        ask("POST", "runs", json={"name": f"r{number}"})
        run = Run.objects.get(keypair=pair, name=f"r{number}")
        monkeypatch.setattr(runs, "REPORTS_BYTES", number or 2**20)
        runs._close(run.pk, COMMAND_LINE)
        run.refresh_from_db()
        is_large = number == 0
        assert (len(run.report) > runs.ESSENCE_BYTES) == is_large
        assert orjson.loads(run.report)["is_shortened"] != is_large


def test_a_list_of_runs_reads_no_report(pair, ask):
    ask("POST", "runs", json={"name": "r"})
    ask("POST", "runs/finish", params={"name": "r"})
    with CaptureQueriesContext(connection) as queries:
        [row] = [run_pages._row(run) for run in run_pages.listed_runs(pair)]
    assert (row["state"], row["failures"]) == ("failed", ["No event came."])
    assert len(queries) == 1
    assert '"report"' not in queries[0]["sql"]
