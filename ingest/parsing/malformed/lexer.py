"""Reads the tokens of malformed JSON. Notes the faults of each token and the edits that would fix
them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

from ingest.parsing.malformed import patterns
from ingest.parsing.malformed.patterns import Edit
from ingest.problems import Problem

MAX_FAULTS = 10
MAX_COMMENTS = 3  # that are reported
MAX_SKIPPED = 10_000  # comments; the rest of the text is ignored
MAX_ARGUMENT_LENGTH = 100  # characters of a quoted text in a sentence


class ParseAborted(Exception):
    """The rest of the text cannot be interpreted without guessing."""


@dataclass
class Lexer:
    """`text` can contain bytes that are not UTF-8, as lone surrogates. Edits are collected only if
    `collect_edits`; otherwise only faults are."""

    text: str
    limit: int = MAX_FAULTS
    collect_edits: bool = False
    at: int = 0
    last_start: int = 0  # start of the last name, value or bracket
    last_end: int = 0  # and its end
    expects: str = "value"  # value, first-value, key, first-key, colon, next
    open: list[tuple[str, int]] = field(default_factory=list)
    found: list[Problem] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    line_breaks: list[Edit] = field(default_factory=list)  # between tokens
    comments: int = 0
    fixable: bool = True
    reported_codes: set[str] = field(default_factory=set)  # codes in `found`

    # -- between tokens ---------------------------------------------------------------

    def _skip_to_token(self) -> bool:
        text = self.text
        while True:
            start = self.at
            self.at = at = patterns.SPACE.match(text, start).end()  # type: ignore[union-attr]
            if self.collect_edits and "\n" in text[start:at]:
                _add(self.line_breaks, [(start, at, " " if start else "")])
            if at == len(text):
                return False
            if text[at] in "/#.…" and (comment := patterns.COMMENT.match(text, at)):
                self._comment(comment)
                self.at = comment.end()
            elif text[at] > "~" and patterns.ODD_SPACE.match(text, at):
                self._odd_space(text[at])
            else:
                return True

    def _comment(self, match: re.Match[str]) -> None:
        """Report the first comments only, because other faults are among them."""
        at, end = match.span()
        if match.group()[0] in ".…":
            self._note("ellipsis", at, value=match.group())
            return
        self.comments += 1
        if self.comments <= MAX_COMMENTS:
            self._note("comment", at, (at, end, ""))
        elif self.comments > MAX_SKIPPED:
            raise ParseAborted
        else:
            self._add_edits([(at, end, "")])

    def _odd_space(self, char: str) -> None:
        if char == "\ufeff" and self.at == 0:
            self._note("byte-order-mark", 0, (0, 1, ""))
        else:
            self._note("odd-space", self.at, (self.at, self.at + 1, " "), name=_code_of(char))
        self.at += 1

    # -- tokens: each method notes faults and returns the end -------------------------

    def _quoted(self) -> int:
        char = self.text[self.at]
        if char == "'":
            return self._single_quoted()
        if char != '"':
            return self._typographic()
        strict = patterns.STRING.match(self.text, self.at)
        if strict and strict[1]:
            self._check_escapes(strict.group())
            return strict.end()
        if strict and strict.end() >= len(self.text) - 1:  # nothing follows that could close it
            return self._unclosed_string()
        loose = patterns.LOOSE_STRING.match(self.text, self.at)
        if not loose or not self._closes(loose.group(), loose.end()):
            return self._unclosed_string()
        self._check_controls(loose.group())
        return loose.end()

    def _closes(self, token: str, end: int) -> bool:
        """Whether the last quote of a token closes it, and does not open the next string."""
        broken = token.rpartition("\n")
        return not broken[1] or (
            bool(broken[2][:-1].strip()) and bool(patterns.NEXT_MEMBER.match(self.text, end))
        )

    def _unclosed_string(self) -> int:
        self._note("unclosed-string", self.at)
        end = self.text.find("\n", self.at)
        if end < 0:
            raise ParseAborted
        return self.at + max(1, len(self.text[self.at : end].rstrip(" \r,}]")))

    def _check_controls(self, token: str) -> None:
        start = self.at
        edits = (
            (start + m.start(), start + m.end(), patterns.json_escape(m.group()))
            for m in patterns.CONTROL.finditer(token)
        )
        first = next(edits)
        at, _, escape = first
        self._note("control-character", at, first, name=_code_of(self.text[at]), escape=escape)
        if self.collect_edits:
            _add(self.edits, edits)

    def _single_quoted(self) -> int:
        match = patterns.SINGLE.match(self.text, self.at)
        if not match:
            self._note("unclosed-string", self.at)
            raise ParseAborted
        edits = patterns.requote_edits(match.group(), self.at) if self.collect_edits else []
        if "single-quotes" not in self.reported_codes:
            self._note("single-quotes", self.at, *edits)  # once, because they rarely occur alone
        else:
            self._add_edits(edits)
        return match.end()

    def _typographic(self) -> int:
        match = patterns.TYPOGRAPHIC.match(self.text, self.at)
        if not match:
            self._note("unclosed-string", self.at)
            raise ParseAborted
        at, end = match.span()
        edits = [(at, at + 1, '"'), (end - 1, end, '"')]
        if "typographic-quotes" not in self.reported_codes:
            self._note("typographic-quotes", at, *edits, value=self.text[at])
        else:
            self._add_edits(edits)
        return end

    def _check_escapes(self, token: str) -> None:
        if "\\" not in token:
            return
        for match in patterns.BAD_ESCAPE.finditer(token):
            if match.group(1):
                at = self.at + match.start()
                edits = [(at, at + 1, "")] if match.group() == "\\'" else []
                self._note("bad-escape", at, *edits, value=match.group())

    def _number(self) -> int:
        match = patterns.NUMBER.match(self.text, self.at)
        if match:
            return match.end()
        at = self.at
        date = patterns.DATE.match(self.text, at)
        if date:
            end = date.end()
            self._note("bare-date", at, (at, at, '"'), (end, end, '"'), value=date.group())
            return end
        match = patterns.NUMBER_LIKE.match(self.text, at)
        value = match.group() if match else self.text[at]
        if value.lstrip("+-") in patterns.NOT_NUMBERS:
            self._note("not-a-number", at, value=value)
        else:
            advice = patterns.number_hint(value)
            edits = patterns.number_fix(value, at)
            self._note("bad-number", at, *edits, value=value[:40], suggestion=advice)
        return at + len(value)

    def _word(self) -> int:
        at = self.at
        match = patterns.WORD.match(self.text, at)
        word = match.group() if match else ""
        end = at + len(word)
        if word in patterns.LITERALS:
            return end
        if word in patterns.OTHER_LITERALS:
            literal = patterns.OTHER_LITERALS[word]
            self._note("python-literal", at, (at, end, literal), value=word, suggestion=literal)
        elif word in patterns.NOT_NUMBERS:
            self._note("not-a-number", at, value=word)
        else:
            return self._text(bool(word))
        return end

    def _text(self, is_word: bool) -> int:
        match = patterns.TEXT.match(self.text, self.at)
        if not self.open:
            self._abort('An event is a JSON object: {"name": value, …}.')
        if not match or not (is_word or match.group()[0].isalpha()):
            self._abort("A value is expected here.")
        value = match.group().rstrip()
        code = "type-as-value" if value in patterns.TYPE_NAMES else "unquoted-text"
        self._note(code, self.at, value=value[:40])
        return self.at + len(value)

    def _placeholder(self) -> bool:
        """Skip a template placeholder that was not replaced."""
        match = patterns.PLACEHOLDER.match(self.text, self.at) if self.open else None
        if match:
            self._note("unfilled-placeholder", self.at, value=match.group()[:40])
            self._value_ended(match.end())
        return bool(match)

    # -- notes -------------------------------------------------------------------------

    def _value_ended(self, end: int) -> None:
        self.last_start, self.at, self.last_end = self.at, end, end
        self.expects = "next"

    def _last_token(self) -> str:
        """The last token, cut for a sentence."""
        return self.text[self.last_start : self.last_end].strip()[-40:]

    def _abort(self, suggestion: str) -> NoReturn:
        self._note("not-json", self.at, suggestion=suggestion)
        raise ParseAborted

    def _add_edits(self, edits: Sequence[Edit]) -> None:
        if self.collect_edits:
            _add(self.edits, edits)
            self.fixable = self.fixable and bool(edits)

    def _note(self, code: str, at: int, *edits: Edit, **args: str) -> None:
        self._add_edits(edits)
        left = self.text[:at]
        offset = at if left.isascii() else len(left.encode("utf-8", "surrogateescape"))
        self.reported_codes.add(code)
        args = {name: _shown(text) for name, text in args.items()}
        self.found.append(Problem(code, args=args or None, offset=offset, column=at + 1))
        if len(self.found) >= self.limit:
            raise ParseAborted


def _add(all_edits: list[Edit], edits: Iterable[Edit]) -> None:
    """Add at most MAX_EDITS + 1 edits: more than MAX_EDITS are never applied."""
    all_edits += islice(edits, patterns.MAX_EDITS + 1 - len(all_edits))


def _code_of(char: str) -> str:
    return f"U+{ord(char):04X}"


def _shown(text: str) -> str:
    """Cut a text, and replace the surrogates of bytes that are not UTF-8."""
    if len(text) > MAX_ARGUMENT_LENGTH:
        text = text[: MAX_ARGUMENT_LENGTH - 1] + "…"
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
