"""Pages and replies with large events are bounded in bytes and arrive quickly."""

from __future__ import annotations

import json
import re
import time
from html import unescape

import pytest
import requests

from ingest.models import Delivery
from tests.support.visitors import owner, share_visitor
from tests.support.write_requests import head
from viewer.sharing.redaction import HIDDEN, MAX_TEXT, displayed, pretty_print, redact_json
from viewer.sharing.share_links import MAX_TEXTS

DEEP = "[" * 900 + "1," * 48_000 + "1" + "]" * 900
MIB = 2**20


def send(server, pair, *bodies: str) -> None:
    for body in bodies:
        path = f"{server.url}/v1/{pair.auth_key}/{pair.api_key}"
        assert requests.post(path, data=body.encode(), timeout=60).status_code == 200


@pytest.mark.parametrize("text", [DEEP, "{" * 100_000, '{"a":' * 50_000, "[[],[]]" * 30_000])
def test_text_is_pretty_printed_only_while_it_stays_short(text):
    laid_out = displayed(text, len(text), is_json=True)
    assert len(laid_out.text) <= MAX_TEXT
    assert laid_out.note or laid_out.text == pretty_print(text)


def test_text_that_would_become_too_long_is_shown_as_sent():
    assert displayed(DEEP, len(DEEP), is_json=True).text == DEEP
    assert "first" in displayed("x" * MAX_TEXT, MAX_TEXT + 1, is_json=True).note


@pytest.mark.alone
def test_text_cut_within_a_string_is_masked_quickly():
    text = '{"a": "' + '\\"' * 500_000
    start = time.thread_time()
    assert redact_json(text) == f'{{"a": "{HIDDEN}"'
    assert time.thread_time() - start < 0.5


def test_a_shared_page_of_deep_events_is_short(uvicorn, new_pair, stored):
    pair = new_pair("natero")
    send(uvicorn, pair, *['{"action":"feature","details":{"d":' + DEEP + "}}"] * 5)
    visitor, path = share_visitor(owner(uvicorn), pair, name="deep", q="", seq="")
    page = visitor.get(path).text
    assert page.count('class="shared"') == 5
    assert len(page) < 2 * MIB


def test_long_events_of_a_shared_page_are_opened_one_by_one(uvicorn, new_pair, stored):
    pair = new_pair("natero")
    long = json.dumps({"action": "feature", "l": [1] * 200_000})
    send(uvicorn, pair, *[long] * 4, '{"action":"feature","n":1}', long)
    visitor, path = share_visitor(owner(uvicorn), pair, name="long", q="", seq="")
    page = visitor.get(path).text
    assert page.count("<pre") == 2
    assert len(page) < MAX_TEXTS
    to_open = re.findall(r'href="(\?before=\d+)">Open event No. (\d+)', page)
    assert [number for _, number in to_open] == ["4", "3", "2", "1"]
    opened = visitor.get(path + unescape(to_open[0][0])).text
    first = re.search(r"<pre.*?aria-label=\"Event No. (\d+)\"", opened, re.DOTALL)
    assert first is not None
    assert first[1] == "4"
    assert "The first 262,144 of 600,0" in opened


def test_many_events_of_a_shared_page_are_bounded_together(uvicorn, new_pair, stored):
    pair = new_pair("natero")
    text = "x" * 200_000
    send(uvicorn, pair, *[f'{{"action":"feature","t":"{text}"}}'] * 20)
    visitor, path = share_visitor(owner(uvicorn), pair, name="many", q="", seq="")
    page = visitor.get(path).text
    assert page.count('class="shared"') == 20
    assert 8 <= page.count("<pre") <= 12
    assert len(page) < 3 * MIB


def test_a_list_of_deliveries_is_bounded(uvicorn, new_pair, stored):
    pair = new_pair("natero")
    row = head()._replace(headers="x: " + "h" * 8_000)._asdict()
    Delivery.objects.bulk_create(
        Delivery(keypair=pair, number=number, events=0, **row) for number in range(1, 1_000)
    )
    keys = (pair.api_key, pair.auth_key)
    answer = requests.get(f"{uvicorn.url}/api/deliveries?limit=1000", auth=keys, timeout=60)
    assert answer.status_code == 200
    assert len(answer.content) < 6 * MIB
    assert answer.json()["deliveries"][0]["id"] == 999
