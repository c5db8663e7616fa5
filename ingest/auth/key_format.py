"""What is wrong with presented keys by their looks alone: white space, quotes, placeholders.

Nothing here knows a key, so what is said of a slip tells nobody anything about one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.dialects import Dialect
from ingest.values import Credentials, Refusal

# invisible characters that copying brings along, which str.strip() leaves
_SPACE = r"(?:\s|[\u200b\u200c\u200d\u2060\ufeff]|%(?:20|09|0[aAdD]|[cC]2%[aA]0)|\\[nrt])"
_QUOTE = r"(?:[\"'`´‘’“”„«»]|%2[27]|&quot;|&#39;)"
_BRACKET = r"[<>\[\]{}()]"
_LED_BY_SPACE = re.compile(f"{_SPACE}+")
_ENDED_BY_SPACE = re.compile(f"{_SPACE}+$")
_SPACE_WITHIN = re.compile(r"[\s\u200b\ufeff]+")
_MARKS = {"Quotes": _QUOTE, "Brackets": _BRACKET}
_LED_BY_NAME = re.compile(
    r"((?:bearer|basic|token|key|api[-_ ]?key|auth[-_ ]?key|write[-_ ]?key|server[-_ ]?token"
    r"|x-eventbunker-write-key)(?:\s*[:=]\s*|\s+))(?=\S)",
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
_STAND_IN = re.compile(
    r"(?:insert|enter|put|paste|replace|with|your|my|the|some)*"
    r"(?:natero|freshsuccess|usermaven|eventbunker)?"
    r"(?:x|api|auth|server|write|query|access|secret|private|public)*"
    r"(?:key|token|secret)(?:goes|here|value|placeholder)*"
    r"|changeme|placeholder|example|todo|tbd|string|x{3,40}",
)
_MASK = re.compile(r"…|\u00e2\u0080\u00a6|%E2%80%A6")  # in a path, in a header, encoded twice
_MAX_STAND_IN_LENGTH = 60
_MAX_LOOK_LENGTH = 400  # no key with all its dress is longer, and searching takes the square of it


class PresentedKey(NamedTuple):
    """A presented key taken apart: `core` is it without what does not belong to it."""

    core: str
    space: str = ""  # where white space stands: before, after, around, within
    marks: str = ""  # Quotes or Brackets
    name: str = ""  # a word before the key, such as Bearer


def parse_key(presented: str, may_hold_space: bool = False) -> PresentedKey:
    if len(presented) > _MAX_LOOK_LENGTH:
        return PresentedKey(presented)
    core, space = _without_space(presented)
    marks = ""
    for name, mark in _MARKS.items():
        bare = re.sub(f"^{mark}+|{mark}+$", "", core)
        if bare != core:
            marks, core = marks or name, _without_space(bare)[0]
    led = _LED_BY_NAME.match(core)
    if led:
        core = core[led.end() :]
    if not may_hold_space and _SPACE_WITHIN.search(core):
        core, space = _SPACE_WITHIN.sub("", core), space or "within"
    return PresentedKey(core, space, marks, led.group(1).strip(" :=") if led else "")


def strip_decoration(dialect: Dialect, credentials: Credentials) -> Credentials:
    """The credentials without what does not belong to keys."""
    api_key, auth_key, auth_required = credentials
    joined = dialect.joins_keys and not auth_key  # perhaps by the white space
    return Credentials(parse_key(api_key, joined).core, parse_key(auth_key).core, auth_required)


def find_placeholder(presented: str) -> str:
    """The text, shortened, if it stands where a key is due but never was one; else nothing."""
    text = _without_space(presented[:_MAX_LOOK_LENGTH])[0]
    if len(text) > _MAX_STAND_IN_LENGTH or not text:
        return ""
    bare = parse_key(text).core
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    if is_empty_value(text) or _STAND_IN.fullmatch(plain):
        return bare if is_empty_value(text) else text
    names_it = text[0] in "$%@" or text.startswith((":", "__")) or _NAMES_A_KEY.search(text)
    return text if names_it and _VARIABLE.fullmatch(text) else ""


def is_empty_value(presented: str) -> bool:
    """Whether it is what a language prints of a variable that holds nothing."""
    return any(
        _EMPTY_VALUE.fullmatch(text) is not None
        for text in (presented.strip(), parse_key(presented).core)
    )


def find_format_error(dialect: Dialect, credentials: Credentials) -> Refusal | None:
    """The first slip in presented keys."""
    api_key, auth_key, auth_required = credentials
    named = zip((api_key, auth_key), dialect.key_names, strict=True)
    halves = [(key, name) for key, name in named if key]
    return (
        _never_filled_in(halves)
        or (_lacks_a_half(dialect, credentials) if auth_required else None)
        or _dressed(halves, may_hold_space=dialect.joins_keys and not auth_key)
    )


def _never_filled_in(halves: list[tuple[str, str]]) -> Refusal | None:
    for key, name in halves:
        if _MASK.search(key[:_MAX_LOOK_LENGTH]):
            shown = _MASK.sub("…", key[:_MAX_STAND_IN_LENGTH])
            return Refusal("masked-key", {"value": shown, "which": name})
        value = find_placeholder(key)
        if value and is_empty_value(value):
            return Refusal("empty-value", {"value": value, "which": name})
        if value:
            return Refusal("placeholder", {"value": value, "which": name})
    return None


def _lacks_a_half(dialect: Dialect, credentials: Credentials) -> Refusal | None:
    api_key, auth_key, _ = credentials
    api_name, auth_name = dialect.key_names
    if not api_key or not auth_key:
        missing, present = (api_name, auth_name) if auth_key else (auth_name, api_name)
        args = {"missing": missing, "present": present, "expected": dialect.keys_hint}
        return Refusal("missing-half", args)
    if api_key == auth_key:
        return Refusal("same-key-twice", {"api_name": api_name, "auth_name": auth_name})
    return None


def _dressed(halves: list[tuple[str, str]], may_hold_space: bool) -> Refusal | None:
    """White space first: it is what nobody sees."""
    looks = [(parse_key(key, may_hold_space), name) for key, name in halves]
    for code in ("space-at-key", "marks-around-key", "name-before-key"):
        seen = [(_seen(look, code), name) for look, name in looks]
        which = " and the ".join(name for what, name in seen if what)
        if which:
            what = next(what for what, _ in seen if what)
            return _refusal(code, what, which)
    return None


def _seen(look: PresentedKey, code: str) -> str:
    return {"space-at-key": look.space, "marks-around-key": look.marks}.get(code, look.name)


def _refusal(code: str, what: str, which: str) -> Refusal:
    if code == "space-at-key":
        return Refusal("space-at-key", {"where": what, "which": which})
    if code == "marks-around-key":
        return Refusal("marks-around-key", {"marks": what, "which": which})
    return Refusal("name-before-key", {"name": what, "which": which})


def _without_space(text: str) -> tuple[str, str]:
    """The text without white space at its ends, and at which ends there was some."""
    led = _LED_BY_SPACE.match(text)
    core = text[led.end() :] if led else text
    bare = _ENDED_BY_SPACE.sub("", core)
    ended = bare != core
    return bare, "around" if led and ended else "before" if led else "after" if ended else ""
