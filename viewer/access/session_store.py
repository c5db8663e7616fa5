"""Sessions are stored under digests of their keys, so that the table or a copy of it contains no
valid cookie."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

STORED_LENGTH = 40  # characters of the column: 160 bits

BEGUN_SECONDS = 600
OF_BEGUN_SIGN_INS = frozenset(
    {"oidc_states", "oidc_login_next"}
)  # names used by mozilla-django-oidc


def stored_key(session_key: str | None) -> str:
    """The primary key of a session; `session_key` is the value of the cookie."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:STORED_LENGTH]


class SessionStore(db.SessionStore):
    def get_session_cookie_age(self) -> int:
        """A session of a visitor who only started to sign in expires soon."""
        held = getattr(self, "_session_cache", {})
        lasting = held.keys() - OF_BEGUN_SIGN_INS
        return super().get_session_cookie_age() if lasting else BEGUN_SECONDS

    def exists(self, session_key: str) -> bool:
        return _rows(session_key).exists()

    async def aexists(self, session_key: str) -> bool:
        return await _rows(session_key).aexists()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = stored_key(self.session_key)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = await super().acreate_model_instance(data)
        row.session_key = stored_key(self.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        _rows(session_key or self.session_key).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        await _rows(session_key or self.session_key).adelete()

    def _get_session_from_db(self) -> Session | None:
        return self._remember(_in_force(self.session_key).first())

    async def _aget_session_from_db(self) -> Session | None:
        return self._remember(await _in_force(self.session_key).afirst())

    def _remember(self, found: Session | None) -> Session | None:
        """An unknown key is not reused for a new session."""
        if found is None:
            self._session_key = None
        return found


def _rows(session_key: str | None) -> QuerySet[Session]:
    return Session.objects.filter(session_key=stored_key(session_key))


def _in_force(session_key: str | None) -> QuerySet[Session]:
    return _rows(session_key).filter(expire_date__gt=timezone.now())
