"""A share link shows only the shared events, with a limit on requests."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import AsyncRequestFactory
from django.utils import timezone

from tests.support.visitors import anonymous, member, share_visitor
from viewer.access.rate_limit import RateLimit
from viewer.models import ShareLink
from viewer.sharing import share_links
from viewer.sharing.redaction import HIDDEN, redact_query
from viewer.workload.deadline import TimeUp
from viewer.workload.thread_pools import TooBusy


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def manager(daphne, pair):
    return member(daphne, f"sharer {pair.pk}", pair, "manage")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("user:u-1", f"user:{HIDDEN}"),
        ('-user:"Ann Lee" OR total>3', f"-user:{HIDDEN} OR total>{HIDDEN}"),
        ('secret "and more"', f"{HIDDEN} {HIDDEN}"),
        ('properties."e mail":x*', f'properties."e mail":{HIDDEN}'),
        ("  user:u-1  .total>=4 ", f"  user:{HIDDEN}  .total>={HIDDEN} "),
        ("", ""),
        ("user:", HIDDEN),
    ],
)
def test_field_names_of_a_query_stay(query, shown):
    assert redact_query(query) == shown


def test_with_masked_values_the_query_shows_none(daphne, pair, manager):
    fields = {"q": "user:secret-user", "name": "For QA"}
    link = share_link(manager, pair, mask="on", **fields)
    someone = anonymous(daphne)
    shown = [someone.get(link).text, someone.post(link).headers["Location"]]
    shown.append(someone.get(shown[1]).text)
    assert "secret-user" not in str(shown)
    assert f"user:{HIDDEN}" in shown[0]
    assert f"user:{HIDDEN}" in shown[2]
    assert "secret-user" in anonymous(daphne).get(share_link(manager, pair, **fields)).text


def share_link(manager, pair, **fields: str) -> str:
    made = manager.post(f"/pairs/{pair.pk}/settings/share/", lifetime="1d", **fields)
    return "/shared/open/" + made.text.split("/shared/open/")[1].split("/")[0] + "/"


def test_opening_a_link_renews_the_session(daphne, pair, manager):
    first, second = (share_link(manager, pair) for _ in range(2))
    someone = anonymous(daphne)
    pages, ids = [], []
    for link in (first, second):
        pages.append(someone.post(link).headers["Location"])
        ids.append(session_of(someone))
    assert ids[0] != ids[1]
    assert all(someone.ask("GET", page).status_code == 200 for page in pages)


def session_of(someone) -> str:
    """The session cookie's value, whatever its name."""
    others = [cookie.value for cookie in someone.http.cookies if "csrf" not in cookie.name]
    assert len(others) == 1
    return others[0]


def test_requests_are_limited(daphne, pair, manager):
    visitor, page = share_visitor(manager, pair)
    statuses = [visitor.ask("GET", page).status_code for _ in range(share_links.MAX_LOOKS)]
    assert statuses == [200] * (share_links.MAX_LOOKS - 1) + [429]  # opening the link was the first
    refused = visitor.ask("GET", page)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "60 times a minute" in refused.text
    other, elsewhere = share_visitor(manager, pair)
    assert other.ask("GET", elsewhere).status_code == 200


def test_a_rate_limit_ends_with_its_window_and_is_bounded_in_memory(monkeypatch):
    monkeypatch.setattr("viewer.access.rate_limit.MAX_KEYS", 3)
    now = [0.0]
    limit = RateLimit(2, seconds=60, clock=lambda: now[0])
    assert [limit.wait("a") for _ in range(3)] == [0, 0, 60]
    now[0] = 45
    assert limit.wait("a") == 15
    now[0] = 60
    assert limit.wait("a") == 0
    for key in range(10):
        limit.wait(key)
    assert len(limit._windows) == 3


# -- queueing -------------------------------------------------------------------------------------


@pytest.fixture
def link(pair):
    expires_at = timezone.now() + timedelta(days=1)
    return ShareLink.objects.create(token_hash=f"of {pair.pk}", keypair=pair, expires_at=expires_at)


async def look_at(link, sender: str = "192.0.2.1"):
    """Request the page as the visitor who opened the link."""
    request = AsyncRequestFactory().get(f"/shared/{link.pk}/")
    request.META["REMOTE_ADDR"] = sender
    request.session = {share_links.OPENED: [link.pk]}
    request.user = AnonymousUser()
    return await share_links.shared_page(request, link.pk)


def test_searches_for_events_take_turns(link, monkeypatch):
    """A key pair's share links use the same slots as its other queries."""
    seen = SimpleNamespace(now=0, most=0, threads=set())
    lock = threading.Lock()

    def search(*_: object):
        with lock:
            seen.now += 1
            seen.most = max(seen.most, seen.now)
            seen.threads.add(threading.current_thread().name.split("_")[0])
        time.sleep(0.1)
        with lock:
            seen.now -= 1
        return [], None

    monkeypatch.setattr(share_links, "_events_of", search)

    async def look_often():
        return await asyncio.gather(*(look_at(link, f"192.0.2.{n % 6}") for n in range(18)))

    assert {answer.status_code for answer in asyncio.run(look_often())} == {200}
    assert seen.threads == {"question"}
    assert seen.most <= 3


def test_a_link_revoked_while_its_page_waits_shows_nothing(link, monkeypatch):
    monkeypatch.setattr(share_links, "RIGHTS_EVERY", 0)
    look = share_links._events_of
    assert asyncio.run(look_at(link)).status_code == 200

    def end(*arguments):
        ShareLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
        return look(*arguments)

    monkeypatch.setattr(share_links, "_events_of", end)
    assert asyncio.run(look_at(link)).status_code == 404


@pytest.mark.parametrize(("error", "status"), [(TooBusy(), 429), (TimeUp(5), 503)])
def test_a_page_that_cannot_be_rendered_now_gives_the_reason(link, monkeypatch, error, status):
    def search(*_: object):
        raise error

    monkeypatch.setattr(share_links, "_events_of", search)
    answer = asyncio.run(look_at(link))
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")
