"""Patterns of JSON tokens and of common mistakes."""

from __future__ import annotations

import re

MAX_EDITS = 1_000  # a text that needs more is not fixed

_PLAIN_STRING = r'"[^"\\\x00-\x1f]*+"'
_SPACES = r"[ \t\r\n]*"
_DIGITS = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"
_SCALAR = rf"(?:{_PLAIN_STRING}|{_DIGITS}|true|false|null)"

SPACE = re.compile(_SPACES)
ODD_SPACE = re.compile("[\x0b\x0c\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
# "\\n" and the like as two characters, where a line break is meant
WRITTEN_BREAK = re.compile(r"(?:\\{1,2}[nrt])+")
# “#<User …>” is no comment but a printed object of Ruby
COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|#(?!<[A-Z])[^\n]*|\.\.\.|…", re.DOTALL)

STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+("?)')  # group 1: its end, if any
LOOSE_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
SINGLE = re.compile(r"'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'")
TYPOGRAPHIC = re.compile(r"[“”„‟«»]([^“”„‟«»\"\\\n]*)[“”«»]")
TYPOGRAPHIC_OPENERS = "“”„‟«»"
ESCAPED_QUOTE = re.compile(r'(?:\\[nrt]\s{0,20}){0,20}\\"')  # limited: it is tried at each break
FOREIGN_ESCAPE = re.compile(
    r"\\U[0-9a-fA-F]{8}|\\u\{[0-9a-fA-F]{1,6}\}|(?:\\x[0-9a-fA-F]{2}){1,12}|(?:\\[0-3][0-7]{2}){1,12}"
)
BAD_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(\\.)', re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f]")
# after the end of a string; limited, because each repetition takes memory during the match
QUOTES_INSIDE = re.compile(r'(?:[^"\\\n]++"[^"\\\n]*+"){1,100}(?=\s*[,}\]])')
NEXT_MEMBER = re.compile(r"\s*[,}\]]")

NUMBER = re.compile(_DIGITS + r"(?![\w.+:-])")
NUMBER_LIKE = re.compile(r"[-+.\d][\w.+:-]*")
DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w.+:-])"
)
NUMBER_SUFFIX = re.compile(r"(-?\d+)(?:n|[uU]?[lL]{1,2})")
STRING_PREFIX = re.compile(r"[uUbBrR]{1,2}(?=['\"])")  # Python's
SYMBOL = re.compile(r":([A-Za-z_]\w*[?!]?)")  # Ruby's
JAVA_MEMBER = re.compile(r"[\w.$-]+=(?![=>])")
OBJECTIVE_C_MEMBER = re.compile(r'"?[\w.$-]+"? = [^;{}]*[;({]')
HTML_ENTITY = re.compile(r"&(?:amp;)*(?:quot|apos|lcub|lbrace|#x?[0-9a-fA-F]{1,6});")
WORD = re.compile(r"[A-Za-z_$][\w$-]*")
KEY_LIKE = re.compile(r"[\w$][\w$.-]*")
TEXT = re.compile(r"[\w$.]+\([^()\n]*\)|[^,{}\[\]\"\n]+")
PLACEHOLDER = re.compile(
    r"\{\{[^{}\"\n]*\}\}|[$%]\{[^{}\"\n]*\}|<%[^\n]*?%>|<[^<>\"\n]*>|%\(\w+\)[sdf]|%[sdvf](?!\w)"
)

# runs of members or items without fault, skipped by one match
MEMBERS = re.compile(rf"(?>{_SPACES}{_PLAIN_STRING}{_SPACES}:{_SPACES}{_SCALAR}{_SPACES},)+")
ITEMS = re.compile(rf"(?>{_SPACES}{_SCALAR}{_SPACES},)+")
SINGLE_MEMBERS = re.compile(
    rf"(?>{_SPACES}'[^'\\\n]*'{_SPACES}:{_SPACES}(?:'[^'\\\n]*'|{_SCALAR}){_SPACES},)+"
)

CLOSER = {"{": "}", "[": "]"}
LITERALS = frozenset({"true", "false", "null"})
OTHER_LITERALS = {
    **dict.fromkeys(("True", "TRUE"), "true"),
    **dict.fromkeys(("False", "FALSE"), "false"),
    **dict.fromkeys(("None", "NULL", "Null", "nil"), "null"),
}
TYPE_NAMES = frozenset({"string", "number", "boolean", "object", "array", "integer", "float"})
NOT_NUMBERS = frozenset({"NaN", "Infinity", "undefined", "nan", "inf"})

Edit = tuple[int, int, str]  # start, end (in characters), replacement


def json_escape(char: str) -> str:
    """The escape sequence of a control character."""
    return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(char, f"\\u{ord(char):04x}")


def number_fix(value: str, start: int) -> list[Edit]:
    """The edits that make `value` a JSON number; empty if none would."""
    if value.startswith("+") and NUMBER.fullmatch(value[1:]):
        return [(start, start + 1, "")]
    if value.startswith(".") and NUMBER.fullmatch("0" + value):
        return [(start, start, "0")]
    if value.endswith(".") and NUMBER.fullmatch(value + "0"):
        return [(start + len(value), start + len(value), "0")]
    return []


def number_hint(value: str) -> str:
    if re.fullmatch(r"-?0\d+", value):
        return "Leading zeros are not allowed. If they are part of the value, send it as a string."
    if value.startswith("+"):
        return "Leave the plus sign out."
    if value.startswith(".") or value.endswith("."):
        return "Write digits on both sides of the point."
    return "Put it in quotes if it is text."
