"""Reads the tokens of malformed JSON. Notes the faults of each token and the edits that would fix
them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

from ingest.parsing.malformed import patterns
from ingest.parsing.malformed.escapes import characters_of, json_escapes, readable, requote_edits
from ingest.parsing.malformed.invisible import INVISIBLE, name_of
from ingest.parsing.malformed.patterns import Edit
from ingest.parsing.malformed.printed import PRINTED_VALUE, about_printing
from ingest.problems import Problem

MAX_FAULTS = 10
MAX_COMMENTS = 3  # that are reported
MAX_SKIPPED = 10_000  # comments, or runs of invisible characters; the rest of the text is ignored
_SEQUENCES = " JSON text sequences (application/json-seq) have one before each text."
_MARKS = ("\ufeff", "ï»¿")  # a byte order mark, also read as Latin-1


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
    skipped: int = 0
    respelled: list[Edit] = field(default_factory=list)  # edits that respell the same characters
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
            elif (" " <= text[at] <= "~" and text[at] != "\\") or not self._is_odd():
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

    def _is_odd(self) -> bool:
        """Skip characters that are no white space in JSON, but that hardly anybody sees."""
        text, at = self.text, self.at
        if at == 0 and text.startswith(_MARKS):
            self._byte_order_mark()
        elif patterns.ODD_SPACE.match(text, at):
            self._note("odd-space", at, (at, at + 1, " "), name=name_of(text[at]))
            self.at += 1
        elif invisible := INVISIBLE.match(text, at):
            self._invisible(invisible.group(), invisible.end())
        elif self.expects != "next" or self.open or not text[at:].strip("\\nrt \r\n"):
            return self._written_break()
        else:
            return False
        return True

    def _byte_order_mark(self) -> None:
        if self.text[0] == "\ufeff":
            self.at = len(self.text) - len(self.text.lstrip("\ufeff"))
            self._note("byte-order-mark", 0, (0, self.at, ""))
        else:
            self._note("mark-read-as-latin-1", 0, (0, 3, ""))
            self.at = 3

    def _invisible(self, run: str, end: int) -> None:
        """Report each of the characters once, because they come in runs or between all values."""
        is_fixable = self.fixable
        for char in dict.fromkeys(run):
            if char not in self.reported_codes:
                self.reported_codes.add(char)
                at, note = self.at + run.index(char), _SEQUENCES if char == "\x1e" else ""
                self._note("invisible-character", at, name=name_of(char), note=note)
        self.fixable = is_fixable
        self._add_edits([(self.at, end, "")])
        self.at = end
        self._skip_one()

    def _skip_one(self) -> None:
        """Count a run of characters that is not reported, because their number is not limited."""
        self.skipped += 1
        if self.skipped > MAX_SKIPPED:
            raise ParseAborted

    def _written_break(self) -> bool:
        match = patterns.WRITTEN_BREAK.match(self.text, self.at)
        if match and not patterns.ESCAPED_QUOTE.match(self.text, self.at):
            edit = (self.at, match.end(), "")
            if "written-line-break" in self.reported_codes:
                self._add_edits([edit])
            else:
                advice = "Leave it out, or send a real newline."
                self._note(
                    "written-line-break", self.at, edit, value=match.group(), separation=advice
                )
            self.at = match.end()
            self._skip_one()
            return True
        return False

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
        name = name_of(self.text[at])
        if self.expects in ("key", "first-key"):
            meant = patterns.CONTROL.sub("", token[1:-1])
            self._note("invisible-in-name", at, name=name, suggestion=meant)
            return
        escape = escape if len(escape) == 2 else f"{escape}, or remove it"
        self._note("control-character", at, first, name=name, escape=escape)
        if self.collect_edits:
            _add(self.edits, edits)

    def _single_quoted(self) -> int:
        match = patterns.SINGLE.match(self.text, self.at)
        if not match:
            self._note("unclosed-string", self.at)
            raise ParseAborted
        is_unicode = self.text[self.at - 1 : self.at] in ("u", "U")
        edits = requote_edits(match.group(), self.at, is_unicode) if self.collect_edits else []
        _add(self.respelled, (edit for edit in edits if edit[2].startswith("\\u")))
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
        end = 0
        for match in patterns.BAD_ESCAPE.finditer(token):
            if not match.group(1) or match.start() < end:
                continue
            at = self.at + match.start()
            if foreign := patterns.FOREIGN_ESCAPE.match(token, match.start()):
                self._foreign_escape(foreign.group(), at)
                end = foreign.end()
                continue
            edits = [(at, at + 1, "")] if match.group() == "\\'" else []
            self._note("bad-escape", at, *edits, value=match.group())

    def _foreign_escape(self, value: str, at: int) -> None:
        meant = characters_of(value)
        if value[1] not in "uU" or meant is None:  # a byte or a character, or part of a path
            shown = f"{json_escapes(meant)} for “{meant}”, or \\\\ for a backslash" if meant else ""
            self._note(
                "foreign-escape", at, value=value, suggestion=shown or "\\\\ for a backslash"
            )
            return
        edit = (at, at + len(value), json_escapes(meant))
        _add(self.respelled, [edit])
        self._note("foreign-escape", at, edit, value=value, suggestion=edit[2])

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
        elif suffixed := patterns.NUMBER_SUFFIX.fullmatch(value):
            end = at + suffixed.end(1)
            edit = (end, at + len(value), "")
            _add(self.respelled, [edit])
            self._note("number-suffix", at, edit, value=value[:40], suggestion=suffixed[1][:40])
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

    def _printed(self) -> bool:
        """Skip an object that was printed where a value is expected."""
        match = PRINTED_VALUE.match(self.text, self.at) if self.open else None
        if match:
            self._note("printed-object", self.at, **about_printing(str(match.lastgroup)))
            self._value_ended(match.end())
        return bool(match)

    def _printed_by(self, language: str, at: int, *edits: Edit) -> None:
        """Report the language once: its signs follow at every name."""
        if "printed-object" in self.reported_codes:
            self._add_edits(edits)
        else:
            self._note("printed-object", at, *edits, **about_printing(language))

    def _prefix(self) -> None:
        """Skip the prefix of a Python string."""
        match = patterns.STRING_PREFIX.match(self.text, self.at)
        if match:
            self._printed_by("Python", self.at, (self.at, match.end(), ""))
            self.at = match.end()

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
        args = {name: readable(text) for name, text in args.items()}
        self.found.append(Problem(code, args=args or None, offset=offset, column=at + 1))
        if len(self.found) >= self.limit:
            raise ParseAborted


def _add(all_edits: list[Edit], edits: Iterable[Edit]) -> None:
    """Add at most MAX_EDITS + 1 edits: more than MAX_EDITS are never applied."""
    all_edits += islice(edits, patterns.MAX_EDITS + 1 - len(all_edits))
