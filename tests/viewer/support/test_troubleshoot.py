"""The explanations that support gets for a key pair: derived from real requests, in sentences."""

from __future__ import annotations

import json
import re
import time

import pytest

from ingest.dialects import BY_NAME
from ingest.models import Delivery, Event, KeyPair
from ingest.problems import ERROR, WARNING, Problem, problems_to_json
from ingest.timestamps import format_utc, now_ms
from tests.support.browser import send
from tests.support.http import post, send_raw
from tests.support.vendors import fresh
from tests.support.visitors import member, support
from viewer.onboarding.user_agents import client_name
from viewer.support import examination, troubleshoot
from viewer.support.search import find_key_pairs

pytestmark = pytest.mark.usefixtures("stored")

START = 0  # when rows that are stored directly were received; set for each test
USERMAVEN_PATH = "/api/v1/s2s/event"


@pytest.fixture(autouse=True)
def start(monkeypatch):
    """A minute ago. The whole suite takes longer than a key pair may be silent."""
    monkeypatch.setitem(globals(), "START", now_ms() - 60_000)


@pytest.fixture
def pair(new_pair):
    from django.db import connection

    from ingest.storage.db.partitions import DELIVERIES, EVENTS, Partitions

    pair = new_pair("natero")
    if connection.vendor == "postgresql":
        for table in (EVENTS, DELIVERIES):
            Partitions(table).ensure_partitions(pair.pk, 500)
    return pair


def diagnosis(pair) -> troubleshoot.Diagnosis:
    return troubleshoot.diagnose(troubleshoot.read_facts(pair))


def report(pair) -> str:
    return troubleshoot.answer_text(pair, diagnosis(pair))


def codes(pair) -> list[str]:
    return [step.code for step in diagnosis(pair).steps]


def event(**fields: object) -> bytes:
    return json.dumps({**json.loads(fresh()), **fields}).encode()


def pageview(**fields: object) -> dict[str, object]:
    return {"event_type": "pageview", "user": {"id": "u-17"}, **fields}


def send_usermaven(daphne, pair, *events: dict[str, object], token: str = "") -> int:
    path = f"{USERMAVEN_PATH}?token={token or f'{pair.api_key}.{pair.auth_key}'}"
    return send_raw(daphne.port, post(path, json.dumps(events).encode())).status


def send_refused(daphne, pair, auth: str, api: str, *headers: str, body: bytes = b"{}") -> None:
    assert send_raw(daphne.port, post(f"/v1/{auth}/{api}", body, *headers)).status >= 400


def _at(number: int) -> int:
    return START + number * 1000


def store_delivery(pair, number: int, *problems: Problem, refused: bool = True) -> None:
    Delivery.objects.create(
        keypair=pair, number=number, received_at=_at(number), dialect=pair.dialect, method="POST",
        path="/", headers="", sender="127.0.0.1", encoding="", wire_size=1, size=1,
        status=400 if refused else 200, refused=refused, problems=problems_to_json(problems),
        events=0,
    )  # fmt: skip


def store_event(pair, seq: int, *problems: Problem, occurred_at: int | None = None) -> None:
    verdict = "invalid" if any(one.severity == ERROR for one in problems) else "warning"
    Event.objects.create(
        keypair=pair, seq=seq, delivery=1, line=1, received_at=_at(seq), occurred_at=occurred_at,
        status=200, verdict=verdict if problems else "valid", problems=problems_to_json(problems),
        raw=b"{}", size=2,
    )  # fmt: skip


def count_in_pair(pair, **counts: int) -> None:
    KeyPair.objects.filter(pk=pair.pk).update(**counts)


# -- requests ---------------------------------------------------------------------------------


def test_no_requests_arrived(pair):
    found = diagnosis(pair)
    assert [one.sentence for one in found.summary] == [
        "No request with these keys has arrived yet."
    ]
    assert "check the requests with unknown keys." in found.summary[0].hint
    assert (found.steps, found.fine) == ([], [])


def test_all_is_well(daphne, pair):
    send(daphne, pair, fresh(), fresh())
    found = diagnosis(pair)
    assert (found.steps, found.more, found.examined) == ([], [], [])
    assert [one.sentence for one in found.summary] == [
        "The newest request was accepted, and no problem was found."
    ]
    text = report(pair)
    assert "What to do" not in text
    assert "answered 200, and contained 2 events in" in text
    assert "- The vendor would discard none of 2 events." in text


