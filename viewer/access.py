"""Who may see what: the one rule that pages, REST and feed ask."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

from django.db.models import QuerySet

from ingest.models import KeyPair


def pairs_for(user: Any) -> QuerySet[KeyPair]:
    """The key pairs that a signed-in user may see."""
    if getattr(user, "is_authenticated", False) and user.is_superuser:
        return KeyPair.objects.all()
    return KeyPair.objects.none()


def pair_for(user: Any, pair_id: int) -> KeyPair | None:
    return pairs_for(user).filter(pk=pair_id).first()


def sees_strays(user: Any) -> bool:
    """Requests that fit no key pair may be anybody's: staff only."""
    return bool(getattr(user, "is_superuser", False))


def pair_by_keys(authorization: str) -> KeyPair | None:
    """The key pair whose two secrets are the user and password of Basic auth."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        api_key, _, auth_key = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    for pair in KeyPair.objects.filter(api_key=api_key, disabled_at=None):
        if hmac.compare_digest(pair.auth_key.encode(), auth_key.encode()):
            return pair
    return None
