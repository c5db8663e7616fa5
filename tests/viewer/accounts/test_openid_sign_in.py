"""Sign-in through OpenID Connect, with a discovery document from a process beside the server."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import expect

from tests.support.openid_provider import running_provider
from tests.support.server import ROOT, running
from tests.support.visitors import Someone, anonymous, owner

OIDC = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")


@pytest.fixture(scope="module")
def discovery():
    with running_provider() as discovery:
        yield discovery


@pytest.fixture(autouse=True)
def honest(discovery, stored):
    from viewer.models import Action, AuditLogEntry

    discovery.lie("nothing")
    # otherwise there are too many
    AuditLogEntry.objects.filter(action=Action.SIGN_IN_REFUSED).delete()


@pytest.fixture(scope="module")
def desk(discovery, data_dir, django_db_setup):
    with running("daphne", data_dir, **discovery.environment) as server:
        yield server


def begin(someone: Someone, goal: str = "") -> str:
    """Press the button and return the redirect."""
    answer = someone.get("/oidc/", next=goal)
    (redirect,) = answer.history[:1]
    return redirect.headers["Location"]


def back(someone: Someone, location: str) -> requests.Response:
    return someone.ask("GET", location.removeprefix(someone.server.url))


def come(someone: Someone, discovery, subject: str, goal: str = "") -> requests.Response:
    """Sign in completely and return the callback's reply."""
    return back(someone, discovery.agree(begin(someone, goal), subject))


def user_of(subject: str):
    from viewer.models import Identity

    return Identity.objects.get(subject=subject).user


def newest_entry():
    from viewer.models import AuditLogEntry

    return AuditLogEntry.objects.order_by("-pk").first()


def test_it_works(desk, discovery):
    someone = anonymous(desk)
    answer = come(someone, discovery, discovery.know("it-works", preferred_username="ada"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    user = user_of("it-works")
    assert user.username == "ada"
    assert not user.has_usable_password()
    entry = newest_entry()
    assert (entry.action, entry.actor, entry.detail) == ("signed in", "ada", "with Acme")


def test_a_new_user_has_no_rights(desk, discovery, new_pair):
    pair = new_pair("natero")
    someone = anonymous(desk)
    come(someone, discovery, discovery.know("no-right", preferred_username="norah"))
    user = user_of("no-right")
    assert not user.is_staff
    assert not user.is_superuser
    assert not user.groups.exists()
    assert not user.get_all_permissions()
    assert someone.get(f"/pairs/{pair.pk}/").status_code == 404
    assert someone.get("/people/").status_code == 404
    assert someone.get("/account/").status_code == 200


def test_a_returning_user_keeps_the_account_despite_a_new_name(desk, discovery):
    come(anonymous(desk), discovery, discovery.know("again", preferred_username="mary"))
    come(anonymous(desk), discovery, discovery.know("again", preferred_username="mary-jane"))
    assert user_of("again").username == "mary"


def test_name_or_mail_address_give_access_to_no_account(desk, discovery):
    from django.contrib.auth.models import User

    boss = User.objects.create_user("Boss", "boss@acme.example", is_superuser=True)
    claims = {"preferred_username": "boss", "email": "boss@acme.example", "email_verified": True}
    come(anonymous(desk), discovery, discovery.know("not-the-boss", **claims))
    user = user_of("not-the-boss")
    assert user != boss
    assert user.username == "boss-2"
    assert not user.is_superuser


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": " <b>Eve</b>\n"}, "b-Eve-b"),
        ({"email": "carl@acme.example"}, "carl@acme.example"),
        ({"name": "Zoë Zimmer"}, "Zoë-Zimmer"),
        ({"preferred_username": "owner"}, "owner-2"),
        ({"preferred_username": 7, "name": "\x00"}, "person"),
    ],
)
def test_names_are_derived_from_the_providers_claims(desk, discovery, claims, name):
    give_up(name)
    come(anonymous(desk), discovery, discovery.know(f"name-{name}", **claims))
    assert user_of(f"name-{name}").username == name


def give_up(name: str) -> None:
    """Rename an account that another test created, so that the name is free."""
    from django.contrib.auth.models import User

    for user in User.objects.filter(username=name):
        user.username = f"once {name} {user.pk}"
        user.save()


def test_the_redirect_target_is_kept_and_is_one_of_ours(desk, discovery):
    discovery.know("goal")
    assert come(anonymous(desk), discovery, "goal", "/account/").headers["Location"] == "/account/"
    answer = come(anonymous(desk), discovery, "goal", "https://evil.example/")
    assert answer.headers["Location"] == "/"