def test_swapped_keys_are_reported_first(daphne, pair):
    agent = "User-Agent: okhttp/4.9.2"
    send_raw(daphne.port, post(f"/v1/{pair.api_key}/{pair.auth_key}", fresh(), agent))
    step = diagnosis(pair).steps[0]
    assert (step.state, step.code) == ("fault", "keys-swapped")
    text = report(pair)
    assert "We’ve never accepted a request with these keys: 1 request was refused." in text
    assert "from okhttp 4.9.2" in text
    assert "No action needed" not in text


def refuse_eight_ways(daphne, pair) -> set[str]:
    auth, api = pair.auth_key, pair.api_key
    send_refused(daphne, pair, api, auth)
    send_refused(daphne, pair, api, api)
    send_refused(daphne, pair, auth, "")
    send_refused(daphne, pair, auth[:-1], api)
    send_refused(daphne, pair, auth.upper(), api)
    send_refused(daphne, pair, f"%22{auth}%22", api)
    send_refused(daphne, pair, auth, f"{api}%0A")
    send_refused(daphne, pair, auth, api, "Content-Encoding: gzip", body=fresh())
    return {
        *("keys-swapped", "same-key-twice", "missing-half", "one-character-off", "case-differs"),
        *("marks-around-key", "space-at-key", "declared-but-plain"),
    }


def test_all_reasons_are_reported_although_the_newest_request_was_accepted(daphne, pair):
    expected = refuse_eight_ways(daphne, pair)
    assert set(codes(pair)) == expected
    assert "The newest request was refused." not in report(pair)  # none was accepted before
    send(daphne, pair, fresh())
    found = diagnosis(pair)
    assert {step.code for step in found.steps} == expected
    assert [step.state for step in found.steps] == ["fault"] * 8
    conclusion = found.summary[0].sentence
    assert conclusion == "The newest request was accepted; 8 requests were refused before that."
    assert "were right" not in report(pair)


def test_reasons_are_ordered_by_count_with_first_and_last_time(daphne, pair):
    send(daphne, pair, fresh())
    send_refused(daphne, pair, pair.api_key, pair.auth_key)
    for _ in range(2):
        send_refused(daphne, pair, pair.auth_key, "")
    send_refused(daphne, pair, pair.api_key, pair.api_key)
    found = diagnosis(pair)
    assert [step.code for step in found.steps] == [
        *("missing-half", "same-key-twice", "keys-swapped")  # of equal counts, the latest first
    ]
    rows = Delivery.objects.filter(keypair=pair, refused=True).order_by("number")
    first, last = (format_utc(row.received_at) for row in (rows[1], rows[2]))
    assert found.steps[0].seen == f"2 requests, first {first}, last {last}"
    assert re.fullmatch(r"1 request, .* UTC", found.steps[1].seen)
    assert found.summary[0].sentence.startswith(
        "The newest request was refused; the last accepted one was received "
    )


def test_what_the_newer_requests_and_events_do_not_have_is_stated(pair):
    store_delivery(pair, 1, Problem("keys-swapped"))
    store_event(pair, 1, Problem("empty-field", ERROR, "/userId"))
    count_in_pair(pair, last_delivery=10, refused=1, last_seq=11)
    assert [step.seen.partition("; ")[2] for step in diagnosis(pair).steps] == [
        *("", "not in the 10 newer events")
    ]
    count_in_pair(pair, last_delivery=1_001)
    assert diagnosis(pair).steps[0].seen.endswith(" UTC; not in the 1,000 newer requests")


def test_reasons_that_are_not_shown_are_counted(pair, monkeypatch):
    monkeypatch.setattr(troubleshoot, "MAX_SHOWN", 3)
    for number, code in enumerate(
        ("keys-swapped", "no-keys", "rotated", "wrong-path", "old-path"), 1
    ):
        store_delivery(pair, number, Problem(code))
    store_delivery(pair, 6, Problem("no-server-token", WARNING), refused=False)
    for seq in range(1, 5):
        store_event(pair, seq, Problem("empty-field", ERROR, f"/f{seq}"))
    count_in_pair(pair, last_delivery=6, refused=5, last_seq=4)
    found = diagnosis(pair)
    assert len(found.steps) == 6
    assert found.more == [
        "2 more reasons of refused requests not shown.",
        "2 more problems not shown.",
    ]
    assert "\n2 more problems not shown." in report(pair)


