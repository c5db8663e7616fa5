"""Creates, changes and looks up key pairs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Case, Q, When

from ingest.auth.misplaced_keys import MAX_KEY_LENGTH, MIN_KEY_LENGTH
from ingest.dialects import ALIASES, BY_NAME
from ingest.models import KeyPair, RetiredKeys
from ingest.timestamps import now_ms
from ingest.values import DatabaseUnavailable, KeyPairSnapshot

logger = logging.getLogger(__name__)

MAX_KEPT_EVENTS = 1_000_000_000
MAX_KEPT_DAYS = 3_650

MAX_RETIRED_IN_FORCE = 20  # earlier secrets of a key pair that still work
MAX_RETIRED = 50  # earlier secrets of a key pair that are recognised

MIN_AUTH_KEY_LENGTH = 16  # of those given: the other half may be public, and this one be guessed

_LABELS = {"api_key": "The API key", "auth_key": "The auth key"}
_NEVER = " \"'`"  # white space and quotes get lost, or added, on the way


class KeyPairError(ValueError):
    """A key pair cannot be as asked; the message is for the one who asked. `field` is the argument
    at fault, if it is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def create_key_pair(name: str, dialect: str, api_key: str = "", auth_key: str = "") -> KeyPair:
    """Create a key pair; empty keys are generated. Raises KeyPairError."""
    name, dialect = name.strip(" "), ALIASES.get(dialect, dialect)
    if dialect not in BY_NAME:
        known = ", ".join([*BY_NAME, *ALIASES])
        raise KeyPairError(f"There is no dialect “{dialect}”. Known: {known}.", "dialect")
    api_key, auth_key = api_key or new_secret(), auth_key or new_secret()
    _check_secrets(dialect, api_key, auth_key)
    _check_unused(name, dialect, api_key, auth_key)
    try:
        return KeyPair.objects.create(
            name=name,
            dialect=dialect,
            api_key=api_key,
            auth_key=auth_key,
            created_at=now_ms(),
            max_events=settings.KEEP_EVENTS,
            max_age_days=settings.KEEP_DAYS,
        )
    except IntegrityError as error:
        raise KeyPairError("Another key pair took this name or key just now.") from error


def rotate_keys(pair: KeyPair, grace_seconds: int = 0) -> KeyPair:
    """Replace both keys. The old ones are accepted for `grace_seconds`; after that they are refused
    with a message that says so. Raises KeyPairError."""
    at = now_ms()
    with transaction.atomic():
        KeyPair.objects.select_for_update().get(pk=pair.pk)
        if grace_seconds and pair.retired_keys.filter(works_until__gt=at).count() >= (
            MAX_RETIRED_IN_FORCE
        ):
            raise KeyPairError(
                f"{MAX_RETIRED_IN_FORCE} earlier pairs of keys still work. End one of them first, "
                "or use no grace period for the old keys."
            )
        RetiredKeys.objects.create(
            keypair=pair,
            api_key=pair.api_key,
            auth_key=pair.auth_key,
            retired_at=at,
            works_until=at + 1000 * grace_seconds if grace_seconds else None,
        )
        pair.api_key, pair.auth_key = new_secret(), new_secret()
        pair.save(update_fields=["api_key", "auth_key"])
        _delete_old_retired(pair, at)
    return pair


def _delete_old_retired(pair: KeyPair, at: int) -> None:
    """Delete retired keys that no longer work, except the newest."""
    newest = pair.retired_keys.order_by("-pk").values_list("pk", flat=True)[:MAX_RETIRED]
    ended = pair.retired_keys.exclude(works_until__gt=at)
    ended.exclude(pk__in=list(newest)).delete()


def rename_key_pair(pair: KeyPair, name: str) -> KeyPair:
    """Raises KeyPairError."""
    name = name.strip(" ")
    if name == pair.name:  # older names can violate the present rules
        return pair
    _check_name(name, pair.pk)
    pair.name = name
    try:
        pair.save(update_fields=["name"])
    except IntegrityError as error:
        raise KeyPairError("Another key pair took this name just now.", "name") from error
    return pair


def set_retention(pair: KeyPair, max_events: int, max_age_days: int) -> KeyPair:
    """How much is kept; what is beyond goes as new events arrive. Raises KeyPairError."""
    if not 1 <= max_events <= MAX_KEPT_EVENTS:
        raise KeyPairError(f"Keep 1 to {MAX_KEPT_EVENTS:,} events.", "max_events")
    if not 1 <= max_age_days <= MAX_KEPT_DAYS:
        raise KeyPairError(f"Keep events for 1 to {MAX_KEPT_DAYS:,} days.", "max_age_days")
    pair.max_events, pair.max_age_days = max_events, max_age_days
    pair.save(update_fields=["max_events", "max_age_days"])
    return pair


