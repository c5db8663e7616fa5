"""Limits on wrong passwords, for the sign-in page and the admin alike. django-axes keeps the
failures and locks a name for a network; here all names that a network tries count together, before
anything is hashed."""

from __future__ import annotations

import ipaddress
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from ingest.receiving.networks import NOT_AN_ADDRESS, network_of
from viewer.access import failed_attempts
from viewer.access.failed_attempts import TooManyAttempts
from viewer.models import Action

WRONG_LIMIT = 25  # failures of a network within AXES_COOLOFF_TIME; more wrong ones get 429
TOTAL_LIMIT = 100  # and from here on right ones, too: they are not looked at
LOCKED_NAMES_LIMIT = 20  # names that a network locked within attempts.WINDOW; then likewise


def axes_address(request: HttpRequest) -> str:
    """The network of a request, as django-axes can store it: as an address."""
    network = network_of(request.META.get("REMOTE_ADDR", ""))
    if network == NOT_AN_ADDRESS:
        return "0.0.0.0"  # noqa: S104 - no request has this source address
    return str(ipaddress.ip_network(network).network_address)


class SignInLimits(AxesStandaloneBackend):  # type: ignore[misc]
    """Refuses a name that is locked for the network, and a network that failed too often."""

    def authenticate(
        self,
        request: HttpRequest,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> None:
        """Raises TooManyAttempts."""
        super().authenticate(request, username, password, **credentials)
        if password is None:
            return
        sender = request.META.get("REMOTE_ADDR", "")
        failed_attempts.enforce_limits(sender, Action.SIGN_IN_LOCKED, LOCKED_NAMES_LIMIT)
        _refuse_from(TOTAL_LIMIT, axes_address(request))


def refuse_wrong(request: HttpRequest) -> None:
    """After a wrong password. Raises TooManyAttempts where there were too many before it."""
    _refuse_from(WRONG_LIMIT + 1, axes_address(request))


def _refuse_from(limit: int, network: str) -> None:
    failed = _lately(network).aggregate(
        count=Sum("failures_since_start"), newest=Max("attempt_time")
    )
    if (failed["count"] or 0) >= limit:
        left = failed["newest"] + settings.AXES_COOLOFF_TIME - timezone.now()
        raise TooManyAttempts(max(1, int(left.total_seconds())))


def _lately(network: str) -> QuerySet[AccessAttempt]:
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    found: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        ip_address=network, attempt_time__gt=since
    )
    return found
