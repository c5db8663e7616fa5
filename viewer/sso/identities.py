"""Who comes from an OpenID provider is known by what never changes there: issuer and subject."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from viewer.accounts.sign_in import OWNER
from viewer.models import Identity

NOT_TO_BE_TAKEN = (OWNER, "stranger")  # the audit log calls others so
MAX_NAME_LENGTH = 100


def get_or_create_user(issuer: str, subject: str, claims: Mapping[str, Any]) -> User:
    """The account of somebody; at the first time a new one, without any right and without a
    password, called as `claims` suggest."""
    found = _known(issuer, subject)
    if found is not None:
        return found
    for name in _names(claims):
        try:
            with transaction.atomic():
                user = User.objects.create_user(name, email=_text(claims, "email"))
                Identity.objects.create(user=user, issuer=issuer, subject=subject)
        except IntegrityError:  # another browser of theirs, or another person, was faster
            found = _known(issuer, subject)
            if found is not None:
                return found
        else:
            return user
    raise AssertionError("names do not end")


def _known(issuer: str, subject: str) -> User | None:
    found = Identity.objects.filter(issuer=issuer, subject=subject).select_related("user").first()
    return found.user if found else None


def _names(claims: Mapping[str, Any]) -> Iterator[str]:
    """Free ones: nobody gets the account, or the look, of somebody else of that name."""
    wanted = next(filter(None, (_name(claims, claim) for claim in CLAIMS)), "person")
    for number in count(1):
        name = wanted if number == 1 else f"{wanted}-{number}"
        if name.lower() in NOT_TO_BE_TAKEN or User.objects.filter(username__iexact=name).exists():
            continue
        yield name


CLAIMS = ("preferred_username", "email", "name")


def _name(claims: Mapping[str, Any], claim: str) -> str:
    text = unicodedata.normalize("NFKC", _text(claims, claim))
    return re.sub(r"[^\w.@+]+", "-", text)[:MAX_NAME_LENGTH].strip("-")


def _text(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    return value[:254] if isinstance(value, str) and "\0" not in value else ""
