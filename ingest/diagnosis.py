"""Why a text is not JSON, in words and at every place. Slow on purpose, and only run for
what a fast parser refused: a tolerant reader walks the text once, notes each fault, and
goes on as if it were mended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ingest.problems import Problem

MOST_FAULTS = 20
MOST_STEPS = 30_000  # of the reader: what comes after is not looked at

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"')
_LOOSE_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SINGLE = re.compile(r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'")
_BAD_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(\\.)', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+])")
_NUMBER_LIKE = re.compile(r"[-+.\d][\w.+-]*")
_WORD = re.compile(r"[A-Za-z_$][\w$-]*")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*", re.DOTALL)
_FORM = re.compile(r"[\w.%\[\]+-]+=[^&\s{}\"]*(?:&[\w.%\[\]+-]+=[^&\s{}\"]*)*\s*\Z")

_CLOSER = {"{": "}", "[": "]"}
_LITERALS = {"true", "false", "null"}
_PYTHON = {"True": "true", "False": "false", "None": "null"}
_NOT_NUMBERS = {"NaN", "Infinity", "undefined", "nan", "inf"}


def diagnose(raw: bytes, strict: str = "", at: int = 0) -> list[Problem]:
    """All faults of a text that a strict parser refused; never empty, at most MOST_FAULTS.
    `strict` is that parser's reason and `at` its character, for a place further on than
    this reader goes."""
    whole = _whole_text(raw)
    if whole:
        return [whole]
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return [_invalid_utf8(raw, error.start)]
    return _Reader(text).faults() or [_by_strict_parser(text, strict, at)]


def _by_strict_parser(text: str, reason: str, at: int) -> Problem:
    args = {"suggestion": reason[:1].upper() + reason[1:] + "." if reason else ""}
    return Problem("not-json", args=args, offset=len(text[:at].encode()), column=at + 1)


def _whole_text(raw: bytes) -> Problem | None:
    """What the text is as a whole, when it is something else than JSON."""
    if raw.startswith(b"\x1f\x8b"):
        return Problem("gzip-not-declared", offset=0, column=1)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:4].count(0) == 2:
        return Problem("utf-16", offset=0, column=1)
    if raw.startswith(b"\xef\xbb\xbf"):
        return Problem("byte-order-mark", offset=0, column=1)
    head = raw[:4096].lstrip()
    if head.startswith(b"<"):
        before = len(raw) - len(raw.lstrip())
        return Problem("markup", offset=before, column=before + 1)
    if head[:3].lower() in (b"%7b", b"%5b"):
        return Problem("url-encoded", offset=0, column=1)
    if _FORM.match(head.decode("latin-1")):
        return Problem("form-encoded", offset=0, column=1)
    return None


def _invalid_utf8(raw: bytes, start: int) -> Problem:
    return Problem(
        "invalid-utf-8",
        args={"value": f"{raw[start]:02X}"},
        offset=start,
        column=len(raw[:start].decode("utf-8", "replace")) + 1,
    )


def kind_of(value: Any) -> str:
    """A JSON value's type, with its article, as sentences name it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


class _GiveUp(Exception):
    """From here on any further finding would be a guess."""


