"""Splits the text of a time into the tokens that JavaScript's Date (V8) distinguishes."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

NUMBER, WORD, SYMBOL, SPACE, OTHER, END = "number", "word", "symbol", "space", "other", "end"

MONTH, AM_PM, ZONE, SEPARATOR = "month", "am-pm", "zone", "separator"

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
JAVASCRIPT_ZONES = {  # the only names that JavaScript knows, with their hours ahead of UTC
    "ut": 0,
    "utc": 0,
    "z": 0,
    "gmt": 0,
    "edt": -4,
    "est": -5,
    "cdt": -5,
    "cst": -6,
    "mdt": -6,
    "mst": -7,
    "pdt": -7,
    "pst": -8,
}
_KEYWORDS = {
    **{name: (MONTH, number) for number, name in enumerate(_MONTHS, 1)},
    **{name: (ZONE, hours) for name, hours in JAVASCRIPT_ZONES.items()},
    "am": (AM_PM, 0),
    "pm": (AM_PM, 12),
    "t": (SEPARATOR, 0),
}
_UNKNOWN = ("", 0)
_DIGITS_READ = 9  # after leading zeros; the further digits of a number are ignored
_SPACES = "\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN = re.compile(
    rf"(?P<number>[0-9]+)|(?P<space>[{_SPACES}])|(?P<word>[^\0-@{_SPACES}]+)"
    r"|(?P<symbol>[-+:.)])|(?P<comment>\()|(?P<other>.)",
    re.DOTALL,
)
_BRACKET = re.compile(r"[()]")


class DateToken(NamedTuple):
    """`text` is a symbol's character, or the digits of a number. `value` belongs to a number or to
    a known word, whose kind is `keyword`."""

    kind: str
    text: str = ""
    value: int = 0
    keyword: str = ""

    @property
    def fraction(self) -> int:
        """The milliseconds if the number follows a decimal point. V8 reads them from `value`, so
        zeros beyond the ninth digit shift them."""
        length = min(len(self.text), _DIGITS_READ)
        factor: int = 10 ** abs(length - 3)
        return self.value * factor if length < 3 else self.value // factor

    @property
    def is_sign(self) -> bool:
        return self.kind == SYMBOL and self.text in "+-"

    @property
    def is_z(self) -> bool:
        return self.keyword == ZONE and self.text in "zZ"


def date_tokens(text: str) -> list[DateToken]:
    """The tokens, of which the last one is END."""
    text = text.partition("\0")[0]
    found = []
    at = 0
    while match := _TOKEN.match(text, at):
        kind, at = str(match.lastgroup), match.end()
        if kind == "comment":
            kind, at = OTHER, _comment_end(text, at)
        found.append(_token(kind, match[0]))
    return [*found, DateToken(END)]


@functools.lru_cache(maxsize=1024)  # 1 MiB at the longest texts
def _token(kind: str, text: str) -> DateToken:
    if kind == NUMBER:
        return DateToken(kind, text, int(text.lstrip("0")[:_DIGITS_READ] or 0))
    if kind == WORD:
        keyword, value = _keyword(text)
        return DateToken(kind, text, value, keyword)
    return DateToken(kind, text)


def _keyword(word: str) -> tuple[str, int]:
    """A month's name may continue after three letters; the other keywords may not."""
    keyword = _KEYWORDS.get(word[:3].lower(), _UNKNOWN)
    return keyword if len(word) <= 3 or keyword[0] == MONTH else _UNKNOWN


def _comment_end(text: str, at: int) -> int:
    """The place after the bracket that closes the one before `at`."""
    depth = 1
    for match in _BRACKET.finditer(text, at):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.end()
    return len(text)