def test_a_limit_of_what_was_examined_is_stated(pair, monkeypatch):
    monkeypatch.setattr(examination, "MAX_ROWS", 3)
    for number in range(1, 9):
        store_delivery(pair, number, Problem("keys-swapped"))
        store_event(pair, number, Problem("empty-field", ERROR, "/userId"))
    count_in_pair(pair, last_delivery=9, refused=10, last_seq=10)
    found = diagnosis(pair)
    assert [step.seen[:10] for step in found.steps] == ["3 requests", "3 events, "]
    assert found.examined == [
        "The reasons are those of 3 of 10 refused requests: the newest ones that are kept.",
        "Only the newest 4 requests were examined.",
        "Only the newest 5 events were examined.",
    ]
    assert "discard 3 of the newest 5 events (60%)" in report(pair)


def test_nothing_is_claimed_if_the_time_is_over(pair, monkeypatch):
    monkeypatch.setattr(examination, "SECONDS", 0)
    monkeypatch.setattr(examination, "EXTRA_SECONDS", 0)
    store_event(pair, 1)
    store_delivery(pair, 1, refused=False)
    count_in_pair(pair, last_delivery=1, last_seq=1)
    found = diagnosis(pair)
    assert "Only the newest 0 events were examined." in found.examined
    assert "discard" not in report(pair)
    assert "no problem was found" not in report(pair)


def test_disabled_and_retiring_keys(daphne, pair):
    from ingest.auth import key_pairs

    key_pairs.rotate_keys(pair, 3_600)
    key_pairs.disable_key_pair(pair)
    text = report(pair)
    assert "The key pair has been disabled since" in text
    assert "The old ones are still accepted, until" in text


# -- problems ---------------------------------------------------------------------------------


def test_a_problem_of_an_accepted_request_is_reported(daphne, new_pair):
    pair = new_pair("usermaven")
    assert send_usermaven(daphne, pair, pageview(event_id="e-1"), token=pair.api_key) == 200
    step = next(one for one in diagnosis(pair).steps if one.code == "no-server-token")
    assert (step.topic, step.state) == ("Request", "notice")
    assert step.seen.startswith("1 accepted request, ")
    assert "need attention" in report(pair)


def test_old_keys_are_reported_with_their_requests(daphne, pair):
    from ingest.auth import key_pairs

    old = (pair.api_key, pair.auth_key)
    key_pairs.rotate_keys(pair, 3_600)
    send_raw(daphne.port, post(f"/v1/{old[1]}/{old[0]}", fresh()))
    assert "old-keys" in codes(pair)


def test_errors_precede_warnings_however_frequent(pair):
    for seq in range(1, 6):
        store_event(pair, seq, Problem("unknown-field", WARNING, "/colour"))
    store_event(pair, 6, Problem("time-in-seconds", ERROR, "/createdAt", args={"means": "1970"}))
    for seq in (7, 8):
        store_event(pair, seq, Problem("empty-field", ERROR, "/userId"))
    count_in_pair(pair, last_seq=8, last_delivery=1)
    assert codes(pair) == ["empty-field", "time-in-seconds", "unknown-field"]


def test_one_code_at_two_paths_is_two_problems(pair):
    store_event(pair, 1, Problem("empty-field", path="/a"), Problem("empty-field", path="/b/c"))
    count_in_pair(pair, last_seq=1, last_delivery=1)
    assert {step.path for step in diagnosis(pair).steps} == {"/a", "/b/c"}
    assert "; path /b/c)" in report(pair)


def test_the_share_that_the_vendor_discards(daphne, pair):
    send(daphne, pair, fresh(), b'{"action":"feature"}', b"{broken")
    text = report(pair)
    assert "The vendor would silently discard 2 of 3 events (67%)." in text
    assert "without a word" not in text


def test_a_share_of_all_but_one_event_is_not_all_of_them(pair):
    for seq in range(1, 400):
        store_event(pair, seq, Problem("empty-field", ERROR, "/userId"))
    count_in_pair(pair, last_seq=400, last_delivery=1)
    assert "discard 399 of 400 events (99%)." in report(pair)


def test_events_in_a_request_that_the_vendor_refuses_are_discarded(daphne, new_pair):
    pair = new_pair("usermaven")
    body = f"[{json.dumps(pageview())}, 17]".encode()
    path = f"{USERMAVEN_PATH}?token={pair.api_key}.{pair.auth_key}"
    assert send_raw(daphne.port, post(path, body)).status == 400
    text = report(pair)
    assert "The vendor would discard 2 of 2 events (100%). Its reply says so for 2 of them." in text
    assert "The newest request was answered 400" in text
    assert "batch-refused" in codes(pair)


