"""Every problem code in code or rules has a message, and every message is used."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from ingest.messages import SENTENCES
from ingest.problems import (
    Problem,
    field_name,
    json_pointer,
    problems_from_json,
    problems_to_json,
    render_problem,
)

INGEST = Path(__file__).resolve().parents[3] / "ingest"
SOURCES = [path for path in sorted(INGEST.rglob("*.py")) if "migrations" not in path.parts]
SCHEMAS = sorted(INGEST.rglob("*.schema.json"))


def codes_named() -> set[str]:
    """Codes at places where only a code can be."""
    found = {code for schema in SCHEMAS for code in codes_of(json.loads(schema.read_text()))}
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            found |= codes_at(node)
    return found


def codes_of(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from [schema["x-code"]] if "x-code" in schema else []
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, (dict, list)):
            yield from codes_of(inner)


def codes_at(node: ast.AST) -> set[str]:
    """Problem("code"), Refusal("code"), self._note("code"), auth_key_alone = "code", …"""
    if isinstance(node, ast.Call) and node.args:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("Problem", "Refusal", "_note"):
            return strings_in(node.args[:1])
        if name == "_try_later":
            return strings_in(node.args)
    if isinstance(node, ast.Assign):
        name = getattr(node.targets[0], "id", "")
        if name in ("auth_key_alone", "_CODES", "_TYPE_CODES"):
            return strings_in(getattr(node.value, "values", [node.value]))
    return set()


def strings_in(nodes: list[ast.expr]) -> set[str]:
    walked = (inner for node in nodes for inner in ast.walk(node))
    return {
        node.value for node in walked if isinstance(node, ast.Constant) and type(node.value) is str
    }


def every_string() -> set[str]:
    """All strings that could be a code, in code and rules except for the table itself."""
    trees = [ast.parse(path.read_text()) for path in SOURCES if path.parent.name != "sentences"]
    schemas = {code for schema in SCHEMAS for code in codes_of(json.loads(schema.read_text()))}
    return strings_in([node for tree in trees for node in tree.body]) | schemas


def test_codes_are_found_in_the_source():
    of_text = {"missing-comma", "not-json"}
    of_fields = {"missing-field", "null-field", "mixed-array"}
    of_requests = {"unknown-keys", "token-alone", "not-stored"}
    assert of_text | of_fields | of_requests < codes_named()


def test_every_used_code_has_a_message():
    assert codes_named() - set(SENTENCES) == set()


def test_every_message_is_used():
    assert set(SENTENCES) - every_string() == set()


@pytest.mark.parametrize("code", SENTENCES)
def test_every_message_is_one_sentence(code):
    needed = {
        name for text in SENTENCES[code][:2] for _, name, _, _ in Formatter().parse(text) if name
    }
    words = render_problem(Problem(code, path="/own/field", args=dict.fromkeys(needed, "ARGUMENT")))
    assert (words["code"], words["severity"], words["path"]) == (code, "error", "/own/field")
    for text in (words["message"], words["hint"]):
        assert text[-1] in ".:…?" or text.endswith("ARGUMENT")
        assert "{" not in text.replace("{ARGUMENT", "").replace('{"name": value, …}', "")


@pytest.mark.parametrize("code", SENTENCES)
def test_no_message_lacks_an_argument(code):
    words = render_problem(Problem(code))
    assert words["message"]
    assert words["hint"]


def test_a_message_names_the_last_part_of_the_path():
    words = render_problem(Problem("missing-field", path="/user/id", args={"expected": "a string"}))
    assert words["message"] == "“id” is missing."
    assert "offset" not in words


def test_locations_are_shown_only_for_text():
    words = render_problem(Problem("comment", offset=0, column=1))
    assert (words["offset"], words["column"]) == (0, 1)


@pytest.mark.parametrize("parts", [[], ["a"], ["a", 0, "b"], ["a/b", "~", "~1"], [""], ["a", ""]])
def test_a_pointer_resolves_to_its_last_part(parts):
    assert field_name(json_pointer(parts)) == (str(parts[-1]) if parts else "the event")


def test_problems_are_stored_and_read_back():
    problems = [
        Problem("missing-field", path="/a", args={"expected": "a string"}),
        Problem("comment", "warning", basis="rebuilt", offset=3, column=4),
    ]
    assert problems_from_json(problems_to_json(problems)) == problems
    assert (problems_to_json([]), problems_from_json("")) == ("", [])


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_rules_use_only_supported_keywords(schema):
    known = {"x-code", "x-severity", "x-basis", "x-args", "x-refuses", "x-expected"}
    for place in places_in(json.loads(schema.read_text())):
        assert {name for name in place if name.startswith("x-")} <= known
        assert place.get("x-severity", "error") in ("error", "warning")
        assert place.get("x-basis", "documented") in ("documented", "rebuilt")


def places_in(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, (dict, list)):
            yield from places_in(inner)