@dataclass
class _Reader:
    text: str
    at: int = 0
    last_end: int = 0  # where the last value or bracket ended
    last_comma: int = 0
    expects: str = "value"  # value, first-value, key, first-key, colon, next
    open: list[tuple[str, int]] = field(default_factory=list)
    found: list[Problem] = field(default_factory=list)

    def faults(self) -> list[Problem]:
        try:
            for _ in range(MOST_STEPS):
                if not self._skip_to_token():
                    self._check_closed()
                    break
                getattr(self, "_read_" + self.expects.removeprefix("first-"))()
        except _GiveUp:
            pass
        return self.found

    # -- what may stand between tokens -------------------------------------------------

    def _skip_to_token(self) -> bool:
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            comment = _COMMENT.match(self.text, self.at)
            if not comment:
                return self.at < len(self.text)
            self._note("comment", self.at)
            self.at = comment.end()

    def _check_closed(self) -> None:
        if self.open:
            opener = self.open[-1][0]
            self._note("unclosed-bracket", len(self.text), open=opener, closer=_CLOSER[opener])
        elif self.expects != "next":
            self._note("not-json", len(self.text), suggestion="The text holds no value.")

    # -- one method for each thing that may be due ---------------------------------------

    def _read_value(self) -> None:
        char = self.text[self.at]
        if char in "{[":
            self.open.append((char, self.at))
            self.at += 1
            self.expects = "first-key" if char == "{" else "first-value"
        elif char == "]" and self.open and self.open[-1][0] == "[":
            self._close(trailing=self.expects == "value")
        elif char in "\"'":
            self._quoted()
            self._value_ended()
        elif char.isdigit() or char in "-+.":
            self._number()
            self._value_ended()
        else:
            self._word()
            self._value_ended()

    def _read_key(self) -> None:
        char = self.text[self.at]
        if char == "}":
            self._close(trailing=self.expects == "key")
            return
        word = _WORD.match(self.text, self.at)
        if char in "\"'":
            self._quoted()
        elif word:
            self._note("unquoted-key", self.at, name=word.group()[:40])
            self.at = word.end()
        else:
            self._give_up("A name in double quotes is due here.")
        self.last_end = self.at
        self.expects = "colon"

    def _read_colon(self) -> None:
        char = self.text[self.at]
        if char == ":":
            self.at += 1
        elif char in ",}]":
            self._give_up("A “:” and a value are due after the name.")
        else:
            self._note("missing-colon", self.last_end, name=self._last_token())
            self.at += len(re.match(r"=>?|", self.text[self.at : self.at + 2]).group())  # type: ignore[union-attr]
        self.expects = "value"

    def _read_next(self) -> None:
        char = self.text[self.at]
        if not self.open:
            self._after_the_end()
        if char == ",":
            self.last_comma = self.at
            self.at += 1
            self.expects = self._member()
        elif char in "}]":
            self._close(trailing=False)
        elif char in "\"'{[-$_" or char.isalnum():
            self._note("missing-comma", self.last_end, after=self._last_token())
            self.expects = self._member()
        else:
            self._give_up("A “,” or a closing bracket is due here.")

    # -- tokens ----------------------------------------------------------------------------

    def _quoted(self) -> None:
        if self.text[self.at] == "'":
            self._single_quoted()
            return
        strict = _STRING.match(self.text, self.at)
        if strict:
            self._check_escapes(strict.group())
            self.at = strict.end()
            return
        loose = _LOOSE_STRING.match(self.text, self.at)
        if not loose or "\n" in loose.group():
            self._note("unclosed-string", self.at)
            raise _GiveUp
        inside = _CONTROL.search(loose.group())
        if inside:
            char = inside.group()
            self._note(
                "control-character",
                self.at + inside.start(),
                name=f"U+{ord(char):04X}",
                escape={"\t": "\\t", "\r": "\\r"}.get(char, f"\\u{ord(char):04x}"),
            )
        self.at = loose.end()

    def _single_quoted(self) -> None:
        match = _SINGLE.match(self.text, self.at)
        if not match:
            self._note("unclosed-string", self.at)
            raise _GiveUp
        if not any(problem.code == "single-quotes" for problem in self.found):
            self._note("single-quotes", self.at)  # once: they are never alone
        self.at = match.end()

    def _check_escapes(self, token: str) -> None:
        if "\\" not in token:
            return
        for match in _BAD_ESCAPE.finditer(token):
            if match.group(1):
                self._note("bad-escape", self.at + match.start(), value=match.group())

    def _number(self) -> None:
        match = _NUMBER.match(self.text, self.at)
        if not match:
            match = _NUMBER_LIKE.match(self.text, self.at)
            value = match.group()[:40] if match else self.text[self.at]
            if value.lstrip("+-") in _NOT_NUMBERS:
                self._note("not-a-number", self.at, value=value)
            else:
                self._note("bad-number", self.at, value=value, suggestion=_mend_number(value))
        self.at = match.end() if match else self.at + 1

    def _word(self) -> None:
        match = _WORD.match(self.text, self.at)
        if not match:
            self._give_up("A value is due here.")
        word = match.group()
        if word in _PYTHON:
            self._note("python-literal", self.at, value=word, suggestion=_PYTHON[word])
        elif word in _NOT_NUMBERS:
            self._note("not-a-number", self.at, value=word)
        elif word not in _LITERALS:
            self._give_up("Text needs double quotes.")
        self.at = match.end()

    # -- steps ---------------------------------------------------------------------------

    def _close(self, trailing: bool) -> None:
        closer = self.text[self.at]
        opener = self.open[-1][0]
        if _CLOSER[opener] != closer:
            self._note("unclosed-bracket", self.at, open=opener, closer=_CLOSER[opener])
            raise _GiveUp
        if trailing:
            self._note("trailing-comma", self.last_comma, closer=closer)
        self.open.pop()
        self.at += 1
        self._value_ended()

    def _value_ended(self) -> None:
        self.last_end = self.at
        self.expects = "next"

    def _member(self) -> str:
        return "key" if self.open[-1][0] == "{" else "value"

    def _after_the_end(self) -> None:
        rest = self.text[self.at :].strip()
        if rest == ",":
            self._note("comma-after-object", self.at)
        elif rest.lstrip(", \t")[:1] in ("{", "["):
            self._note("two-values", self.at)
        else:
            self._note("extra-text", self.at, value=rest[:40])
        raise _GiveUp

    def _last_token(self) -> str:
        """The end of what was read last, short enough for a sentence."""
        token = self.text[max(0, self.last_end - 60) : self.last_end].strip()
        match = re.search(r'("[^"]*"|[^\s,:{\[]+)[\]}\s]*\Z', token)
        return (match.group() if match else token)[-40:]

    def _give_up(self, suggestion: str) -> NoReturn:
        self._note("not-json", self.at, suggestion=suggestion)
        raise _GiveUp

    def _note(self, code: str, at: int, **args: str) -> None:
        self.found.append(
            Problem(
                code,
                args=args or None,
                offset=len(self.text[:at].encode("utf-8", "surrogatepass")),
                column=at + 1,
            )
        )
        if len(self.found) >= MOST_FAULTS:
            raise _GiveUp


def _mend_number(value: str) -> str:
    if re.fullmatch(r"-?0\d+", value):
        return "Leading zeros are not allowed: send it as a string if they matter."
    if value.startswith("+"):
        return "Leave the plus sign out."
    if value.startswith(".") or value.endswith("."):
        return "Write digits on both sides of the point."
    return "Put it in quotes if it is text."
