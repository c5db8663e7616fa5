"""The request of a delivery or refusal, its reply, and the other events of the request."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_faults import BROKEN
from tests.support.browser import open_stream, send, send_good
from tests.support.http import post, send_raw
from tests.support.panel import expect_tab, part
from tests.support.vendors import VENDORS, fresh


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def header(page: Page, name: str) -> Locator:
    return part(page, "Request").get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def fact(page: Page, name: str) -> Locator:
    facts = part(page, "Request").locator(".facts > div")
    return facts.filter(has=page.get_by_text(name, exact=True)).locator("dd")


def test_the_request_is_shown_without_its_secrets(page, daphne, pair):
    body = b"\n".join([fresh() for _ in range(40)])
    packed = gzip.compress(body)
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    head = ("Content-Encoding: gzip", "User-Agent: my-app/1.2", "Cookie: secret=1")
    send_raw(daphne.port, post(path, packed, *head))
    open_stream(page, pair, "#event-40/request")
    line = part(page, "Request").locator(".request-line")
    expect(line).to_contain_text("POST /v1/")
    expect(line).not_to_contain_text(pair.auth_key)
    expect(header(page, "user-agent")).to_contain_text("my-app/1.2")
    expect(header(page, "cookie")).to_contain_text("(hidden)")
    expect(fact(page, "Sender")).to_have_text("127.0.0.1")
    expect(fact(page, "Encoding")).to_have_text("gzip")
    expect(fact(page, "Body")).to_contain_text(f"{len(packed)} B, inflated to ")
    ratio = len(body) / len(packed)
    shown = fact(page, "Body").inner_text()
    assert abs(float(shown.split("(")[1].split()[0]) - ratio) < ratio / 10
    assert fact(page, "Body").get_attribute("title").endswith(f"{len(body):,} bytes inflated")
    expect(part(page, "Request").locator("[data-slot=status]")).to_have_text("200")
    expect(part(page, "Request")).to_contain_text("No body.")


def test_the_reply_is_shown_as_it_was_sent(page, daphne, new_pair):
    pair = new_pair("eventbunker")
    answer = send(daphne, pair, '{"event_name":"signed in"}')
    open_stream(page, pair, "#event-1/request")
    request = part(page, "Request")
    expect(request.locator("[data-slot=status]")).to_have_text("400")
    expect(request.get_by_label("Body of the reply")).to_have_text(answer.body.decode())
    expect(header(page, "x-problem")).to_contain_text(answer.headers["x-problem"])


def test_problems_of_the_whole_request_are_shown(page, daphne, pair):
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    send_raw(daphne.port, post(path, fresh(), "Content-Encoding: br"))
    open_stream(page, pair, "#event-1/request")
    expect(part(page, "Request").locator(".problem-message")).to_contain_text("br")


def test_events_of_a_delivery_link_to_each_other_and_the_rest_is_counted(page, daphne, pair):
    send(daphne, pair, *(fresh() for _ in range(999)), BROKEN)
    open_stream(page, pair, "#event-1000/request")
    request = part(page, "Request")
    expect(request.get_by_text("1,000 events of this delivery")).to_be_visible()
    expect(request.get_by_text("and 988 more")).to_be_visible()
    siblings = request.locator(".sibling")
    expect(siblings).to_have_count(12)
    expect(siblings.last).to_have_text("malformedNo. 1,000unreadable")
    expect(siblings.last.locator("[aria-current]")).to_have_count(1)
    request.get_by_role("link", name="No. 995").click()
    expect(page.locator(".panel-seq")).to_have_text("No. 995")
    expect_tab(page, "Request")
    expect(request.locator(".sibling:has([aria-current])")).to_contain_text("No. 995")


def test_a_pruned_delivery_is_reported(page, daphne, pair, stored, complaints):
    from ingest.models import Delivery

    complaints.expect("404")
    send_good(daphne, pair)
    Delivery.objects.filter(keypair=pair).delete()
    open_stream(page, pair, "#event-1/request")
    expect(part(page, "Request").locator("p")).to_have_text("This delivery is no longer kept.")
    expect(part(page, "Request").get_by_role("button")).to_have_count(0)


def test_a_delivery_that_does_not_load_can_be_retried(page, daphne, pair, complaints):
    complaints.expect("Failed to load resource")
    send_good(daphne, pair)
    page.route("**/api/deliveries/**", lambda route: route.abort())
    open_stream(page, pair, "#event-1/request")
    expect(part(page, "Request")).to_contain_text("The server cannot be reached.")
    page.unroute("**/api/deliveries/**")
    part(page, "Request").get_by_role("button", name="Try again").click()
    expect(part(page, "Request").locator(".request-line")).to_be_visible()


def test_a_refused_request_opens_with_its_reply(page, daphne, pair):
    send_raw(daphne.port, post(f"/v1/wrong/{pair.api_key}", b"{}", "User-Agent: my-app"))
    open_stream(page, pair, "#refused")
    whole = page.locator(".refused-whole")
    whole.get_by_text("Request and reply").click()
    expect(whole.locator("[data-slot=status]")).to_have_text("400")
    expect(whole).to_contain_text("my-app")
    expect(whole).to_contain_text("wrong-auth-key")
    expect(whole).not_to_contain_text(pair.api_key)


def test_every_vendors_reply_is_shown(page, daphne, new_pair):
    for name, vendor in VENDORS.items():
        pair = new_pair(name)
        answer = send(daphne, pair, vendor.good)
        open_stream(page, pair, "#event-1/request")
        request = part(page, "Request")
        expect(request.locator("[data-slot=status]")).to_have_text(str(answer.status))
        body = request.get_by_label("Body of the reply")
        if answer.body:
            expect(body).to_have_text(answer.body.decode())
        else:
            expect(body).to_be_hidden()
