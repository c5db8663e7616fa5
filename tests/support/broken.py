"""The table of broken inputs in samples/broken/. Its README describes the fields of a case."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ingest.problems import Problem, render_problem

FOLDER = Path(__file__).resolve().parents[1] / "samples" / "broken"


class Case(NamedTuple):
    name: str
    dialect: str
    headers: dict[str, str]
    body: bytes
    expected: dict[str, Any]  # events, or refusal with status and phrase; delivery

    @property
    def id(self) -> str:
        return f"{self.dialect}: {self.name}"


def all_cases() -> list[Case]:
    return [
        case_of(row)
        for path in sorted(FOLDER.glob("*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def case_of(row: dict[str, Any]) -> Case:
    if "base64" in row:
        body = base64.b64decode(row["base64"])
    else:
        text = row["body"]
        body = (text if isinstance(text, str) else "\n".join(text)).encode()
    return Case(row["name"], row["dialect"], row.get("headers", {}), body, row)


def said_of(line: int, raw: bytes, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Problems in the table's notation, with the place in the body and the whole message."""
    return [
        {
            "code": problem.code,
            "phrase": render_problem(problem)["message"],
            **({"path": problem.path} if problem.path else {}),
            **place_of(line, raw, problem),
        }
        for problem in problems
    ]


def place_of(line: int, raw: bytes, problem: Problem) -> dict[str, int]:
    """The line in the body and the column in that line, both from 1, at the problem's offset."""
    if problem.offset is None:
        return {}
    left = raw[: problem.offset]
    assert problem.column == len(left.decode("utf-8", "surrogateescape")) + 1
    here = left.rpartition(b"\n")[2].decode("utf-8", "surrogateescape")
    return {"line": line + left.count(b"\n"), "column": len(here) + 1}


def assert_says(said: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert [without_phrase(one) for one in said] == [without_phrase(one) for one in expected]
    for one, due in zip(said, expected, strict=True):
        assert due["phrase"] in one["phrase"]


def without_phrase(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "phrase"}