def test_events_that_do_not_fit_the_plan_are_not_discarded(pair):
    plan = Problem("unplanned-name", ERROR, "", "plan", {"value": "sign_up"})
    for seq in (1, 2):
        store_event(pair, seq, plan)
    store_event(pair, 3, Problem("not-judged-in-time", WARNING, "", "plan"))
    store_event(pair, 4, Problem("empty-field", ERROR, "/userId"))
    count_in_pair(pair, last_seq=16, last_delivery=1)
    found = diagnosis(pair)
    assert {one.sentence for one in found.summary} == {
        "The vendor would silently discard 1 of 16 events (6%).",
        "2 of 16 events do not fit the tracking plan; the vendor accepts them.",
    }
    assert [step.topic for step in found.steps] == ["Event", "Plan", "Plan"]
    assert "“sign_up” is not an event name of the plan." in report(pair)


def test_a_strict_plan_makes_the_vendor_discard_nothing(daphne, new_pair):
    from ingest.tracking_plan.versions import save_version

    pair = new_pair("usermaven")
    save_version(pair, '{"unknown_names":"error","required_names":[],"events":{}}')
    send_usermaven(daphne, pair, pageview(src="s", event_id="e-1"))
    text = report(pair)
    assert "1 of 1 event does not fit the tracking plan; the vendor accepts it." in text
    assert "The vendor would discard none of 1 event." in text


# -- messages ---------------------------------------------------------------------------------


def test_messages_name_fields_paths_and_types_but_no_values(daphne, new_pair):
    pair = new_pair("usermaven")
    faulty = pageview(event_type=17, user={"id": "u-17", "plan": "secret-plan"}, tset=1)
    send_usermaven(daphne, pair, faulty)
    text = report(pair)
    assert "“plan” directly under “user” is lost at the vendor. (1 event" in text
    assert "; path /user/plan) Move it into “user.custom”." in text
    assert "“event_type” is a number" in text
    assert "secret-plan" not in text
    assert "…" not in text


def test_a_missing_field_is_named_with_its_type(daphne, pair):
    send(daphne, pair, b'{"action":"feature","createdAt":%d}' % now_ms())
    assert "Add “accountId” (a string) to this event." in report(pair)


def test_a_value_is_masked(daphne, pair):
    send(daphne, pair, event(createdAt="my-secret-time", total="918273"))
    text = report(pair)
    assert "“createdAt” is" in text
    assert "my-secret-time" not in text
    assert "918273" not in text


# -- the clock --------------------------------------------------------------------------------


def clock_step(pair) -> str:
    return next((step.sentence for step in diagnosis(pair).steps if step.topic == "Clock"), "")


def test_the_clock_is_judged_from_five_events_and_says_so(daphne, pair):
    ahead = now_ms() + 7_200_000
    send(daphne, pair, *(event(createdAt=ahead) for _ in range(4)))
    assert not clock_step(pair)
    send(daphne, pair, event(createdAt=ahead + 1))
    assert clock_step(pair) == (
        "The times of the events are 2 hours after their receipt (the median of 5 events)."
    )
    assert "lies 2 hours ahead of the time this event was received" in report(pair)


def test_no_clock_from_times_in_another_unit(pair):
    seconds = Problem("time-in-seconds", ERROR, "/createdAt", args={"means": "1970"})
    for seq in range(1, 10):
        store_event(pair, seq, seconds, occurred_at=1_795_227)
    for seq in range(10, 14):
        store_event(pair, seq, occurred_at=_at(seq) + 9_000_000)
    count_in_pair(pair, last_seq=13, last_delivery=1)
    assert not clock_step(pair)
    store_event(pair, 14, occurred_at=_at(14) - 9_000_000)
    count_in_pair(pair, last_seq=14)
    assert clock_step(pair).endswith("(the median of 5 events).")