def test_an_invitation_is_accepted_with_a_company_account(desk, discovery, new_pair):
    pair = new_pair("natero")
    made = owner(desk).post("/people/invite/", label="Ines", group="support")
    path = "/invitation/" + made.text.split("/invitation/")[1].split("/")[0] + "/"
    someone = anonymous(desk)
    goal = come(someone, discovery, discovery.know("invited"), path).headers["Location"]
    assert goal == path
    assert someone.post(goal).status_code == 302
    assert someone.get(f"/pairs/{pair.pk}/").status_code == 200


def test_a_deactivated_user_is_refused_and_it_is_recorded(desk, discovery):
    someone = anonymous(desk)
    come(someone, discovery, discovery.know("shut-out", preferred_username="shelly"))
    user = user_of("shut-out")
    user.is_active = False
    user.save()
    assert someone.get("/account/").url.startswith(f"{desk.url}/sign-in/")
    answer = come(anonymous(desk), discovery, "shut-out")
    assert answer.status_code == 403
    assert "This account is shut out." in answer.text
    entry = newest_entry()
    assert (entry.action, entry.detail) == ("sign-in refused", "shelly is shut out")


@pytest.mark.parametrize(
    "about",
    [
        *("signature", "unsigned", "secret", "nonce", "audience", "party", "issuer"),
        *("expired", "subject", "userinfo"),
    ],
)
def test_a_false_claim_is_refused(desk, discovery, about):
    subject = discovery.know(f"lie-about-{about}")
    discovery.lie(about)
    someone = anonymous(desk)
    answer = come(someone, discovery, subject)
    assert answer.status_code == 403
    assert "could not be verified" in answer.text
    assert newest_entry().action == "sign-in refused"
    assert someone.get("/account/").url.startswith(f"{desk.url}/sign-in/")
    discovery.lie("nothing")
    assert come(someone, discovery, subject).status_code == 302


def test_a_clock_half_a_minute_ahead_is_accepted(desk, discovery):
    discovery.lie("clock")
    assert come(anonymous(desk), discovery, discovery.know("clock")).status_code == 302


def test_state_nonce_and_pkce_are_sent(desk, discovery):
    asked = parse_qs(urlsplit(begin(anonymous(desk))).query)
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 32
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{desk.url}/oidc/callback/"]
    assert asked["response_type"] == ["code"]


def test_a_reply_for_another_browser_is_refused(desk, discovery):
    """Otherwise an attacker could sign a victim in to the attacker's account."""
    attackers = discovery.agree(begin(anonymous(desk)), discovery.know("attacker"))
    for victim in (anonymous(desk), anonymous(desk)):
        answer = back(victim, attackers)
        assert answer.status_code == 403
        assert "begun in another browser" in answer.text
        begin(victim)  # the victim has begun a sign-in too
        assert back(victim, attackers).status_code == 403
        assert victim.get("/account/").url.startswith(f"{desk.url}/sign-in/")


def test_a_reply_is_valid_once(desk, discovery):
    someone = anonymous(desk)
    location = discovery.agree(begin(someone), discovery.know("once"))
    assert back(someone, location).status_code == 302
    assert back(someone, location).status_code == 403


def test_a_code_of_another_sign_in_is_refused(desk, discovery):
    """PKCE: the code belongs to the browser that asked for it."""
    discovery.know("stolen")
    stolen = parse_qs(urlsplit(discovery.agree(begin(anonymous(desk)), "stolen")).query)["code"][0]
    thief = anonymous(desk)
    state = parse_qs(urlsplit(begin(thief)).query)["state"][0]
    answer = thief.ask("GET", f"/oidc/callback/?state={state}&code={stolen}")
    assert answer.status_code == 403
    assert "could not be verified" in answer.text


def test_a_password_form_does_not_reach_the_provider(desk, discovery):
    """The form cannot replace state and nonce."""
    location = discovery.agree(begin(anonymous(desk)), discovery.know("round"))
    query = urlsplit(location).query
    answer = anonymous(desk).ask(
        "POST", f"/sign-in/?{query}", data={"username": "a", "password": "b"}
    )
    assert answer.status_code == 403


def test_cancelling_shows_a_message_and_a_link_signs_no_user_out(desk, discovery):
    someone = anonymous(desk)
    come(someone, discovery, discovery.know("cancels"))
    answer = someone.ask("GET", "/oidc/callback/?error=access_denied")
    assert answer.status_code == 403
    assert "was not completed" in answer.text
    assert someone.get("/account/").status_code == 200


def test_wrong_codes_are_slowed(desk, discovery):
    someone = anonymous(desk)
    statuses = []
    for number in range(11):
        state = parse_qs(urlsplit(begin(someone)).query)["state"][0]
        answer = someone.ask("GET", f"/oidc/callback/?state={state}&code=wrong-{number}")
        statuses.append(answer.status_code)
    assert statuses == [403] * 10 + [429]
    assert "Too many wrong tries" in answer.text


