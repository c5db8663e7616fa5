"""Rewrites forms of a time that JavaScript's Date does not read into forms that it reads, without a
change of meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from ingest.timestamps.date_tokens import JAVASCRIPT_ZONES
from ingest.timestamps.zone_names import CLOCK, KNOWN_ZONE, join_zones, replace_known_zone

_AROUND = r"\s\0\ufeff\u200b-\u200f\u2060'\"`"
_BEFORE = re.compile(rf"\A[{_AROUND}]+")
_AFTER = re.compile(rf"(?<=[^{_AROUND}])[{_AROUND}]+\Z")
_CHARACTERS = {
    "\n": "a line break",
    "\r": "a line break",
    " ": "a blank",
    "\t": "a tab",
    '"': "a quote",
    "'": "a quote",
    "`": "a quote",
}
_MONTHS = {  # German, French, Spanish, Italian, Portuguese, Dutch
    "jan": "janvier januar januari enero ene gennaio gen janeiro",
    "feb": "février févr fév fevereiro fev",
    "mar": "märz mrz maart",
    "apr": "avril avr abril abr",
    "may": "mai mei maggio mag maio",
    "jun": "juin giugno giu",
    "jul": "juillet juil luglio lug",
    "aug": "août aout agosto ago",
    "sep": "settembre set setembro",
    "oct": "oktober okt ottobre ott outubro out",
    "dec": "dezember dez déc décembre diciembre dic dicembre dezembro",
}
_FOREIGN = {name: month for month, names in _MONTHS.items() for name in names.split()}
_FOREIGN_NAME = re.compile(
    rf"(?<=\d)(?:\.?[\s/-](?:de )?)({'|'.join(_FOREIGN)})\b\.?(?: de )?", re.IGNORECASE
)
_CJK = str.maketrans({"年": "-", "月": "-", "日": " ", "時": ":", "时": ":", "分": ":", "秒": None})
_ISO_CLOCK = rf"((?<=\d)T{CLOCK})"
_TWO_Z = re.compile(r"(?<=\d)ZZ\Z")
_AMERICAN_ZONE = re.compile(r"(?<=[\d ])[ECMP][SD]T\Z")
_NAME_AFTER_T = re.compile(rf"{_ISO_CLOCK}\s?([ECMP][SD]T)\Z", re.ASCII)
_COMPACT = (
    r"\A(\d{4})-?(\d\d)-?(\d\d)T?(\d\d):?(\d\d):?(\d\d)"
    r"((?:[.,]\d+)?(?:\s?(?:Z|[+-]\d\d:?\d\d))?)\Z"
)


class Rewrite(NamedTuple):
    """`cause` completes a sentence after “because”. The first match of `what` replaces `%s`."""

    cause: str
    apply: Callable[[str], str]
    what: re.Pattern[str] | None = None

    def cause_in(self, text: str) -> str:
        match = self.what.search(text) if self.what else None
        return self.cause % _name_of(match[0]) if match else self.cause


def _name_of(found: str) -> str:
    """A word as it is; of other characters the last one by its name."""
    return found if found.isalnum() else _CHARACTERS.get(found[-1], "an invisible character")


def _replace(
    pattern: str, replacement: str | Callable[[re.Match[str]], str]
) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.sub(replacement, text)


def _ascii_digits(text: str) -> str:
    return "".join(
        char if char.isascii() else str(unicodedata.decimal(char, char)) for char in text
    )


def _without_cjk(text: str) -> str:
    return text.translate(_CJK).replace("- ", " ").rstrip(" :")


def _english_month(text: str) -> str:
    return _FOREIGN_NAME.sub(lambda match: f" {_FOREIGN[match[1].lower()]} ", text, count=1)


def _day_first(match: re.Match[str]) -> str:
    day, month = int(match[1]), int(match[3])
    if match[2] != "." and not day > 12 >= month:
        return match[0]
    return f"{match[4]}-{month:02d}-{day:02d}"


def _long_offset(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}0{match[3]}:{match[4] or '00'}"


REWRITES = (
    Rewrite("%s is before it", lambda text: _BEFORE.sub("", text), _BEFORE),
    Rewrite("%s is after it", lambda text: _AFTER.sub("", text), _AFTER),
    Rewrite("its digits are not those of ASCII", _ascii_digits),
    Rewrite(
        "it has a character that only looks like a hyphen",
        lambda text: re.sub("[\u2010-\u2015\u2212]", "-", text),
    ),
    Rewrite(
        "it is percent-encoded", lambda text: unquote(text) if re.search("%[23]", text) else text
    ),
    Rewrite("it has Chinese or Japanese signs", _without_cjk),
    Rewrite("the month's name is not English", _english_month),
    Rewrite(
        "it has an ordinal number or a preposition",
        _replace(r"(?i)(?<=\d)(?:st|nd|rd|th)\b|\b(?:at|of|um)\b(?=\s)", ""),
    ),
    Rewrite(
        "AM or PM is written with dots",
        _replace(r"(?i)(?<=\d)\s?([ap])\.\s?m\.?(?=\s|\Z)", r" \1m"),
    ),
    Rewrite("no blank is before AM or PM", _replace(r"(?i)(?<=\d)([ap]m)\b", r" \1")),
    Rewrite("a colon is between date and time", _replace(r"(?<=[-/]\d{4}):(?=\d\d:\d\d)", " ")),
    Rewrite(
        "its day is before the month in digits",
        _replace(r"\A(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)", _day_first),
    ),
    Rewrite("it lacks hyphens or colons", _replace(_COMPACT, r"\1-\2-\3T\4:\5:\6\7")),
    Rewrite("a comma is before the fraction of the second", _replace(r"(?<=:\d\d),(?=\d)", ".")),
    Rewrite(
        "a colon is before the fraction of the second",
        _replace(r"(?<=T\d\d:\d\d:\d\d):(?=\d)", "."),
    ),
    Rewrite("Go's reading of the monotonic clock follows it", _replace(r"\s?m=[+-][\d.]+\Z", "")),
    Rewrite(
        "the name of a region follows the offset",
        _replace(r"(Z|[+-]\d\d:?\d\d)\s?\[[\w/+-]+\]\Z", r"\1"),
    ),
    Rewrite("its time zone is given twice", lambda text: join_zones(_TWO_Z.sub("Z", text))),
    Rewrite("its hour has one digit", _replace(r"(?<=\d)T(?=\d:\d\d)", "T0")),
    Rewrite(
        "JavaScript knows the time zone %s by name, but not after a T",
        lambda text: _NAME_AFTER_T.sub(
            lambda match: f"{match[1]}{JAVASCRIPT_ZONES[match[2].lower()]:+03d}:00", text
        ),
        _AMERICAN_ZONE,
    ),
    Rewrite("JavaScript does not know the time zone %s", replace_known_zone, KNOWN_ZONE),
    Rewrite("the offset has seconds", _replace(rf"{_ISO_CLOCK}(\s?[+-]\d\d:\d\d):00\Z", r"\1\2")),
    Rewrite(
        "UTC or GMT is before the offset",
        _replace(rf"{_ISO_CLOCK}\s?(?:UTC|GMT)\s?(?=[+-]\d)", r"\1"),
    ),
    Rewrite("ISO 8601 has Z for UTC", _replace(rf"{_ISO_CLOCK}\s?(?:UTC|GMT|UT)\Z", r"\1Z")),
    Rewrite(
        "a blank is in place of the plus sign of the offset",
        _replace(rf"{_ISO_CLOCK} (?=\d\d:\d\d\Z)", r"\1+"),
    ),
    Rewrite("a blank is before the offset", _replace(rf"{_ISO_CLOCK}\s+(?=[zZ]\Z|[+-]\d)", r"\1")),
    Rewrite("the offset has no minutes", _replace(rf"{_ISO_CLOCK}([+-])(\d\d)\Z", r"\1\2\3:00")),
    Rewrite(
        "the hours of the offset have one digit",
        _replace(rf"{_ISO_CLOCK}([+-])(\d)(?::(\d\d))?\Z", _long_offset),
    ),
    Rewrite("a blank is beside the T", _replace(r"(?<=\d\d)(?:\s*T\s+|\s+T)(?=\d\d:)", "T")),
)