def test_one_time_in_seconds_among_events_without_a_time_is_no_clock(daphne, new_pair):
    pair = new_pair("usermaven")
    events = [pageview(event_id=f"e-{number}") for number in range(15)]
    send_usermaven(daphne, pair, *events, pageview(_timestamp=now_ms() // 1000))
    assert "time-in-seconds" in codes(pair)
    assert not clock_step(pair)


# -- the page and the answer ------------------------------------------------------------------


def test_the_answer_is_a_message_with_numbered_steps(daphne, pair):
    refuse_eight_ways(daphne, pair)
    send(daphne, pair, event(userId=""), fresh())
    lines = report(pair).split("\n")
    assert lines[0] == "Hello,"
    assert lines[2].startswith(f"about the key pair “{pair.name}”: The")
    steps = lines[lines.index("What to do:") + 1 :]
    assert re.match(r"1\. .*\(1 request, \d{4}-.* UTC\)", steps[0])
    numbered = [line for line in steps if re.match(r"\d+\. ", line)]
    assert [int(line.split(".")[0]) for line in numbered] == list(range(1, len(numbered) + 1))
    assert "“userId” is empty." in numbered[8]
    assert steps.index("No action needed:") > steps.index(numbered[-1])
    assert not re.search(r"\b(came|without a word|taken in)\b", report(pair))


def test_only_staff_see_the_answer(daphne, pair):
    send_refused(daphne, pair, pair.api_key, pair.auth_key)
    path = f"/pairs/{pair.pk}/why/"
    staff = support(daphne).ask("GET", path).text
    assert "Answer to copy" in staff
    assert "Hello," in staff
    theirs = member(daphne, f"why-{pair.pk}", pair, "view").ask("GET", path).text
    assert "The two keys are swapped." in theirs
    assert not re.search("Answer to copy|Hello,|customer", theirs)


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("python-requests/2.31.0", "Python Requests 2.31"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("OurOwnThing/3 (build 7)", "OurOwnThing/3 (build 7)"),
        ("", ""),
    ],
)
def test_the_client(agent, client):
    assert client_name(f"host: x\nuser-agent: {agent}\naccept: */*").startswith(client)


@pytest.mark.alone
def test_a_user_agent_of_any_length_is_parsed_quickly():
    began = time.monotonic()
    client_name("user-agent: " + "Mozilla/5.0 (((((" * 10_000)
    assert time.monotonic() - began < 1


# -- search -----------------------------------------------------------------------------------


def names(needle: str) -> list[str]:
    return [match.pair.name for match in find_key_pairs(needle).matches]


def test_found_by_parts_of_keys_and_name(pair):
    assert names(pair.api_key[5:17]) == [pair.name]
    assert names(pair.auth_key[-13:].upper()) == [pair.name]
    assert names(pair.auth_key[-9:]) == []  # a key cannot be searched piece by piece
    assert pair.name in names(pair.name.upper())


def test_found_by_a_name_in_any_script_and_case(pair):
    from ingest.auth import key_pairs

    name = f"Ünïcødé ΣΊΣΥΦΟΣ {pair.pk}"
    key_pairs.rename_key_pair(pair, name)
    for needle in ("ünïcødé", "ÜNÏCØDÉ", f"σίσυφοσ {pair.pk}"):
        assert name in names(needle)


def test_found_by_a_key_from_before_a_rotation(pair):
    from ingest.auth import key_pairs

    old = pair.api_key
    key_pairs.rotate_keys(pair)
    (match,) = find_key_pairs(old[3:20]).matches
    assert (match.pair.pk, "before it was rotated" in match.reasons[0]) == (pair.pk, True)


@pytest.mark.parametrize("dialect", BY_NAME)
def test_found_by_an_account_or_user_of_its_events(daphne, new_pair, dialect):
    from ingest.models import Event

    pair = new_pair(dialect)
    text = BY_NAME[dialect].samples(int(time.time() * 1000), pair.api_key)[0]
    send(daphne, pair, text)
    event = Event.objects.filter(keypair=pair).first()
    mark = f"somebody-{pair.pk}"
    Event.objects.filter(keypair=pair).update(user=mark)
    (match,) = find_key_pairs(mark).matches
    assert (match.pair.pk, match.seq) == (pair.pk, event.seq)
    Event.objects.filter(keypair=pair).update(user=None, account=mark)
    assert names(mark) == [pair.name]


def test_found_by_the_address_of_a_sender(daphne, pair):
    from ingest.models import Delivery

    send(daphne, pair, fresh())
    Delivery.objects.filter(keypair=pair).update(sender="203.0.113.77")
    assert names("203.0.113.77") == [pair.name]
    assert names("203.0.113.78") == []


def test_a_deleted_pair_is_not_found(pair):
    from ingest.models import KeyPair

    KeyPair.objects.filter(pk=pair.pk).update(deleted_at=1)
    assert names(pair.api_key) == []
    KeyPair.objects.filter(pk=pair.pk).delete()