def printable_name(name: str) -> str:
    """The name for a terminal: names from older versions can contain control characters."""
    return "".join(char if char.isprintable() else "�" for char in name)


def disable_key_pair(pair: KeyPair) -> KeyPair:
    pair.disabled_at = now_ms()
    pair.save(update_fields=["disabled_at"])
    return pair


def enable_key_pair(pair: KeyPair) -> KeyPair:
    pair.disabled_at = None
    pair.save(update_fields=["disabled_at"])
    return pair


async def find_by_secrets(presented: Sequence[str]) -> list[KeyPairSnapshot]:
    """All key pairs that have one of these secrets as either key, now or before a rotation. Raises
    DatabaseUnavailable."""
    try:
        return await _query([secret for secret in presented if "\0" not in secret])
    except (OperationalError, InterfaceError) as error:
        logger.error("keys cannot be looked up: %s", error)
        raise DatabaseUnavailable from error


async def _query(presented: Sequence[str]) -> list[KeyPairSnapshot]:
    held = Q(api_key__in=presented) | Q(auth_key__in=presented)
    fields = ("api_key", "auth_key")
    found = [
        KeyPairSnapshot(*row)
        async for row in KeyPair.objects.filter(held, deleted_at=None).values_list(
            "id", "dialect", *fields, "disabled_at", "plan"
        )
    ]
    retired = RetiredKeys.objects.filter(held, keypair__deleted_at=None).values_list(
        "keypair_id",
        "keypair__dialect",
        *fields,
        "keypair__disabled_at",
        "keypair__plan",
        "retired_at",
        Case(When(works_until__gt=now_ms(), then="works_until")),
    )
    return found + [KeyPairSnapshot(*row) async for row in retired]


def new_secret() -> str:
    """32 hexadecimal digits, which are valid in every dialect's path, query and header."""
    return secrets.token_hex(16)


def _check_secrets(dialect: str, api_key: str, auth_key: str) -> None:
    way = BY_NAME[dialect]
    for field, secret, unfit in zip(_LABELS, (api_key, auth_key), way.unfit, strict=True):
        fault = _find_fault(secret, unfit + _NEVER, way.title)
        if fault:
            raise KeyPairError(f"{_LABELS[field]} {fault}", field)
    if len(auth_key) < MIN_AUTH_KEY_LENGTH:
        raise KeyPairError(
            f"The auth key must have at least {MIN_AUTH_KEY_LENGTH} characters: a shorter one "
            "could be guessed. Leave it out to have one made.",
            "auth_key",
        )
    if api_key == auth_key:
        raise KeyPairError("The two keys must differ.", "auth_key")


def _find_fault(secret: str, unfit: str, title: str) -> str:
    """Return the fault of a secret as the end of a sentence, or an empty text."""
    if len(secret) > MAX_KEY_LENGTH or not secret.isascii() or not secret.isprintable():
        return f"must be at most {MAX_KEY_LENGTH} printable ASCII characters."
    if len(secret) < MIN_KEY_LENGTH:
        return (
            f"must have at least {MIN_KEY_LENGTH} characters: a shorter one could not be masked in "
            "what is stored and shown."
        )
    found = next((char for char in secret if char in unfit), "")
    if found:
        name = {" ": "spaces", ".": "a dot"}.get(found, f"“{found}”")
        return f"can’t contain {name}: {title} clients could not send it unchanged."
    return ""


def _check_unused(name: str, dialect: str, api_key: str, auth_key: str) -> None:
    _check_name(name)
    of_dialect = KeyPair.objects.filter(dialect=dialect)
    if of_dialect.filter(api_key=api_key).exists():
        raise KeyPairError("This API key is in use by another key pair.", "api_key")
    if of_dialect.filter(auth_key=auth_key).exists():
        raise KeyPairError("This auth key is in use by another key pair.", "auth_key")


def _check_name(name: str, own_id: int | None = None) -> None:
    if not name or len(name) > 100:
        raise KeyPairError("The name must have 1 to 100 characters.", "name")
    if not name.isprintable():  # a terminal would obey it
        raise KeyPairError("The name must be of printable characters, in one line.", "name")
    others = KeyPair.objects.exclude(pk=own_id) if own_id else KeyPair.objects
    same = others.filter(folded_name=name.casefold()).first()
    if same is not None:
        raise KeyPairError(f"There is a key pair named “{same.name}” already.", "name")
