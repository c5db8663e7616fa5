"""OpenID Connect by mozilla-django-oidc, with stricter checks and clearer errors: the library
handles state, nonce and PKCE, PyJWT handles keys and signatures. Imported only if it is configured.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

import jwt
import requests
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from ingest.receiving.networks import network_of
from viewer.access import expired_rows, failed_attempts
from viewer.access.audit_log import log_action
from viewer.access.permissions import visitor_of
from viewer.access.session_store import BEGUN_SECONDS
from viewer.accounts.sign_in import BACKEND, page_of_ours, render_sign_in_error
from viewer.config.environment import OpenIdClient
from viewer.models import Action
from viewer.sso import identities
from viewer.sso.discovery import Discovery, ProviderUnavailable
from viewer.sso.sign_in_limit import SignInLimit

logger = logging.getLogger(__name__)

LEEWAY = 60  # seconds of clock skew allowed
MAX_SUBJECT_LENGTH = 255  # as OpenID Connect defines it

AWAY = "The company sign-in does not answer. Try again in a moment."
BEGUN_ELSEWHERE = "This sign-in was begun in another browser, or long ago. Begin again."
CANCELLED = "The company sign-in was not completed."
NOT_BELIEVED = "The answer of the company sign-in could not be verified. Sign in again."
TOO_MANY_BEGUN = "Too many sign-ins were begun. Try again in ten minutes."
SHUT_OUT = "This account is shut out. Ask an owner of this server."

client = cast("OpenIdClient", settings.OIDC)
discovery = Discovery(client)
begun = SignInLimit(BEGUN_SECONDS)


def get_setting(name: str, *default: Any) -> Any:
    """A setting for the library; some come from the provider's discovery document. Raises
    ProviderUnavailable."""
    ask = {
        "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization",
        "OIDC_OP_TOKEN_ENDPOINT": "token",
        "OIDC_OP_USER_ENDPOINT": "userinfo",
        "OIDC_OP_JWKS_ENDPOINT": "keys",
        "OIDC_RP_SIGN_ALGO": "algorithm",
        "OIDC_TOKEN_USE_BASIC_AUTH": "takes_basic",
    }.get(name)
    if ask is None:
        return import_from_settings(name, *default)
    return getattr(discovery.provider(), ask)


def _callback_url() -> str:
    """As registered with the provider, whatever the request's Host is."""
    return f"{settings.PUBLIC_URL}{reverse('oidc-callback')}"


class OidcBegin(OIDCAuthenticationRequestView):  # type: ignore[misc]
    get_settings = staticmethod(get_setting)

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        return {"redirect_uri": _callback_url()}


class OidcBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    get_settings = staticmethod(get_setting)

    def __init__(self) -> None:
        """Does not contact the provider: Django creates an instance for every permission check."""

    def authenticate(self, request: HttpRequest, nonce: str, code_verifier: str) -> Any:
        """Without both parameters the provider is not contacted: passwords are checked by another
        backend."""
        super().__init__()
        return super().authenticate(request, nonce=nonce, code_verifier=code_verifier)

    def get_token(self, payload: dict[str, Any]) -> Any:
        return super().get_token({**payload, "redirect_uri": _callback_url()})

    def raise_token_response_error(self, response: requests.Response) -> None:
        """400 concerns the code; any other status concerns us or the provider."""
        if response.status_code not in (200, 400):
            raise ProviderUnavailable(
                f"{response.url} answered {response.status_code}: {response.text[:200]}"
            )
        super().raise_token_response_error(response)

    def get_payload_data(self, token: str, key: Any) -> Any:
        """Also checks audience, issuer and expiry."""
        return jwt.decode(
            token,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=client.client_id,
            issuer=discovery.provider().issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )

    def get_or_create_user(self, access_token: str, id_token: str, payload: Any) -> Any:
        subject = payload["sub"]
        if not subject or len(subject) > MAX_SUBJECT_LENGTH:
            raise SuspiciousOperation("The subject is empty, or longer than it may be.")
        if payload.get("azp", client.client_id) != client.client_id:
            raise SuspiciousOperation("The ID token was issued to another client.")
        claims = {**payload, **self._more_of(subject, access_token, id_token, payload)}
        return identities.get_or_create_user(client.issuer, subject, claims)

    def _more_of(self, subject: str, *tokens: Any) -> Mapping[str, Any]:
        """Claims that only the userinfo endpoint returns, such as a name."""
        if self.OIDC_OP_USER_ENDPOINT is None:
            return {}
        claims: Mapping[str, Any] = self.get_userinfo(*tokens)
        if claims.get("sub") != subject:
            raise SuspiciousOperation("The user information belongs to another user.")
        return claims


class OidcCallback(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    get_settings = staticmethod(get_setting)

    def login_success(self) -> HttpResponse:
        request = self.request
        wanted = request.session.get("oidc_login_next") or ""
        login(request, self.user, backend=BACKEND)
        log_action(visitor_of(request), Action.SIGNED_IN, detail=f"with {client.title}")
        return HttpResponseRedirect(page_of_ours(request, wanted))

    def login_failure(self) -> HttpResponse:
        """Whether the library identified the user decides the message."""
        user = getattr(self, "user", None)
        if user is None:
            raise SuspiciousOperation("no user was found")
        detail = f"{user} is shut out"
        log_action(visitor_of(self.request), Action.SIGN_IN_REFUSED, detail=detail)
        return render_sign_in_error(self.request, SHUT_OUT, 403)


def begin_oidc(request: HttpRequest) -> HttpResponse:
    if request.session.session_key is None:  # one row longer
        expired_rows.after_new_row()
        if not begun.allows(network_of(request.META.get("REMOTE_ADDR", ""))):
            return render_sign_in_error(request, TOO_MANY_BEGUN, 429)
    try:
        answer: HttpResponse = OidcBegin.as_view()(request)
    except ProviderUnavailable as error:
        return _away(request, error)
    return answer


def complete_oidc(request: HttpRequest) -> HttpResponse:
    """Show failures as one sentence on the sign-in page. Wrong responses are counted."""
    if "error" in request.GET or "code" not in request.GET:
        return render_sign_in_error(request, CANCELLED, 403)  # a link cannot sign out the user
    if request.GET.get("state") not in request.session.get("oidc_states", {}):
        return render_sign_in_error(request, BEGUN_ELSEWHERE, 403)
    sender = request.META.get("REMOTE_ADDR", "")
    try:
        failed_attempts.enforce_limits(sender, Action.SIGN_IN_REFUSED)
        answer: HttpResponse = OidcCallback.as_view()(request)
    except failed_attempts.TooManyAttempts as error:
        return render_sign_in_error(request, str(error), 429)
    except (ProviderUnavailable, requests.ConnectionError, requests.Timeout) as error:
        return _away(request, error)
    except (SuspiciousOperation, jwt.PyJWTError, requests.RequestException, KeyError) as error:
        logger.warning("company sign-in refused: %s", error)
        what = f"company sign-in ({type(error).__name__})"
        try:
            failed_attempts.record_failure(
                sender, Action.SIGN_IN_REFUSED, what, request.GET["code"]
            )
        except failed_attempts.TooManyAttempts as many:
            return render_sign_in_error(request, str(many), 429)
        return render_sign_in_error(request, NOT_BELIEVED, 403)
    return answer


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("company sign-in is away: %s", error)
    return render_sign_in_error(request, AWAY, 503)
