"""A report as a file: JSON, JUnit XML, CSV, text, and one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast
from xml.etree import ElementTree

import orjson
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from viewer.export.csv_table import csv_line, escape_formula
from viewer.qa.expect import format_result
from viewer.qa.report import PlannedName, ReportedProblem, RunReport

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class ReportFormat:
    content_type: str
    extension: str  # "" for formats shown in the browser
    write: Callable[[RunReport], bytes]

    def disposition(self, shown: RunReport) -> str:
        name = re.sub(r"[^\w-]+", "-", shown["run"]["name"]).strip("-_")[:60] or "run"
        return content_disposition_header(True, f"{name}.{self.extension}") or "attachment"


def _json(shown: RunReport) -> bytes:
    return orjson.dumps(shown)


def _junit(shown: RunReport) -> bytes:
    """The common JUnit schema: one suite, with a case for each check that can fail."""
    cases = list(_cases(shown))
    failed = sum(bool(failure) for _, _, failure in cases)
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name=_xml(shown["run"]["name"]),
        timestamp=shown["run"]["begun_at"][:19],
        hostname=_xml(shown["pair"]["name"]) or "viewer",
        tests=str(len(cases)),
        failures=str(failed),
        errors="0",
        time="0",
        package="instrumentation",
        id="0",
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in shown["counts"].items():
        ElementTree.SubElement(properties, "property", name=name, value=str(value))
    for kind, name, failure in cases:
        case = ElementTree.SubElement(suite, "testcase", name=_xml(name), classname=kind, time="0")
        if failure:
            element = ElementTree.SubElement(
                case, "failure", message=_xml(failure.partition("\n")[0]), type=kind
            )
            element.text = _xml(failure)
    ElementTree.SubElement(suite, "system-out").text = _xml(_text(shown).decode())
    ElementTree.SubElement(suite, "system-err")
    text: bytes = ElementTree.tostring(suites, "utf-8", xml_declaration=True)
    return text + b"\n"


def _cases(shown: RunReport) -> Iterator[tuple[str, str, str]]:
    """Kind, name, and the failure or ""."""
    yield "events", "events came", "" if shown["counts"]["received"] else "No event came."
    for row in shown["checklist"]:
        if row["required"]:
            yield "names", row["name"], _missing(row)
    for result in shown["expectations"]:
        failure = (
            "" if result["satisfied"] else "\n".join([result["message"], *format_result(result)])
        )
        yield "expectations", result["label"], failure
    faulty = [one for one in shown["problems"] if one["severity"] == "error"]
    for problem in faulty:
        yield "problems", f"{problem['code']} {problem['path']}".strip(), _problem_text(problem)
    bad = shown["counts"]["invalid"] + shown["counts"]["malformed"]
    if not faulty:
        yield "problems", "every event is good", f"{bad} events are not." if bad else ""


def _missing(row: PlannedName) -> str:
    if row["state"] == "seen":
        return ""
    return "It came only invalid." if row["state"] == "invalid" else "It was not seen."


def _problem_text(problem: ReportedProblem) -> str:
    example = problem["example"]
    name = problem["name"] or "no name"
    lines = [
        f"{problem['message']} ({problem['count']} times, {name})",
        problem["hint"],
        f"Example: event {example['seq']}",
        example["raw"] or "",
    ]
    return "\n".join(lines)


def _xml(text: str) -> str:
    return _NOT_XML.sub("�", text)


def _csv(shown: RunReport) -> bytes:
    """One line for each expected or found name."""
    rows = ([escape_formula("" if cell is None else cell) for cell in row] for row in _rows(shown))
    return csv_line([["kind", "name", "path", "state", "count", "event", "message"], *rows])


def _rows(shown: RunReport) -> Iterator[list[str | int | None]]:
    state = "passed" if shown["passed"] else "failed"
    yield ["run", shown["run"]["name"], "", state, shown["counts"]["received"], None, ""]
    for verdict, count in cast("dict[str, int]", shown["counts"]).items():
        yield ["count", verdict, "", "", count, None, ""]
    for row in shown["checklist"]:
        kind = "required name" if row["required"] else "name"
        yield [kind, row["name"], "", row["state"], row["count"], row["first_seq"], ""]
        for field in row["fields"]:
            kind = "required field" if field["required"] else "field"
            yield [kind, row["name"], field["path"], field["state"], None, field["first_seq"], ""]
    for one in shown["expectations"]:
        state = "met" if one["satisfied"] else "not met"
        first = one["events"][0] if one["events"] else None
        yield ["expectation", one["label"], "", state, one["found"], first, one["message"]]
    for problem in shown["problems"]:
        event = problem["example"]["seq"]
        yield [
            "problem",
            problem["name"],
            problem["path"],
            problem["code"],
            problem["count"],
            event,
            problem["message"],
        ]


def _text(shown: RunReport) -> bytes:
    """For a terminal."""
    counts = ", ".join(f"{count:,} {name}" for name, count in shown["counts"].items())
    lines = [f"{'PASSED' if shown['passed'] else 'FAILED'} {shown['run']['name']}: {counts}"]
    lines += [f"  {failure}" for failure in shown["failures"]]
    if shown.get("is_shortened"):
        lines.append("  This report is too large: details are omitted.")
    lines += [
        f"  {one['code']} {one['path']} ×{one['count']}, event {one['example']['seq']}: "
        f"{one['message']}"
        for one in shown["problems"]
    ]
    for one in shown["expectations"]:
        lines += [f"  {line}" for line in format_result(one)]
    lines += [f"  not seen: {name}" for name in shown["coverage"]["names_not_seen"]]
    invalid = [row["name"] for row in shown["checklist"] if row["state"] == "invalid"]
    lines += [f"  only invalid: {name}" for name in invalid]
    plain = ("".join(c if c.isprintable() else "�" for c in line) for line in lines)
    return ("\n".join(plain) + "\n").encode("utf-8", "replace")


def _html(shown: RunReport) -> bytes:
    text: str = render_to_string("files/report.html", {"report": shown})
    return text.encode("utf-8", "replace")


FORMATS = {
    "json": ReportFormat("application/json", "", _json),
    "text": ReportFormat("text/plain; charset=utf-8", "", _text),
    "junit": ReportFormat("application/xml", "xml", _junit),
    "csv": ReportFormat("text/csv; charset=utf-8; header=present", "csv", _csv),
    "html": ReportFormat("text/html; charset=utf-8", "html", _html),
}