def test_a_provider_that_does_not_know_this_server_is_not_blamed_on_the_user(desk, discovery):
    discovery.lie("client")
    answer = come(anonymous(desk), discovery, discovery.know("unknown-client"))
    assert answer.status_code == 503
    assert newest_entry().action != "sign-in refused"


def test_the_secret_is_in_no_log(desk, discovery):
    discovery.lie("client")
    come(anonymous(desk), discovery, discovery.know("log"))
    assert "company sign-in is away" in desk.log
    assert discovery.environment["OIDC_CLIENT_SECRET"] not in desk.log


def test_while_the_provider_is_unavailable_passwords_and_pages_work(tmp_path):
    gone = {"OIDC_ISSUER": "http://127.0.0.1:9", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}
    with running("daphne", tmp_path, **gone) as server:
        answer = anonymous(server).ask("GET", "/oidc/")
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        link = server.manage("signin").strip().removeprefix(server.url)
        someone = anonymous(server)
        assert someone.post(link).status_code == 302
        password = "a password of twelve words"
        fields = {"new_password1": password, "new_password2": password}
        assert someone.post("/account/", **fields).status_code == 302
        answer = anonymous(server).post("/sign-in/", username="owner", password=password)
        assert answer.status_code == 302
        assert someone.get("/pairs/new/").status_code == 200


def test_without_the_settings_there_is_no_button_and_no_page(daphne):
    someone = anonymous(daphne)
    assert "/oidc/" not in someone.get("/sign-in/").text
    assert someone.get("/oidc/").status_code == 404
    assert someone.get("/oidc/callback/", code="c", state="s").status_code == 404


def test_the_browser_signs_in_through_the_provider(desk, discovery, new_page, complaints):
    """Under the page's own policy, which allows no form to go to another site."""
    complaints.expect(discovery.url)  # its page requests an external style sheet
    page = new_page(desk)
    page.goto("/sign-in/?next=/account/")
    page.get_by_role("link", name="Sign in with Acme").click()
    page.wait_for_url(f"{discovery.url}/**")
    page.locator("input[name=sub]").fill(discovery.know("browser", preferred_username="bo"))
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{desk.url}/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("bo")


# -- settings --------------------------------------------------------------------------------------


def started_with(tmp_path, **given: str) -> str:
    """The output of a command that fails at start-up."""
    clean = {name: value for name, value in os.environ.items() if name not in OIDC}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env={**clean, "DATA_DIR": str(tmp_path), **given},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode == 0) == (ended.stderr == "")
    return ended.stderr.strip()


GOOD = dict(zip(OIDC, ("https://id.acme.example", "a", "b"), strict=True))
TOGETHER = f"{', '.join(OIDC)} go together: "


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"OIDC_CLIENT_SECRET": ""}, TOGETHER + "OIDC_CLIENT_SECRET is not set."),
        (
            {"OIDC_ISSUER": "", "OIDC_CLIENT_ID": ""},
            TOGETHER + "OIDC_ISSUER and OIDC_CLIENT_ID is not set.",
        ),
        (
            {"OIDC_ISSUER": "http://id.acme.example"},
            "OIDC_ISSUER must begin with https://, not 'http://id.acme.example'.",
        ),
        ({"OIDC_ISSUER": "acme"}, "OIDC_ISSUER must begin with https://, not 'acme'."),
    ],
)
def test_settings_belong_together_and_a_wrong_one_is_one_sentence(tmp_path, change, said):
    assert started_with(tmp_path, **(GOOD | change)) == said


DISCOVERED = {
    "issuer": "https://id.acme.example",
    "authorization_endpoint": "https://id.acme.example/a",
    "token_endpoint": "https://id.acme.example/t",
    "jwks_uri": "https://id.acme.example/k",
}


def test_the_minimal_claims_of_a_provider_are_enough():
    from viewer.sso import discovery

    found = discovery._understood(DISCOVERED, DISCOVERED["issuer"])
    assert (found.algorithm, found.userinfo, found.takes_basic) == ("RS256", None, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issuer": "https://other.example"}, "its provider says 'https://other.example'"),
        ({"token_endpoint": "http://id.acme.example/t"}, "not https"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "a signature of RS256"),
    ],
)
def test_an_untrusted_provider_is_not_used(change, words):
    from viewer.sso import discovery

    with pytest.raises(discovery.ProviderUnavailable, match=words):
        discovery._understood(DISCOVERED | change, DISCOVERED["issuer"])


@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_nor_one_with_missing_claims(name):
    from viewer.sso import discovery

    incomplete = {key: value for key, value in DISCOVERED.items() if key != name}
    with pytest.raises(discovery.ProviderUnavailable, match=name):
        discovery._understood(incomplete, DISCOVERED["issuer"])
