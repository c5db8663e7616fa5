"""Finds and masks words that are keys, or look like keys, in stored refused requests: there a key
can occur anywhere and in any encoding. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Set

MIN_LENGTH = 6  # characters, of the keys of key pairs
MAX_LENGTH = 200
MAX_LOOKED_UP = 100  # words of a request; of the others those with a digit are masked

_LOOKS_SECRET = 16  # letters and digits
_MIN_TURNS = 3  # changes between letters and digits, in hyphenated words
_MAX_DECODED = 3  # levels of encoding

_RUN = re.compile(r"[\w.:~@!$*+-]{6,}", re.ASCII)
_JOINT = re.compile(r"([.:~@!$*+])")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_ENCODED = re.compile(r"%([2-7][0-9a-f])|\\u00([2-7][0-9a-f])|&#x([2-7][0-9a-f]);", re.IGNORECASE)
_TURN = re.compile(r"[a-z](?=[0-9])|[0-9](?=[a-z])", re.IGNORECASE)
_NOT_ALNUM = re.compile(r"[\W_]+", re.ASCII)


def mask_key(secret: str) -> str:
    """The first and last characters of a secret: enough to recognise it, too few to use it."""
    if len(secret) < 12:
        return secret[:2] + "…"
    return secret[:3] + "…" + secret[-3:]


def looks_like_key(word: str) -> bool:
    """Whether the word is long and mixes letters and digits, unlike words of a language."""
    bare = _NOT_ALNUM.sub("", word)
    if len(bare) < _LOOKS_SECRET or bare.isalpha() or bare.isdigit():
        return False
    is_one = any(len(part) >= _LOOKS_SECRET for part in _NOT_ALNUM.split(word))
    return is_one or len(_TURN.findall(bare)) >= _MIN_TURNS


def words_to_look_up(texts: Iterable[str]) -> list[str]:
    """The first MAX_LOOKED_UP words that do not look like keys but could be keys."""
    found: dict[str, None] = {}
    for text in texts:
        for form in _forms(text):
            for word in _words(form):
                if not looks_like_key(word):
                    found[word] = None
                if len(found) == MAX_LOOKED_UP:
                    return list(found)
    return list(found)


class KeyMask:
    """Masks words that look like keys, words in `keys`, and, if MAX_LOOKED_UP was reached, words
    with letters and digits that were not `looked_up`."""

    def __init__(self, keys: Set[str] = frozenset(), looked_up: Iterable[str] = ()) -> None:
        self._keys = keys
        self._looked_up = frozenset(looked_up)
        self._is_all = len(self._looked_up) < MAX_LOOKED_UP

    def hidden(self, text: str) -> str:
        """The text with keys masked. It is decoded only if an encoded key must be masked."""
        text = plain = self._once(text)
        for _ in range(_MAX_DECODED):
            decoded = _decoded(plain)
            if decoded == plain:
                break
            plain = self._once(decoded)
            if plain != decoded:
                text = plain
        return text

    def _once(self, text: str) -> str:
        return self._words(_BASE64.sub(self._encoded, text))

    def _words(self, text: str) -> str:
        return _RUN.sub(lambda match: self._run(match.group()), text)

    def _encoded(self, match: re.Match[str]) -> str:
        run = match.group()
        inside = _decode_base64(run)
        return mask_key(run) if inside and self._words(inside) != inside else run

    def _run(self, run: str) -> str:
        if self._is_secret(run):
            return mask_key(run)
        parts = _JOINT.split(run)
        return "".join(mask_key(p) if looks_like_key(p) or self._is_secret(p) else p for p in parts)

    def _is_secret(self, word: str) -> bool:
        if not MIN_LENGTH <= len(word) <= MAX_LENGTH or word in self._looked_up:
            return word in self._keys
        return not self._is_all and any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def _forms(text: str) -> Iterator[str]:
    """The text, its decoded forms, and the contents of base64 in them."""
    for _ in range(_MAX_DECODED + 1):
        yield text
        yield from filter(None, (_decode_base64(match.group()) for match in _BASE64.finditer(text)))
        decoded = _decoded(text)
        if decoded == text:
            return
        text = decoded


def _words(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match.group()
        for word in dict.fromkeys([run, *_JOINT.split(run)]):
            if MIN_LENGTH <= len(word) <= MAX_LENGTH:
                yield word


def _decoded(text: str) -> str:
    return _ENCODED.sub(lambda match: chr(int(match[1] or match[2] or match[3], 16)), text)


def _decode_base64(run: str) -> str:
    """The ASCII text in base64; the empty string for anything else."""
    bare = run.rstrip("=").translate(_URL_SAFE)
    try:
        text = base64.b64decode(bare[: len(bare) // 4 * 4 or None] + _rest(bare)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.replace("\r", "").replace("\n", "").replace("\t", "").isprintable() else ""


def _rest(bare: str) -> str:
    rest = bare[len(bare) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


_URL_SAFE = str.maketrans("-_", "+/")
