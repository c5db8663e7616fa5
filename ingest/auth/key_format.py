"""Formatting errors in presented keys: white space, quotes, placeholders.

This module never compares with real keys, so its messages reveal nothing about them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.auth.key_characters import (
    find_unusual_character,
    without_unusual_characters,
)
from ingest.dialects import Dialect
from ingest.values import Credentials, Refusal

# white space as sent, as escaped once too often, and as the characters of HTML
_SPACE = (
    r"(?:\s|%(?:20|09|0[aAdD]|[cC]2%[aA]0|[eE]2%80%8[bBcCdD]|[eE][fF]%[bB][bB]%[bB][fF])|\\[nrt]"
    r"|&nbsp;|&#(?:160|8203|[xX]200[bB]);)"
)
_QUOTE = r"(?:\\?[\"'`´‘’“”„«»]|%2[27]|&quot;|&apos;|&#(?:0?3[49]|x2[27]);)"
_BRACKET = r"(?:<%=?|[$#%@*_:]{0,2}[<\[{(]|%>|[>\]})]|&[lg]t;|%(?:3[cCeE]|5[bBdD]|7[bBdD]))"
_MARKS = {  # of which a key may have none at its ends: before it, and after it
    "Quotes": (re.compile(f"{_QUOTE}{{1,9}}"), re.compile(f"{_QUOTE}{{1,9}}$")),
    "Brackets": (re.compile(f"{_BRACKET}{{1,9}}"), re.compile(f"{_BRACKET}{{1,9}}$")),
    "Signs": (re.compile(r"[$#%@*:=?,;]{1,9}"), re.compile(r"[%*,;.\\&?]{1,9}$")),
}
_TAIL = 60  # characters in which marks after a key are searched
_MAX_NESTED = 3  # quotes in brackets in quotes
_LEADING_SPACE = re.compile(f"{_SPACE}+")
_TRAILING_SPACE = re.compile(f"{_SPACE}+$")
_INNER_SPACE = re.compile(r"\s+")
_NEXT_HEADER = re.compile(r"[,;\s]\s{0,3}([A-Za-z][A-Za-z-]{2,30}):\s.*$")
_REPETITION = re.compile(r"[,;\s]+(?:bearer\s+)?", re.IGNORECASE)
_LEADING_NAME = re.compile(
    r"((?:bearer|basic|token|key|api[-_ ]?key|auth[-_ ]?key|write[-_ ]?key|server[-_ ]?token"
    r"|x-eventbunker-write-key)(?:[\"']?\s*[:=]\s*[\"']?|\s+))(?=\S)",
    re.IGNORECASE,
)

_EMPTY_VALUE = re.compile(
    r"undefined|null|none|nil|nan|false|true|\(null\)|\[?object object\]?", re.IGNORECASE
)
_VARIABLE = re.compile(
    r"\$\w{1,40}|[$#]?\{\{?\s*[a-z][\w. -]{0,40}\}?\}|\$\([a-z]\w{0,40}\)|%[a-z]\w{0,40}%"
    r"|:[a-z]\w{0,40}|@[a-z]\w{0,40}@|<%=?\s*[\w.]{1,40}\s*%>|__[a-z]\w{0,40}__"
    r"|(?:process\.|import\.meta\.)?env\.\w{1,40}|<[a-z][\w .-]{0,40}>|\[[a-z][\w .-]{0,40}\]",
    re.IGNORECASE,
)
_NAMES_A_KEY = re.compile(r"key|token|secret|auth|api|your|here|value", re.IGNORECASE)
_OF_A_KEY = re.compile(r"[0-9][a-z]", re.IGNORECASE)  # such as of hexadecimal digits
_PLACEHOLDER = re.compile(
    r"(?:insert|enter|put|paste|replace|with|your|my|the|some)*"
    r"(?:natero|freshsuccess|usermaven|eventbunker)?"
    r"(?:x|api|auth|server|write|query|access|secret|private|public)*"
    r"(?:key|token|secret)(?:goes|here|value|placeholder)*"
    r"|changeme|placeholder|example|todo|tbd|string|x{3,40}",
)
_MASK = re.compile(r"…|\u00e2\u0080\u00a6|%E2%80%A6")  # in a path, in a header, encoded twice
_MAX_PLACEHOLDER_LENGTH = 60
_MAX_LENGTH = 400  # longer than any decorated key; searching takes quadratic time


class PresentedKey(NamedTuple):
    """A presented key split into the key itself, `core`, and its decoration."""

    core: str
    space: str = ""  # position of white space: before, after, around, within
    marks: str = ""  # Quotes, Brackets or Signs
    name: str = ""  # a word before the key, such as Bearer
    next_header: str = ""  # the name of a header that was joined to this one


def parse_key(presented: str, may_hold_space: bool = False) -> PresentedKey:
    if len(presented) > _MAX_LENGTH:
        return PresentedKey(presented)
    core, space = _without_space(without_unusual_characters(presented))
    joined = _NEXT_HEADER.search(core)
    core = core[: joined.start()] if joined else core
    core, marks = _without_marks(core)
    name = ""
    while leading := _LEADING_NAME.match(core):
        core, name = core[leading.end() :], name or leading[1].strip(" :=\"'")
    if not may_hold_space and _INNER_SPACE.search(core):
        core, space = _INNER_SPACE.sub("", core), space or "within"
    return PresentedKey(core, space, marks, name, joined[1] if joined else "")


def _without_marks(text: str) -> tuple[str, str]:
    """The text without quotes, brackets and signs at its ends, and what they are."""
    found: dict[str, None] = {}
    for _ in range(_MAX_NESTED):
        before = text
        for name, (leading, trailing) in _MARKS.items():
            start = mark.end() if (mark := leading.match(text)) else 0
            end = mark.start() if (mark := trailing.search(text, len(text) - _TAIL)) else len(text)
            if start or end < len(text):
                found[name], text = None, _without_space(text[start:end])[0]
        if text == before:
            break
    return text, " and ".join(found).capitalize()


def strip_decoration(dialect: Dialect, credentials: Credentials) -> Credentials:
    """The credentials without white space, quotes, brackets and names around the keys, and without
    their repetition."""
    once = _without_repetition(dialect, credentials)
    if once:
        return once
    api_key, auth_key, auth_required = credentials
    joined = dialect.has_joined_keys and not auth_key  # the white space may be their separator
    return Credentials(parse_key(api_key, joined).core, parse_key(auth_key).core, auth_required)


def _without_repetition(dialect: Dialect, credentials: Credentials) -> Credentials | None:
    """The credentials of a header that a client or proxy sent twice, and a server joined."""
    api_key, auth_key, _ = credentials
    text = f"{api_key}.{auth_key}" if auth_key else api_key
    if not dialect.key_headers or len(text) > _MAX_LENGTH:
        return None
    parts = [part for part in _REPETITION.split(text) if part]
    if len(parts) < 2 or len(set(parts)) > 1:
        return None
    if not dialect.has_joined_keys:
        return Credentials(parts[0], auth_required=False)
    api_key, dot, auth_key = parts[0].partition(".")
    return Credentials(api_key, auth_key, auth_required=bool(dot))


def find_placeholder(presented: str) -> str:
    """The placeholder, shortened, if the text is one; else the empty string."""
    text = _without_space(presented[:_MAX_LENGTH])[0]
    if len(text) > _MAX_PLACEHOLDER_LENGTH or not text:
        return ""
    bare = parse_key(text).core
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    if is_empty_value(text) or _PLACEHOLDER.fullmatch(plain):
        return bare if is_empty_value(text) else text
    names_key = text[0] in "$%@" or text.startswith((":", "__")) or _NAMES_A_KEY.search(text)
    is_variable = names_key and not _OF_A_KEY.search(bare) and _VARIABLE.fullmatch(text)
    return text if is_variable else ""


def is_empty_value(presented: str) -> bool:
    """Whether the text is what a language prints for an empty variable, such as `undefined`."""
    return any(
        _EMPTY_VALUE.fullmatch(text) is not None
        for text in (presented.strip(), parse_key(presented).core)
    )


def find_format_error(dialect: Dialect, credentials: Credentials) -> Refusal | None:
    """The first formatting error in the presented keys."""
    api_key, auth_key, auth_required = credentials
    named = zip((api_key, auth_key), dialect.key_names, strict=True)
    keys = [(key, name) for key, name in named if key]
    if _without_repetition(dialect, credentials):
        return Refusal("key-twice")
    return (
        _placeholder_error(keys)
        or (_missing_key_error(dialect, credentials) if auth_required else None)
        or _character_error(keys)
        or _decoration_error(keys, may_hold_space=dialect.has_joined_keys and not auth_key)
    )


def _placeholder_error(keys: list[tuple[str, str]]) -> Refusal | None:
    for key, name in keys:
        if _MASK.search(key[:_MAX_LENGTH]):
            shown = _MASK.sub("…", key[:_MAX_PLACEHOLDER_LENGTH])
            return Refusal("masked-key", {"value": shown, "which": name})
        value = find_placeholder(key)
        if value and is_empty_value(value):
            return Refusal("empty-value", {"value": value, "which": name})
        if value:
            return Refusal("placeholder", {"value": value, "which": name})
    return None


def _missing_key_error(dialect: Dialect, credentials: Credentials) -> Refusal | None:
    api_key, auth_key, _ = credentials
    api_name, auth_name = dialect.key_names
    if not api_key or not auth_key:
        missing, present = (api_name, auth_name) if auth_key else (auth_name, api_name)
        args = {"missing": missing, "present": present, "expected": dialect.keys_hint}
        return Refusal("missing-half", args)
    if api_key == auth_key:
        return Refusal("same-key-twice", {"api_name": api_name, "auth_name": auth_name})
    return None


def _character_error(keys: list[tuple[str, str]]) -> Refusal | None:
    for key, which in keys:
        found = find_unusual_character(key)
        if found and found.is_visible:
            args = {"char": found.char, "name": found.name, "which": which}
            return Refusal("lookalike-in-key", args)
        if found:
            args = {"where": found.where, "name": found.name, "which": which}
            return Refusal("invisible-in-key", args)
    return None


def _decoration_error(keys: list[tuple[str, str]], may_hold_space: bool) -> Refusal | None:
    """White space first, because it is invisible."""
    parsed_keys = [(parse_key(key, may_hold_space), name) for key, name in keys]
    for code in ("header-after-key", "space-at-key", "marks-around-key", "name-before-key"):
        decorations = [(_decoration(parsed, code), name) for parsed, name in parsed_keys]
        which = " and the ".join(name for what, name in decorations if what)
        if which:
            what = next(what for what, _ in decorations if what)
            return _decoration_refusal(code, what, which)
    return None


def _decoration(parsed: PresentedKey, code: str) -> str:
    found = {"space-at-key": parsed.space, "marks-around-key": parsed.marks}
    return (found | {"header-after-key": parsed.next_header}).get(code, parsed.name)


def _decoration_refusal(code: str, what: str, which: str) -> Refusal:
    if code == "header-after-key":
        return Refusal("header-after-key", {"name": what, "which": which})
    if code == "space-at-key":
        return Refusal("space-at-key", {"where": what, "which": which})
    if code == "marks-around-key":
        return Refusal("marks-around-key", {"marks": what, "which": which})
    return Refusal("name-before-key", {"name": what, "which": which})


def _without_space(text: str) -> tuple[str, str]:
    """The text without white space at its ends; and `before`, `after`, `around` or the empty string
    for the ends that had some."""
    leading = _LEADING_SPACE.match(text)
    core = text[leading.end() :] if leading else text
    bare = _TRAILING_SPACE.sub("", core)
    has_trailing = bare != core
    if leading:
        return bare, "around" if has_trailing else "before"
    return bare, "after" if has_trailing else ""
