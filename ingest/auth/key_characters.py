"""Characters that no key has: invisible ones, and those that look like an ASCII character. They get
into a key with text that was copied from a page, a chat or a word processor."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_MAX_LENGTH = 400
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
)
_QUOTES = "´‘’“”„«»"  # key_format.py reports them as quotes
_CYRILLIC_AND_GREEK = str.maketrans(
    "аеорсухіјѕԁһкмАВЕКМНОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧο‐‑‒–—―−",
    "aeopcyxijsdhkmABEKMHOPCTXIJSABEZHIKMNOPTYXo-------",
)


class UnusualCharacter(NamedTuple):
    char: str
    name: str  # code point and Unicode's name
    is_visible: bool
    where: str  # before, after or within


def read_as_utf8(text: str) -> str:
    """Text whose UTF-8 bytes were read as another encoding, as servers read headers. Other text is
    returned as it is."""
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode()
        except UnicodeError:
            continue
    return text


def find_unusual_character(presented: str) -> UnusualCharacter | None:
    """The first character of a key that is invisible or not ASCII. White space is not meant."""
    text = read_as_utf8(presented[:_MAX_LENGTH]).strip()
    for at, char in enumerate(text):
        is_invisible = _INVISIBLE.match(char) is not None
        if is_invisible or not (char.isascii() or char.isspace() or char in _QUOTES):
            where = "before" if at == 0 else "after" if at == len(text) - 1 else "within"
            return UnusualCharacter(char, _name(char), not is_invisible, where)
    return None


def without_unusual_characters(text: str) -> str:
    """The text without invisible characters, and with ASCII instead of what looks like it."""
    if text.isascii() and not _INVISIBLE.search(text):
        return text
    plain = _INVISIBLE.sub("", read_as_utf8(text)).translate(_CYRILLIC_AND_GREEK)
    return "".join(char if char in _QUOTES else _compatible(char) for char in plain)


def _compatible(char: str) -> str:
    return char if char.isascii() else unicodedata.normalize("NFKC", char)


def _name(char: str) -> str:
    code = f"U+{ord(char):04X}"
    name = "byte order mark" if char == "\ufeff" else unicodedata.name(char, "").lower()
    return f"{code}, {name}" if name else code
