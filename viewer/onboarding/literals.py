"""Writes strings and events as literals of programming languages, so that each language reads them
back unchanged, whatever characters they contain."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.timestamps import iso

Value = Any  # string, number, or a dict of these
Event = dict[str, Value]

EXAMPLE_TIME = 1_795_227_547_189  # placeholder in an event for the program's current time


class LanguageSyntax(NamedTuple):
    """`text` writes a string, `event` an event whose time is the time of sending."""

    text: Callable[[str], str]
    event: Callable[[Event], str]


class _Words(NamedTuple):
    """The syntax of an object literal, and the expression for the current time."""

    text: Callable[[str], str]
    opening: str
    field: str  # a name, {}, and its separator from the value
    closing: str
    milliseconds: str
    iso: str
    indent: str = "  "
    padding: str = ""  # between braces and fields on one line
    margin: str = ""  # indentation of the line on which the object begins
    aligned: bool = False  # values aligned, as gofmt does


def shell_text(text: str) -> str:
    return shlex.quote(text)


def double_quoted(text: str) -> str:
    """Python, JavaScript, Java and Go read a JSON string as JSON does."""
    return json.dumps(text, ensure_ascii=False)


def single_quoted(text: str) -> str:
    """Ruby and PHP: only the backslash and the quote are special, so that neither $names nor
    #{code} in a key are evaluated."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _shell_event(event: Event) -> str:
    """One shell word of JSON, with a command substitution for the time."""
    word = shell_text(json.dumps(event, ensure_ascii=False))
    word = word.replace(str(EXAMPLE_TIME), "'$(date +%s)000'")
    return word.replace(iso(EXAMPLE_TIME), "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'")


def _java_event(event: Event) -> str:
    """A text block with one line of JSON: a backslash at each line end joins the lines."""
    fields = (json.dumps({name: event[name]}, ensure_ascii=False)[1:-1] for name in event)
    line = f",{_BREAK}".join(fields).replace("\\", "\\\\").replace('"""', '\\"""')
    line = line.replace("%", "%%").replace(str(EXAMPLE_TIME), "%s").replace(iso(EXAMPLE_TIME), "%s")
    block = line.replace(_BREAK, f" \\{_JAVA_MARGIN}")
    now = "System.currentTimeMillis()" if EXAMPLE_TIME in event.values() else "Instant.now()"
    return f'"""{_JAVA_MARGIN}{{{block}}}"""{_JAVA_MARGIN}.formatted({now})'


def _in_words(words: _Words) -> Callable[[Event], str]:
    def write(event: Event) -> str:
        names = [words.field.format(name) for name in event]
        width = max(map(len, names)) if words.aligned else 0
        values = [_value(value, words) for value in event.values()]
        lines = [f"{n.ljust(width)}{value}," for n, value in zip(names, values, strict=True)]
        inner = f"\n{words.margin}{words.indent}"
        return inner.join([words.opening, *lines]) + f"\n{words.margin}{words.closing}"

    return write


def _value(value: Value, words: _Words) -> str:
    if value == EXAMPLE_TIME:
        return words.milliseconds
    if value == iso(EXAMPLE_TIME):
        return words.iso
    if isinstance(value, dict):
        fields = ", ".join(words.field.format(n) + _value(value[n], words) for n in value)
        return f"{words.opening}{words.padding}{fields}{words.padding}{words.closing}"
    return words.text(value) if isinstance(value, str) else json.dumps(value)


_BREAK = "\0"  # never occurs in JSON
_JAVA_MARGIN = "\n" + 12 * " "

_PYTHON = _Words(
    double_quoted,
    *("{", '"{}": ', "}"),
    milliseconds="int(time.time() * 1000)",
    iso='time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())',
    indent="    ",
)
_JAVASCRIPT = _Words(
    double_quoted,
    *("{", "{}: ", "}"),
    milliseconds="Date.now()",
    iso="new Date().toISOString()",
    padding=" ",
)
_RUBY = _Words(
    single_quoted,
    *("{", "{}: ", "}"),
    milliseconds="(Time.now.to_f * 1000).to_i",
    iso="Time.now.utc.strftime('%FT%TZ')",
    padding=" ",
)
_PHP = _Words(
    single_quoted,
    *("[", "'{}' => ", "]"),
    milliseconds="(int) (microtime(true) * 1000)",
    iso=r"gmdate('Y-m-d\TH:i:s\Z')",
    indent="    ",
)
_GO = _Words(
    double_quoted,
    *("map[string]any{", '"{}": ', "}"),
    milliseconds="time.Now().UnixMilli()",
    iso="time.Now().UTC().Format(time.RFC3339)",
    indent="\t",
    margin="\t",
    aligned=True,
)

SHELL = LanguageSyntax(shell_text, _shell_event)
PYTHON = LanguageSyntax(double_quoted, _in_words(_PYTHON))
JAVASCRIPT = LanguageSyntax(double_quoted, _in_words(_JAVASCRIPT))
JAVA = LanguageSyntax(double_quoted, _java_event)
RUBY = LanguageSyntax(single_quoted, _in_words(_RUBY))
PHP = LanguageSyntax(single_quoted, _in_words(_PHP))
GO = LanguageSyntax(double_quoted, _in_words(_GO))
