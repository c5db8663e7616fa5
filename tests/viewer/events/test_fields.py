"""Names and values that occurred, for the completion of queries."""

from __future__ import annotations

import json

import orjson
import pytest

from tests.support.visitor import sign_in
from tests.viewer.query.test_query_meaning import keep, numbers
from viewer.events import fields


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def seen(pair) -> dict[str, list]:
    found = fields.field_values(pair)["fields"]
    return {field["name"]: [list(each) for each in field["values"]] for field in found}


def test_columns_come_first_with_their_counts(store, pair):
    keep(
        store,
        pair,
        b'{"action":"feature","userId":"u"}\n{"action":"feature"}\n{"action":"x"}',
        b"{",
    )
    found = seen(pair)
    assert list(found)[:6] == ["verdict", "name", "account", "user", "session", "seq"]
    assert found["verdict"] == [["invalid", 3], ["malformed", 1], ["valid", 0], ["warning", 0]]
    assert found["name"] == [["feature", 2], ["x", 1]]
    assert found["user"] == [["u", 1]]
    assert ["missing-field", 8] in found["problem"]
    assert found["time"] == []


def test_fields_of_the_json_are_named_as_a_query_writes_them(store, pair):
    event = {"name": "n", "properties": {"plan": "pro", "first name": "Ada", "a.b": True}}
    keep(store, pair, json.dumps(event).encode(), b'{"items":[{"sku":12345678901234567890.50}]}')
    found = seen(pair)
    assert found[".name"] == [["n", 1]]
    assert found["properties.plan"] == [["pro", 1]]
    assert found['properties."first name"'] == [["Ada", 1]]
    assert found['properties."a.b"'] == [["true", 1]]
    assert found["items.0.sku"] == [["12345678901234567890.50", 1]]


def test_every_name_can_be_queried(store, pair):
    odd = [
        "a",
        "a b",
        "a.b",
        "",
        "-a",
        "*",
        'q"q',
        "back\\slash",
        "(x)",
        "a:b",
        "é",
        "\n",
        "=",
        "OR",
    ]
    for key in odd:
        keep(store, pair, json.dumps({"x": {key: 7}}).encode())
    names = [name for name in seen(pair) if name.startswith("x.")]
    assert len(names) == len(odd)
    for number, name in enumerate(names[::-1], 1):
        assert numbers(pair, f"{name}:7") == [number], name


def test_the_result_is_bounded(store, pair):
    wide = {f"field{number}": number for number in range(1000)}
    keep(store, pair, json.dumps(wide)[:-1].encode() + b',"long":"' + b"x" * 100 + b'"}')
    keep(store, pair, b"\n".join(b'{"field1":"v%d"}' % number for number in range(500)))
    found = seen(pair)
    assert len(found) < fields.MAX_FIELDS + 20
    assert max(len(values) for values in found.values()) <= fields.MAX_VALUES


def test_no_event_breaks_it(store, pair):
    keep(
        store,
        pair,
        b"\xff",
        b'{"\\ud800":"\\ud800","a":"\\ud800","b":NaN}',
        b"[" * 5000,
        b'{"a":null}',
    )
    assert seen(pair)["a"] == [["null", 1]]
    assert orjson.dumps(fields.field_values(pair))


def test_it_is_only_for_users_of_the_pair(uvicorn, pair, new_pair):
    visitor = sign_in(uvicorn)
    answer = visitor.get("/api/fields", pair=pair.pk).json()
    assert answer["fields"][0]["name"] == "verdict"
    assert visitor.get("/api/fields", pair=10**9).status_code == 404
