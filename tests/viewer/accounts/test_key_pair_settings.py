"""Managers of a key pair rename, rotate, disable, share and delete it; each change is in force in
every process within 5 s."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import requests

from tests.support.browser import send
from tests.support.vendors import fresh
from tests.support.visitors import Someone, anonymous, member, owner, share_visitor
from tests.support.wait import until

IN_FORCE = 5.0  # seconds

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def manager(daphne, pair) -> Someone:
    return member(daphne, f"keeper {pair.pk}", pair, "manage")


@pytest.fixture
def do(manager, pair) -> Callable[..., requests.Response]:
    """Submit a form of the settings page."""

    def post(action: str, **fields: str) -> requests.Response:
        return manager.post(f"/pairs/{pair.pk}/settings/{action}/", **fields)

    return post


def status_within(server, pair, status: int) -> None:
    until(lambda: send(server, pair, fresh()).status == status, seconds=IN_FORCE)


def recorded(pair) -> list[str]:
    from viewer.models import AuditLogEntry

    return [entry.action for entry in AuditLogEntry.objects.filter(pair_id=pair.pk).order_by("pk")]


def test_old_keys_work_for_the_chosen_time(daphne, uvicorn, pair, do):
    old = type(pair)(pk=pair.pk, dialect="natero", api_key=pair.api_key, auth_key=pair.auth_key)
    assert do("rotate", grace="1d").status_code == 302
    pair.refresh_from_db()
    assert pair.api_key != old.api_key
    for server in (daphne, uvicorn):
        status_within(server, pair, 200)
        reply = send(server, old, fresh())
        assert (reply.status, reply.headers["x-problem"]) == (200, "old-keys")
        keys = (old.api_key, old.auth_key)
        assert requests.get(f"{server.url}/api/summary", auth=keys, timeout=10).status_code == 200
    from ingest.models import RetiredKeys

    do("end-old-keys", keys=str(RetiredKeys.objects.get(keypair=pair).pk))
    for server in (daphne, uvicorn):
        until(lambda server=server: send(server, old, fresh()).status != 200, seconds=IN_FORCE)
    assert recorded(pair) == ["rotated", "rotated"]


def test_replacing_keys_immediately_asks_first(daphne, pair, do):
    before = pair.api_key
    asked = do("rotate", grace="0")
    assert asked.status_code == 400
    assert "Nothing is replaced yet." in asked.text
    assert 'name="confirmed" value="0"' in asked.text
    assert do("rotate", grace="0", confirmed="refused").status_code == 400
    pair.refresh_from_db()
    assert pair.api_key == before
    assert send(daphne, pair, fresh()).status == 200
    assert do("rotate", grace="0", confirmed="0").status_code == 302
    pair.refresh_from_db()
    assert pair.api_key != before
    assert recorded(pair) == ["rotated"]


def test_replaced_keys_work_for_seven_days_unless_another_time_is_chosen(manager, pair):
    page = manager.ask("GET", f"/pairs/{pair.pk}/settings/").text
    choices = re.search(r'<select name="grace".*?</select>', page, re.DOTALL).group()
    assert re.findall(r'<option value="(\w+)"', choices)[0] == "7d"


def test_disabled_and_enabled_in_every_process(daphne, uvicorn, pair, do):
    for server in (daphne, uvicorn):
        assert send(server, pair, fresh()).status == 200
    assert do("senders", senders="refused").status_code == 400  # asks first
    assert send(daphne, pair, fresh()).status == 200
    do("senders", senders="refused", confirmed="refused")
    for server in (daphne, uvicorn):
        until(lambda server=server: send(server, pair, fresh()).status != 200, seconds=IN_FORCE)
    do("senders", senders="accepted")
    for server in (daphne, uvicorn):
        status_within(server, pair, 200)
    assert recorded(pair) == ["disabled", "enabled"]


def test_renamed(pair, do, manager, new_pair):
    other = new_pair("natero")
    name = f"a <b>new</b> name {pair.pk}"
    assert do("rename", name=name).status_code == 302
    assert (
        f"a &lt;b&gt;new&lt;/b&gt; name {pair.pk}" in manager.ask("GET", f"/pairs/{pair.pk}/").text
    )
    for bad in ("", "x" * 101, other.name, "nul\0"):
        assert do("rename", name=bad).status_code == 400
    pair.refresh_from_db()
    assert pair.name == name


def test_retention_changes_apply_to_the_next_events(daphne, pair, do):
    send(daphne, pair, *(fresh() for _ in range(60)))
    assert do("retention", max_events="20", max_age_days="3").status_code == 302
    send(daphne, pair, fresh())
    pair.refresh_from_db()
    assert pair.last_seq - pair.first_seq + 1 <= 21
    for bad in ({"max_events": "0"}, {"max_events": "many"}, {"max_age_days": "4000"}):
        fields = {"max_events": "20", "max_age_days": "3"} | bad
        assert do("retention", **fields).status_code == 400


def test_keys_are_masked_until_they_are_revealed(pair, do, manager):
    page = manager.ask("GET", f"/pairs/{pair.pk}/settings/").text
    assert pair.api_key not in page
    assert pair.auth_key not in page
    shown = do("reveal")
    assert pair.api_key in shown.text
    assert pair.auth_key in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    assert recorded(pair) == ["revealed"]


def test_deleted_with_all_data(daphne, pair, do, manager):
    from ingest import models
    from viewer.models import SavedView, ShareLink

    send(daphne, pair, *(fresh() for _ in range(50)), b'{"action":"x"}')
    share_visitor(manager, pair)
    SavedView.objects.create(keypair_id=pair.pk, name="mine")
    assert do("delete", name="not its name").status_code == 400
    name = pair.name
    assert do("delete", name=name).status_code == 302
    assert manager.ask("GET", f"/pairs/{pair.pk}/").status_code == 404
    assert name not in manager.ask("GET", "/").text.replace(f"“{name}”", "")
    until(lambda: send(daphne, pair, fresh()).status != 200, seconds=IN_FORCE)
    until(lambda: not models.KeyPair.objects.filter(pk=pair.pk).exists(), seconds=30)
    kept = (models.Event, models.Delivery, models.SecondCount, models.Tally, models.ProblemTally)
    for model in (*kept, SavedView, ShareLink):
        assert not model.objects.filter(keypair_id=pair.pk).exists(), model
    assert recorded(pair)[-1] == "deleted"


def test_an_interrupted_deletion_is_finished_at_the_next_start(daphne, pair):
    from ingest import models
    from ingest.storage.cleanup import key_pair_deletion

    send(daphne, pair, fresh())
    models.KeyPair.objects.filter(pk=pair.pk).update(deleted_at=1, disabled_at=1)
    key_pair_deletion.resume_deletions()
    assert not models.KeyPair.objects.filter(pk=pair.pk).exists()
    assert not models.Event.objects.filter(keypair_id=pair.pk).exists()


def test_a_deleted_pairs_name_and_keys_are_free(pair, do):
    from ingest.auth import key_pairs

    do("delete", name=pair.name)
    again = key_pairs.create_key_pair(pair.name, "natero", pair.api_key, pair.auth_key)
    assert again.pk != pair.pk


def test_owners_create_key_pairs(daphne):
    from ingest.models import KeyPair

    olga = owner(daphne)
    name = f"made {time.time_ns()}"
    made = olga.post("/pairs/new/", name=name, dialect="usermaven")
    pair = KeyPair.objects.get(name=name)
    assert made.headers["Location"] == f"/pairs/{pair.pk}/"
    for bad in ({"name": name}, {"name": "x", "dialect": "none"}, {"name": "x", "api_key": "a b"}):
        answer = olga.post("/pairs/new/", **{"dialect": "natero", **bad})
        assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


# -- share links --------------------------------------------------------------------------------


def test_a_share_link_shows_only_matches(daphne, pair, manager):
    send(daphne, pair, fresh(), b'{"action":"feature","secret":"hidden-value"}', fresh())
    someone, page = share_visitor(manager, pair, q="verdict:invalid", name="faults")
    text = someone.ask("GET", page).text
    assert "No. 2" in text
    assert "No. 1" not in text
    assert "hidden-value" in text
    for path in (f"/pairs/{pair.pk}/", "/"):
        assert someone.ask("GET", path).status_code == 302
    assert pair.api_key not in text
    assert pair.auth_key not in text
    assert (
        anonymous(daphne).ask("GET", page).status_code == 404
    )  # the address alone gives no access


def test_a_share_link_to_one_event_and_with_masked_values(daphne, pair, manager):
    send(daphne, pair, fresh(), b'{"action":"feature","secret":"hidden-value"}')
    someone, page = share_visitor(manager, pair, seq="2", mask="on")
    text = someone.ask("GET", page).text
    assert "No. 2" in text
    assert "No. 1" not in text
    assert "secret" in text
    assert "hidden-value" not in text


def test_many_shared_events_are_paged(daphne, pair, manager):
    send(daphne, pair, *(fresh() for _ in range(120)))
    someone, page = share_visitor(manager, pair)
    first = someone.ask("GET", page).text
    assert "No. 120<" in first
    assert "?before=71" in first
    second = someone.ask("GET", f"{page}?before=71").text
    assert "No. 70<" in second
    assert "No. 71<" not in second
    assert someone.ask("GET", f"{page}?before=x").status_code == 404


def test_a_revoked_or_expired_share_link_stops_working(daphne, pair, manager, do):
    from django.utils import timezone

    from viewer.models import ShareLink

    for end in ("revoke", "expire"):
        someone, page = share_visitor(manager, pair)
        link = ShareLink.objects.filter(keypair=pair).latest("pk")
        if end == "revoke":
            do("revoke-share", share=str(link.pk))
        else:
            ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
        assert someone.ask("GET", page).status_code == 404, end
    assert recorded(pair) == ["shared", "share opened", "share revoked", "shared", "share opened"]


def test_a_preview_of_a_share_link_does_not_open_it(daphne, pair, manager):
    from viewer.models import ShareLink

    made = manager.post(f"/pairs/{pair.pk}/settings/share/", lifetime="1d")
    token = made.text.split("/shared/open/")[1].split("/")[0]
    for _ in range(3):
        assert anonymous(daphne).ask("GET", f"/shared/open/{token}/").status_code == 200
    assert ShareLink.objects.get(keypair=pair).openings == 0


def test_an_impossible_share_link_is_reported(pair, do):
    for bad in ({"q": "verdict:"}, {"seq": "x"}, {"lifetime": "for ever"}, {"q": 'a "b'}):
        answer = do("share", **{"lifetime": "1d", **bad})
        assert (answer.status_code, 'role="alert"' in answer.text) == (400, True), bad


def test_a_form_with_an_error_is_shown_again_with_its_input(pair, do):
    page = do("share", lifetime="30d", q="verdict:", seq="1,2,x", name="For <QA>", mask="on").text
    query = re.search(r'<input[^>]* name="q"[^>]*>', page).group()
    for attribute in ('value="verdict:"', 'aria-invalid="true"', "autofocus"):
        assert attribute in query
    described_by = re.search(r'aria-describedby="([^"]+)"', query).group(1)
    error = re.search(rf'<p class="form-error" id="{described_by}"[^>]*>([^<]+)', page).group(1)
    assert "The query is not understood" in error
    for kept in ('value="1,2,x"', 'value="For &lt;QA&gt;"', 'value="30d" selected', " checked"):
        assert kept in page
    assert page.count("autofocus") == 1
    assert page.count('role="alert"') == 2


def test_each_error_of_a_new_key_pair_is_beside_its_field(daphne, pair):
    secret = f"{pair.auth_key[:10]} with spaces"
    answer = owner(daphne).post(
        "/pairs/new/", name="x", dialect="natero", api_key="k1", auth_key=secret
    )
    assert answer.status_code == 400
    assert "api_key_error" in answer.text
    assert 'value="k1"' in answer.text
    assert f'value="{secret}"' in answer.text  # otherwise the next submission generates another
    assert "no-store" in answer.headers["Cache-Control"]


def test_numbers_of_any_length_are_refused_or_match_nothing(pair, do):
    huge = "9" * 5_000
    for action, field in (("remove-member", "member"), ("retention", "max_events")):
        assert do(action, **{"max_age_days": "1", field: huge}).status_code == 400
    for action, field in (("uninvite", "invitation"), ("revoke-share", "share")):
        assert do(action, **{field: huge[:30]}).status_code == 302


def test_exports_and_deletions_of_events_are_recorded(daphne, pair, manager):
    send(daphne, pair, fresh())
    manager.ask("GET", f"/api/export?pair={pair.pk}&format=csv")
    manager.ask("HEAD", f"/api/export?pair={pair.pk}&format=csv")  # only asks for the size
    manager.ask("DELETE", f"/api/events?pair={pair.pk}&through=1")
    assert recorded(pair) == ["exported", "events deleted"]
