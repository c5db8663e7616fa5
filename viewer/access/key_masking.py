"""Masks the auth keys of a key pair in stored texts for visitors who may not see them. A sender can
put a key into an event, and events are stored as sent."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from ingest.models import KeyPair, RetiredKeys
from ingest.receiving.key_tokens import mask_key
from viewer.access.permissions import Right, Visitor

T = TypeVar("T", str, bytes)

_LONG = 16  # characters; half of such a key is enough to recognise it


class _Hidden(NamedTuple):
    """One form of a key. `beginning` is the shortest part that is masked: a text may have been cut
    within the key."""

    beginning: str
    key: str
    masked: str


class OwnKeys:
    """False if there are none."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        forms: dict[str, str] = {}
        for key in keys:
            for form in _FORMS:
                forms.setdefault(form(key), form(mask_key(key)))
        longest_first = sorted(forms.items(), key=lambda item: -len(item[0]))
        self._texts = [_Hidden(_beginning(key), key, masked) for key, masked in longest_first]
        self._bytes = [tuple(part.encode() for part in each) for each in self._texts]

    def __bool__(self) -> bool:
        return bool(self._texts)

    def hidden(self, text: str) -> str:
        """Returns the same object if it contains no key."""
        for beginning, key, masked in self._texts:
            if beginning in text:
                text = _replaced(text, beginning, key, masked)
        return text

    def hidden_bytes(self, raw: bytes) -> bytes:
        """Returns the same object if it contains no key."""
        for beginning, key, masked in self._bytes:
            if beginning in raw:
                raw = _replaced(raw, beginning, key, masked)
        return raw


NONE = OwnKeys()


def own_keys_of(pair: int) -> OwnKeys:
    """The current auth key and the earlier ones that are recognised. Queries the database."""
    present = KeyPair.objects.filter(pk=pair).values_list("auth_key", flat=True)
    earlier = RetiredKeys.objects.filter(keypair=pair).values_list("auth_key", flat=True)
    return OwnKeys(present.union(earlier))


def keys_hidden_from(visitor: Visitor, pair: KeyPair) -> OwnKeys:
    """The auth keys that this visitor may not see. Queries the database."""
    return NONE if Right.KEYS in visitor.rights(pair) else own_keys_of(pair.pk)


def without_keys(keys: OwnKeys, answer: HttpResponseBase) -> None:
    """Mask the keys in a response that is not streamed."""
    if keys and isinstance(answer, HttpResponse):
        content = answer.content
        hidden = keys.hidden_bytes(content)
        if hidden is not content:
            answer.content = hidden


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


_FORMS: tuple[Callable[[str], str], ...] = (  # for most keys all are the same
    str,
    _in_json,
    lambda text: _in_json(_in_json(text)),
    lambda text: _in_json(text).replace("/", "\\/"),
    lambda text: _in_json(_in_json(text).replace("/", "\\/")),
    html.escape,
    quote,
)


def _beginning(key: str) -> str:
    return key[: len(key) // 2] if len(key) >= _LONG else key


def _replaced(text: T, beginning: T, key: T, masked: T) -> T:
    text = text.replace(key, masked)
    parts: list[T] = []
    at = 0
    while (start := text.find(beginning, at)) >= 0:
        end = start + len(beginning)
        while text[end : end + 1] == key[end - start : end - start + 1] != text[:0]:
            end += 1
        parts += [text[at:start], masked]
        at = end
    parts.append(text[at:])
    return text[:0].join(parts)
