"""The permissions of all open pages are checked together: with the results of the rule for each
single page, and in a constant number of statements."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.browser import send
from tests.support.vendors import fresh
from tests.support.visitor import next_frame
from tests.support.visitors import Someone, holder, member, one_of_each, owner, signed_in

IN_FORCE = 5  # seconds

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def other(new_pair):
    return new_pair("usermaven")


def session_of(someone: Someone) -> str:
    return someone.http.cookies.get(someone.server.session_cookie) or "no-session-of-anybody"


def seen(key_pairs, sessions: dict[str, str]) -> set[tuple[str, int]]:
    """The names that each visitor can see, after a check that the rule gives the same result for
    each one."""
    from viewer.access.bulk_permissions import Subscriber, filter_allowed
    from viewer.access.permissions import visitor_of_session

    lookers = [Subscriber(pair.pk, key) for pair in key_pairs for key in sessions.values()]
    together = filter_allowed(lookers)
    alone = {one for one in lookers if visitor_of_session(one.session).pair(one.pair) is not None}
    assert together == alone
    names = {key: name for name, key in sessions.items()}
    return {(names[one.session], one.pair) for one in together}


def user(name: str):
    from django.contrib.auth.models import User

    return User.objects.get(username=name)


def test_each_kind_of_visitor_sees_what_the_rule_says(uvicorn, pair, other):
    kinds = one_of_each(uvicorn, pair, other)
    sessions = {kind: session_of(someone) for kind, someone in kinds.items() if kind != "basic"}
    sessions["stranger"] = "is-no-session"
    assert seen([pair, other], sessions) == {
        *((kind, pair.pk) for kind in ("view", "manage", "holder", "support", "owner")),
        *((kind, other.pk) for kind in ("outsider", "support", "owner")),
    }


def sign_out(someone, pair) -> None:
    assert someone.post("/sign-out/").status_code == 302


def expire(someone, pair) -> None:
    from datetime import timedelta

    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from viewer.access.session_store import stored_key

    past = timezone.now() - timedelta(seconds=1)
    Session.objects.filter(session_key=stored_key(session_of(someone))).update(expire_date=past)


def remove(someone, pair) -> None:
    pair.members.all().delete()


def shut_out(someone, pair) -> None:
    member = user(f"vera {pair.pk}")
    member.is_active = False
    member.save()


def set_password(someone, pair) -> None:
    member = user(f"vera {pair.pk}")
    member.set_password("another-long-test-password")
    member.save()


def delete_user(someone, pair) -> None:
    user(f"vera {pair.pk}").delete()


def delete_pair(someone, pair) -> None:
    from ingest.models import KeyPair

    KeyPair.objects.filter(pk=pair.pk).update(deleted_at=1)


@pytest.mark.parametrize(
    "change", [sign_out, expire, remove, shut_out, set_password, delete_user, delete_pair]
)
def test_actions_that_end_a_members_access(uvicorn, pair, change):
    vera = member(uvicorn, f"vera {pair.pk}", pair, "view")
    sessions = {"vera": session_of(vera)}
    assert seen([pair], sessions) == {("vera", pair.pk)}
    change(vera, pair)
    assert seen([pair], sessions) == set()


def test_a_user_who_leaves_support_sees_only_their_own_pairs(uvicorn, pair, other):
    from django.contrib.auth.models import Group

    sue = member(uvicorn, f"sue {pair.pk}", pair, "view")
    user(f"sue {pair.pk}").groups.add(Group.objects.get_or_create(name="support")[0])
    sessions = {"sue": session_of(sue)}
    assert seen([pair, other], sessions) == {("sue", pair.pk), ("sue", other.pk)}
    user(f"sue {pair.pk}").groups.clear()
    assert seen([pair, other], sessions) == {("sue", pair.pk)}


def test_a_former_owner_sees_nothing(uvicorn, pair):
    olga = owner(uvicorn, f"olga {pair.pk}")
    sessions = {"olga": session_of(olga)}
    assert seen([pair], sessions) == {("olga", pair.pk)}
    user(f"olga {pair.pk}").delete()
    assert seen([pair], sessions) == set()


@pytest.mark.parametrize(
    ("grace", "still"), [(0, False), (3_600, True)], ids=["at-once", "with-an-hour"]
)
def test_a_holder_has_access_as_long_as_the_keys_work(uvicorn, pair, grace, still):
    from ingest.auth import key_pairs

    someone = holder(uvicorn, pair)
    sessions = {"holder": session_of(someone)}
    assert seen([pair], sessions) == {("holder", pair.pk)}
    key_pairs.rotate_keys(pair, grace)
    assert seen([pair], sessions) == ({("holder", pair.pk)} if still else set())


def test_a_holder_of_a_disabled_pair_sees_nothing(uvicorn, pair):
    from ingest.models import KeyPair

    sessions = {
        "holder": session_of(holder(uvicorn, pair)),
        "vera": session_of(member(uvicorn, f"vera {pair.pk}", pair, "view")),
    }
    KeyPair.objects.filter(pk=pair.pk).update(disabled_at=1)
    assert seen([pair], sessions) == {("vera", pair.pk)}


def test_a_session_of_another_backend_is_checked_by_that_backend(uvicorn, pair, settings):
    """The session was created by a backend that is no longer configured."""
    from django.contrib.auth import BACKEND_SESSION_KEY

    from viewer.access.session_store import SessionStore

    vera = member(uvicorn, f"vera {pair.pk}", pair, "view")
    session = SessionStore(session_of(vera))
    session[BACKEND_SESSION_KEY] = "somewhere.else.Backend"
    session.save()
    assert seen([pair], {"vera": session_of(vera)}) == set()


def test_many_pages_are_checked_in_five_statements(uvicorn, pair, other, django_assert_num_queries):
    from viewer.access.bulk_permissions import Subscriber, filter_allowed

    people = [holder(uvicorn, pair) for _ in range(20)]
    people += [member(uvicorn, f"{n} of {other.pk}", other, "view") for n in range(3)]
    people += [signed_in(uvicorn, f"no member of {pair.pk}")]
    keys = [session_of(someone) for someone in people]
    lookers = [Subscriber(each.pk, key) for each in (pair, other) for key in keys]
    with django_assert_num_queries(5):
        found = filter_allowed(lookers)
    assert found == {Subscriber(pair.pk, key) for key in keys[:20]} | {
        Subscriber(other.pk, key) for key in keys[20:23]
    }


def test_one_page_ends_and_the_others_continue(server, pair):
    from ingest.models import KeyPair

    vera = member(server, f"vera {pair.pk}", pair, "view")
    with (
        vera.feed(pair.pk) as ending,
        holder(server, pair).feed(pair.pk) as one,
        owner(server).feed(pair.pk) as another,
    ):
        for feed in (ending, one, another):
            next_frame(feed)
        remove(vera, pair)
        assert code_within(IN_FORCE, ending, lambda: send(server, pair, fresh())) == 4404
        received = KeyPair.objects.get(pk=pair.pk).last_seq
        for feed in (one, another):
            while next_frame(feed)["last"] < received:
                pass


def test_an_idle_page_ends_as_quickly(uvicorn, pair):
    vera = member(uvicorn, f"vera {pair.pk}", pair, "view")
    with vera.feed(pair.pk) as feed:
        next_frame(feed)
        time.sleep(1.5)  # the cached permission has expired, but is recent enough to reuse
        remove(vera, pair)
        with pytest.raises(ConnectionClosed) as ended:
            next_frame(feed, IN_FORCE)
    assert ended.value.rcvd.code == 4404


@pytest.mark.alone
def test_idle_pages_are_checked_together(monkeypatch):
    """One query per round covers all of them, and the first idle page waits one heartbeat."""
    from viewer.access.bulk_permissions import Subscriber
    from viewer.live import consumers, permission_watch

    rounds = []

    def filter_allowed(lookers):
        rounds.append(len(lookers))
        return lookers

    async def idle(looker: Subscriber) -> bool:
        with permission_watch.sight.of(looker):
            return await consumers._is_silent(asyncio.Event(), looker)

    async def all_idle() -> list[bool]:
        return await asyncio.gather(*(idle(Subscriber(1, f"session {n}")) for n in range(500)))

    monkeypatch.setattr(permission_watch, "sight", permission_watch.PermissionWatch())
    monkeypatch.setattr(consumers, "sight", permission_watch.sight)
    monkeypatch.setattr(permission_watch, "filter_allowed", filter_allowed)
    monkeypatch.setattr(permission_watch, "ASKED_AT_LEAST", 0.3)
    monkeypatch.setattr(consumers, "HEARTBEAT_SECONDS", 1.0)
    assert all(asyncio.run(all_idle()))
    assert 3 <= len(rounds) <= 5
    assert set(rounds) == {500}


def test_idle_pages_with_the_same_query_are_updated_together(pair):
    """At each heartbeat, every page checks for missed events."""
    from viewer.live.broadcast import FeedQuestion, SharedFeed
    from viewer.query import parse_query

    reads = []

    async def look() -> list[object]:
        chain = SharedFeed(FeedQuestion(pair.pk, parse_query(""), False))
        chain.pages = 500
        turn = await chain.enter(0)
        read = chain._read
        chain._read = lambda before: reads.append(before) or read(before)
        return await asyncio.gather(*(chain.next(turn) for _ in range(500)))

    assert set(asyncio.run(look())) == {None}
    assert len(reads) == 1


def code_within(seconds: float, feed, send_one) -> int | None:
    """The code that closes a feed while events arrive."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        send_one()
        try:
            next_frame(feed)
        except ConnectionClosed as closed:
            return closed.rcvd.code
    return None
