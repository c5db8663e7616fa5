"""Characters that hardly anybody sees: controls, zero-width characters, marks of direction."""

from __future__ import annotations

import re
import unicodedata

_CHARS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe0e\ufe0f\ufeff\ufff9-\ufffb"
)
INVISIBLE = re.compile(f"[{_CHARS}]++")  # possessive: backtracking would take memory
IN_A_NAME = re.compile(f"[{_CHARS}\t\n\r\u00a0\u2000-\u200a\u2028\u2029\u202f\u3000]|ï»¿")

_NAMES = {
    "\0": "NUL",
    "\b": "backspace",
    "\t": "tab",
    "\n": "line feed",
    "\x0b": "vertical tab",
    "\f": "form feed",
    "\r": "carriage return",
    "\x1a": "Ctrl+Z",
    "\x1b": "escape",
    "\x1c": "file separator",
    "\x1d": "group separator",
    "\x1e": "record separator",
    "\x1f": "unit separator",
    "\x7f": "delete",
    "\x85": "next line",
    "\ufeff": "byte order mark",
    "ï»¿": "byte order mark read as Latin-1",
}


def name_of(char: str) -> str:
    """The code point of a character with its name."""
    name = _NAMES.get(char) or unicodedata.name(char, "control character").lower()
    return f"{'+'.join(f'U+{ord(one):04X}' for one in char).replace('+U', ' U')}, {name}"
