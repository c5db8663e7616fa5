"""Quotes and the like around a whole event: of a shell, of Python's bytes, of a string."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ingest.parsing.malformed.escapes import readable, unescape_edits, unescape_python_edits
from ingest.parsing.malformed.invisible import IN_A_NAME
from ingest.parsing.malformed.patterns import WRITTEN_BREAK, Edit
from ingest.problems import Problem

_QUOTES = frozenset("'\"`«" + "".join(map(chr, range(0x2018, 0x2020))))
_OPENER = re.compile(r"""\s*(?P<bytes>[bB](?=['"]))?(?P<quote>['"`\u2018-\u201f«])(?=\s*[{\[])""")
_ESCAPED = re.compile(r'\s*[{\[]+\s*(?:\\[nrt]\s*)*\\"')
_TEXT_BEFORE = re.compile(r"[^{\[\n]{1,100}(?=[{\[])")
# comments, commas, line breaks and invisible characters, which the parser explains better
_LEFT_TO_PARSER = re.compile(f"{WRITTEN_BREAK.pattern}|{IN_A_NAME.pattern}|,|(?://|#|/\\*).*")
_CLOSERS = {"‘": "’", "‚": "’‘", "“": "”", "„": "“”", "«": "»"}


class Wrapping(NamedTuple):
    """The event is the text from `start` to `end`; both are characters."""

    start: int
    end: int
    before: str  # a quote or another text; empty if there is nothing before the event
    is_bytes: bool
    is_escaped: bool

    def problem(self, text: str) -> Problem | None:
        """The problem of what is around the event. A string of JSON is valid: it has none."""
        is_string = self.before == '"' and self.is_escaped and not self.is_bytes
        if not self.before or is_string:
            return None
        blanks = len(text) - len(text.lstrip())
        at = max(text.find(self.before) - self.is_bytes, blanks)
        args = {"value": readable(self.before)}
        offset = len(text[:at].encode("utf-8", "surrogateescape"))
        if self.is_bytes:
            return Problem("python-bytes", args=args, offset=offset, column=at + 1)
        if self.before in _QUOTES:
            return Problem("quotes-around", args=args, offset=offset, column=at + 1)
        return Problem("text-before", args=args, offset=offset, column=at + 1)

    def edits(self, text: str) -> list[Edit]:
        """The edits that remove what is around the event, and escapes that come from it."""
        around = [(0, self.start, "")] if self.before else []
        around += [(self.end, len(text), "")] if self.end < len(text) and self.before else []
        if self.is_bytes:
            return around + unescape_python_edits(text, self.start, self.end)
        return around + (unescape_edits(text, self.start, self.end) if self.is_escaped else [])

    @property
    def is_decoded(self) -> bool:
        """Whether `edits` contains the escapes of the whole event."""
        return self.is_bytes or self.is_escaped


def find_wrapping(text: str) -> Wrapping:
    """Find quotes or other text around the event."""
    match = _OPENER.match(text)
    if not match:
        return _after_text(text) or Wrapping(0, len(text), "", False, bool(_ESCAPED.match(text)))
    quote, start = match["quote"], match.end("quote")
    end = len(text.rstrip())
    if text[end - 1] in _CLOSERS.get(quote, quote) and end - 1 > start:
        end -= 1
    is_escaped = bool(_ESCAPED.match(text, start))
    return Wrapping(start, end, quote, bool(match["bytes"]), is_escaped)


def _after_text(text: str) -> Wrapping | None:
    """A sound event with other text before it, such as `event = {…};` or a call."""
    match = _TEXT_BEFORE.match(text)
    before = _LEFT_TO_PARSER.sub("", match.group()).strip() if match else ""
    end = 1 + max(text.rfind("}"), text.rfind("]"))
    if not match or not before or not holds_event(text[match.end() : end]):
        return None
    return Wrapping(match.end(), end, before, False, False)


_CARETS = re.compile(r"\s*(?:\^[{\[]|[{\[]\^)")
_AFTER_CARET = re.compile(r'\^\\\^(")|\^(.)', re.DOTALL)  # ^\^" is a quote that is escaped twice
_DOUBLED = re.compile(r'\s*[{\[]+\s*""(?=[^":\s])')
_FILE_NAME = re.compile(r"\s*(@[\w./\\:~-]{1,100})\s*\Z")


def shell_fault(text: str) -> Problem | None:
    """The problem of a text that a shell left as it was written for another one."""
    if name := _FILE_NAME.match(text):
        return _fault_at(text, name.start(1), "file-name-sent", {"value": name[1]})
    if _CARETS.match(text):
        return _fault_at(text, text.index("^"), "caret-escapes")
    if _has_doubled_quotes(text):
        return _fault_at(text, text.index('"'), "doubled-quotes")
    return None


def _fault_at(text: str, at: int, code: str, args: dict[str, str] | None = None) -> Problem:
    offset = len(text[:at].encode("utf-8", "surrogateescape"))
    return Problem(code, args=args, offset=offset, column=at + 1)


def shell_edits(text: str) -> list[Edit]:
    """The edits that undo what `shell_fault` finds."""
    if _CARETS.match(text):
        return [(m.start(), m.end(), m[1] or m[2]) for m in _AFTER_CARET.finditer(text)]
    if _has_doubled_quotes(text):
        return [(m.start(), m.end(), '"') for m in re.finditer('""', text)]
    return []


def _has_doubled_quotes(text: str) -> bool:
    return bool(_DOUBLED.match(text)) and '"' not in text.replace('""', "")


def holds_event(text: str) -> bool:
    """Whether the text is a JSON object, or an array of objects."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return False
    items = value if isinstance(value, list) and value else [value]
    return all(isinstance(item, dict) for item in items)


def _refuse(name: str) -> None:
    raise ValueError(name)
