"""Limits on wrong passwords, keys and links, and the cost of attempts for other visitors."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from urllib.parse import urlencode

import pytest
import requests
from django.contrib.auth.hashers import check_password, make_password

from tests.security.bystander import MAX_WAIT, Bystander, resident
from tests.support.browser import send
from tests.support.server import Server, running
from tests.support.vendors import fresh
from tests.support.visitors import PASSWORD, Someone, anonymous, hashed_password
from viewer.access import failed_attempts
from viewer.access.audit_log import log_action
from viewer.access.permissions import Visitor
from viewer.accounts import password_hashing, password_limits
from viewer.models import Action

FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


@pytest.fixture
def desk(uvicorn, stored):
    forget()
    yield uvicorn
    forget()


def forget() -> None:
    from axes.models import AccessAttempt

    from viewer.models import AuditLogEntry

    AuditLogEntry.objects.filter(action__in=failed_attempts.COUNTED).delete()
    AccessAttempt.objects.all().delete()


@pytest.fixture
def pair(desk, new_pair):
    return new_pair("natero")


def user(name: str) -> str:
    from django.contrib.auth.models import User

    User.objects.get_or_create(username=name, defaults={"password": hashed_password()})
    return name


def failed(network: str, names: int, each: int = 1) -> None:
    """The failures, as django-axes keeps them."""
    from axes.models import AccessAttempt
    from django.utils import timezone

    AccessAttempt.objects.bulk_create(
        AccessAttempt(
            username=f"name {number}",
            ip_address=network,
            user_agent="",
            attempt_time=timezone.now(),
            failures_since_start=each,
        )
        for number in range(names)
    )


def sign_in(someone: Someone, name: str, password: str = PASSWORD) -> requests.Response:
    return someone.post("/sign-in/", username=name, password=password)


# -- passwords -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_passwords_are_hashed_concurrently_and_few_wait(monkeypatch):
    """The limit covers every source: all password checks of Django use the same hashers."""
    monkeypatch.setattr(password_hashing, "MAX_WAIT", 0.2)
    release = threading.Event()
    with ThreadPoolExecutor() as pool:
        held = [pool.submit(password_hashing.hash_in_turn, hold(release)) for _ in range(2)]
        began = time.monotonic()
        with pytest.raises(password_hashing.HashingBusy):
            make_password(PASSWORD)
        assert time.monotonic() - began < 2
        release.set()
        wait(held)
    monkeypatch.undo()
    assert check_password(PASSWORD, make_password(PASSWORD))


def hold(release: threading.Event) -> Callable[[], str]:
    return lambda: str(release.wait(5))


def test_concurrent_sign_ins_are_bounded_per_network_and_in_total():
    with contextlib.ExitStack() as stack:
        for _ in range(password_hashing.MAX_SIGN_INS_OF_NETWORK):
            stack.enter_context(password_hashing.limited_sign_in("192.0.2.1"))
        with (
            pytest.raises(password_hashing.HashingBusy),
            password_hashing.limited_sign_in("192.0.2.1"),
        ):
            pass
        for number in range(
            password_hashing.MAX_SIGN_INS - password_hashing.MAX_SIGN_INS_OF_NETWORK
        ):
            stack.enter_context(password_hashing.limited_sign_in(f"192.0.2.1{number}"))
        with (
            pytest.raises(password_hashing.HashingBusy),
            password_hashing.limited_sign_in("192.0.2.2"),
        ):
            pass
    with password_hashing.limited_sign_in("192.0.2.1"):
        pass


@pytest.mark.alone
def test_sixty_concurrent_sign_ins_use_little_memory_and_delay_no_sender(tmp_path):
    with running("uvicorn", tmp_path) as server:
        assert sign_in(anonymous(server), "anonymous", "wrong").status_code == 403
        before = peak = resident(server.process.pid)
        with Bystander(server.url) as bystander, contextlib.ExitStack() as stack:
            tries = [stack.enter_context(password_tried(server, number)) for number in range(60)]
            statuses = []
            for each in tries:
                statuses.append(each.getresponse().status)
                peak = max(peak, resident(server.process.pid))
    assert set(statuses) <= {403, 429, 503}
    assert peak - before < 60
    assert bystander.worst < MAX_WAIT
    assert not bystander.failures


def password_tried(server: Server, number: int) -> contextlib.closing[http.client.HTTPConnection]:
    """A form that was sent but not answered yet."""
    token = "a" * 32
    form = {"username": f"n{number}", "password": "x" * 20, "csrfmiddlewaretoken": token}
    headers = {
        "Origin": server.url,
        "Cookie": f"csrftoken={token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/sign-in/", urlencode(form), headers)
    return contextlib.closing(connection)


def test_many_names_with_one_password_are_refused_after_a_limit(desk):
    failed("127.0.0.1", password_limits.WRONG_LIMIT - 1)
    assert sign_in(anonymous(desk), "somebody", "Winter2026!").status_code == 403
    refused = sign_in(anonymous(desk), "else", "Winter2026!")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert sign_in(anonymous(desk), user("nora")).status_code == 302


def test_an_overlong_name_is_refused_and_not_stored(desk):
    from axes.models import AccessAttempt

    assert sign_in(anonymous(desk), "a" * 300, "x").status_code == 403
    assert not AccessAttempt.objects.exists()


def test_a_network_with_very_many_failures_is_refused_without_a_check(desk):
    failed("127.0.0.1", password_limits.TOTAL_LIMIT)
    began = time.monotonic()
    assert sign_in(anonymous(desk), user("nora")).status_code == 429
    assert time.monotonic() - began < 5


def test_a_network_that_locked_many_names_is_not_looked_at(desk):
    def lock(number: int) -> None:
        log_action(Visitor(sender="127.0.0.1"), Action.SIGN_IN_LOCKED, None, f"name {number}")

    for number in range(password_limits.LOCKED_NAMES_LIMIT - 1):
        lock(number)
    assert sign_in(anonymous(desk), user("nora")).status_code == 302
    lock(password_limits.LOCKED_NAMES_LIMIT)
    assert sign_in(anonymous(desk), user("nora")).status_code == 429


def test_failures_of_another_network_lock_no_user_out_here(desk):
    failed("198.51.100.1", 10, each=password_limits.TOTAL_LIMIT)
    from axes.models import AccessAttempt

    AccessAttempt.objects.filter(username="name 0").update(username=user("nora"))
    assert sign_in(anonymous(desk), "nora").status_code == 302


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("198.51.100.9%1", "unix:"),
    ],
)
def test_one_network_is_one_address_to_the_password_lock(rf, first, second):
    addresses = {
        password_limits.axes_address(rf.get("/", REMOTE_ADDR=each)) for each in (first, second)
    }
    assert len(addresses) == 1


def test_two_networks_are_two(rf):
    one, other = ("::ffff:192.0.2.7", "::ffff:192.0.2.8")
    assert password_limits.axes_address(
        rf.get("/", REMOTE_ADDR=one)
    ) != password_limits.axes_address(rf.get("/", REMOTE_ADDR=other))


# -- keys and links --------------------------------------------------------------------------------


def ask(desk, api_key: str, auth_key: str, **headers: str) -> requests.Response:
    url = f"{desk.url}/api/summary"
    return requests.get(url, auth=(api_key, auth_key), headers=headers, timeout=10)


def tried(action: str, count: int) -> None:
    from viewer.models import AuditLogEntry

    AuditLogEntry.objects.bulk_create(
        AuditLogEntry(action=action, actor="stranger", sender="127.0.0.1", detail=f"try {number}")
        for number in range(count)
    )


def test_valid_keys_pass_where_wrong_ones_are_refused(desk, pair):
    tried("wrong keys", failed_attempts.WRONG_LIMIT)
    assert ask(desk, pair.api_key, "wrong").status_code == 429
    assert ask(desk, pair.api_key, pair.auth_key).status_code == 200
    page = anonymous(desk).post("/open/", api_key=pair.api_key, auth_key=pair.auth_key)
    assert page.status_code == 302


def test_a_network_with_very_many_wrong_keys_is_refused_without_a_check(desk, pair):
    tried("wrong keys", failed_attempts.TOTAL_LIMIT)
    refused = ask(desk, pair.api_key, pair.auth_key)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert send(desk, pair, fresh()).status == 200


def test_images_on_another_sites_page_do_not_count_as_attempts(desk, pair):
    paths = [
        f"/{kind}/x{number}/" for kind in ("shared/open", "invitation") for number in range(12)
    ]
    for path in paths:
        assert anonymous(desk).ask("GET", path, headers=FOREIGN).status_code == 404
    assert anonymous(desk).ask("GET", "/shared/open/typed/").status_code == 404
    assert anonymous(desk).post("/sign-in/another/").status_code == 403
    for number in range(12):
        assert ask(desk, pair.api_key, f"wrong-{number}", **FOREIGN).status_code == 401
    assert ask(desk, pair.api_key, "wrong").status_code == 401


def test_another_sites_page_cannot_try_keys(desk, pair):
    """Uncounted attempts would allow guessing."""
    answer = ask(desk, pair.api_key, pair.auth_key, **FOREIGN)
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers
    assert "WWW-Authenticate" in requests.get(f"{desk.url}/api/summary", timeout=10).headers
    form = {"api_key": pair.api_key, "auth_key": pair.auth_key}
    assert anonymous(desk).ask("POST", "/open/", data=form, headers=FOREIGN).status_code == 403


def test_a_valid_link_passes_where_wrong_ones_are_refused(desk):
    tried("wrong link", failed_attempts.WRONG_LIMIT)
    assert anonymous(desk).post("/sign-in/wrong/").status_code == 429
    assert anonymous(desk).post("/invitation/wrong/").status_code == 429
    link = desk.manage("signin").strip().removeprefix(desk.url)
    assert anonymous(desk).post(link).status_code == 302
