"""An error-recovering JSON parser. It reads the text once, notes each fault with the edit that
would fix it, and continues as if it were fixed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from ingest.parsing.malformed import patterns
from ingest.parsing.malformed.lexer import Lexer, ParseAborted
from ingest.parsing.malformed.patterns import CLOSER, Edit
from ingest.problems import Problem

MAX_STEPS = 30_000  # tokens; the rest of the text is ignored

_LEFT_OVER = frozenset({";", "'", '"', "`", ")", ");"})  # of code or of a shell, after the event
_QUOTES = "\"'" + patterns.TYPOGRAPHIC_OPENERS


@dataclass
class RecoveringParser(Lexer):
    """The grammar. Unless edits are collected, runs of members without fault are skipped."""

    last_comma: int = 0

    def faults(self) -> list[Problem]:
        """The faults in the order of the text; empty if the parser finds none."""
        try:
            for _ in range(MAX_STEPS):
                if not self._skip_to_token():
                    self._check_closed()
                    return self.found
                self._step()
        except ParseAborted:
            pass
        self.fixable = False
        return self.found

    def _step(self) -> None:
        expects = self.expects
        if expects == "next":
            self._read_next()
        elif expects == "colon":
            self._read_colon()
        elif expects in ("key", "first-key"):
            self._read_key()
        else:
            self._read_value()

    def _check_closed(self) -> None:
        if self.open:
            opener, begun = self.open[-1]
            self._note(
                "unclosed-bracket",
                len(self.text),
                *self._closing(),
                open=opener,
                closer=CLOSER[opener],
                begun=f"{begun + 1:,}",
            )
        elif self.expects != "next" and self.comments:
            self._tell_commented_out()
        elif self.expects != "next":
            self._note("not-json", len(self.text), suggestion="The text holds no value.")

    def _tell_commented_out(self) -> None:
        """To remove the comments would remove the event."""
        first, *others = (problem for problem in self.found if problem.code == "comment")
        self.found = [problem for problem in self.found if problem not in others]
        self.found[self.found.index(first)] = first._replace(code="commented-out")

    def _closing(self) -> list[Edit]:
        """An edit that adds the missing closers, unless the text may be cut inside a token."""
        left = self.text[: self.last_end]
        if self.expects != "next" or not left.endswith(('"', "}", "]", "true", "false", "null")):
            return []
        closers = "".join(CLOSER[opener] for opener, _ in reversed(self.open))
        return [(self.last_end, self.last_end, closers)]

    # -- one method for each expected token ----------------------------------------------

    def _read_value(self) -> None:
        char = self.text[self.at]
        in_array = bool(self.open) and self.open[-1][0] == "["
        if in_array and self._skips(patterns.ITEMS):
            return
        if self._printed() or self._placeholder():
            return
        if char in "{[":
            self.open.append((char, self.at))
            self._value_ended(self.at + 1)
            self.expects = "first-key" if char == "{" else "first-value"
        elif char in ",]}" and (self.open or char == ","):
            self._no_value(char, in_array)
        else:
            self._value_ended(self._scalar(char))

    def _scalar(self, char: str) -> int:
        self._prefix()
        char = self.text[self.at]
        if char in _QUOTES:
            return self._quoted()
        if char == ":" and (symbol := patterns.SYMBOL.match(self.text, self.at)):
            return self._symbol(symbol)
        if char == "&" and patterns.HTML_ENTITY.match(self.text, self.at):
            self._html()
        return self._number() if char in "-+." or char.isdigit() else self._word()

    def _symbol(self, symbol: re.Match[str]) -> int:
        at, end = symbol.span()
        self._printed_by("Ruby", at, (at, at + 1, '"'), (end, end, '"'))
        return end

    def _html(self) -> NoReturn:
        entity = patterns.HTML_ENTITY.match(self.text, self.at)
        self._note("html-escaped", self.at, value=entity.group() if entity else "&")
        raise ParseAborted

    def _no_value(self, char: str, in_array: bool) -> None:
        """A comma or a closing bracket in place of a value."""
        if not self.open:
            self._note("extra-comma", self.at, (self.at, self.at + 1, ""))
            self.at += 1
        elif not in_array:
            self._note("missing-value", self.at, name=self._last_token())
            self.expects = "next"
        elif char == ",":
            self._note("extra-comma", self.at)
            self.at += 1
        else:
            self._close(trailing=self.expects == "value")

    def _read_key(self) -> None:
        if self._skips(patterns.MEMBERS):
            return
        char = self.text[self.at]
        if char in "}]":
            self._close(trailing=self.expects == "key")
        elif char == ",":
            self._note("extra-comma", self.at, (self.at, self.at + 1, ""))
            self.at += 1
        elif escaped := patterns.ESCAPED_QUOTE.match(self.text, self.at):
            self._note("escaped-quotes", escaped.end() - 2)
            raise ParseAborted
        else:
            self._value_ended(self._name())
            self.expects = "colon"

    def _name(self) -> int:
        self._prefix()
        char = self.text[self.at]
        if char == ":" and (symbol := patterns.SYMBOL.match(self.text, self.at)):
            return self._symbol(symbol)
        if char == "&" and patterns.HTML_ENTITY.match(self.text, self.at):
            self._html()
        if patterns.OBJECTIVE_C_MEMBER.match(self.text, self.at):
            self._printed_by("ObjectiveC", self.at)
            raise ParseAborted
        return self._quoted() if char in _QUOTES else self._bare_key()

    def _bare_key(self) -> int:
        if patterns.JAVA_MEMBER.match(self.text, self.at):
            self._printed_by("Java", self.at)
            raise ParseAborted
        word = patterns.KEY_LIKE.match(self.text, self.at)
        if not word:
            self._abort("A name in double quotes is expected here.")
        at, end = word.span()
        self._note("unquoted-key", at, (at, at, '"'), (end, end, '"'), name=word.group()[:40])
        return end

    def _read_colon(self) -> None:
        char = self.text[self.at]
        self.expects = "value"
        if char == ":":
            self.at += 1
        elif char in ",}]":
            self._note("missing-value", self.last_end, name=self._last_token())
            self.expects = "next"
        else:
            if self.text.startswith("=>", self.at):
                self._printed_by("Ruby", self.at, (self.at, self.at + 2, ":"))
                self.at += 2
                return
            length = int(char == "=")
            start = self.at if length else self.last_end
            name = self._last_token()
            self._note("missing-colon", self.last_end, (start, start + length, ":"), name=name)
            self.at += length

    def _read_next(self) -> None:
        char = self.text[self.at]
        if not self.open:
            self._after_the_end()
        elif char == ",":
            self.last_comma = self.at
            self.at += 1
            self.expects = self._member()
        elif char in "}]":
            self._close(trailing=False)
        elif self._ends_in_quote() and (inside := patterns.QUOTES_INSIDE.match(self.text, self.at)):
            self._note("unescaped-quote", self.at - 1)
            self.at = self.last_end = inside.end()
        elif char in "\"'{[-$_" + patterns.TYPOGRAPHIC_OPENERS or char.isalnum():
            between = [(self.last_end, self.last_end, ",")]
            if char.isdigit() and self.text[self.last_end - 1].isdigit():
                between = []  # can be one number with a space in it
            self._note("missing-comma", self.last_end, *between, after=self._last_token())
            self.expects = self._member()
        else:
            self._abort("A “,” or a closing bracket is expected here.")

    def _ends_in_quote(self) -> bool:
        return self.at == self.last_end and self.text[self.at - 1] == '"'

    # -- steps ---------------------------------------------------------------------------

    def _skips(self, run: re.Pattern[str]) -> bool:
        if self.collect_edits:
            return False
        match = run.match(self.text, self.at)
        if match is None and "single-quotes" in self.reported_codes and run is patterns.MEMBERS:
            match = patterns.SINGLE_MEMBERS.match(self.text, self.at)
        if match:
            self.at = match.end()
            self.last_comma = self.at - 1
            self.expects = self._member()
        return bool(match)

    def _close(self, trailing: bool) -> None:
        closer = self.text[self.at]
        opener, begun = self.open[-1]
        if CLOSER[opener] != closer:
            due = CLOSER[opener]
            begun_at = f"{begun + 1:,}"
            self._note(
                "wrong-bracket", self.at, open=opener, closer=due, begun=begun_at, got=closer
            )
            raise ParseAborted
        if trailing:
            comma = self.last_comma
            self._note("trailing-comma", comma, (comma, comma + 1, ""), closer=closer)
        self.open.pop()
        start = self.last_start
        self._value_ended(self.at + 1)
        self.last_start = start if start > begun else begun

    def _member(self) -> str:
        return "key" if self.open[-1][0] == "{" else "value"

    def _after_the_end(self) -> None:
        rest = self.text[self.at :]
        if rest.strip() == ",":
            self._note("comma-after-object", self.at, (self.at, self.at + 1, ""))
            self.at += 1
            return
        if rest.strip() in _LEFT_OVER:
            self._note("extra-text", self.at, (self.at, len(self.text), ""), value=rest.strip())
            self.at = len(self.text)
            return
        if written := patterns.WRITTEN_BREAK.match(rest):
            value = written.group()
            self._note("written-line-break", self.at, value=value)
        elif rest.lstrip(", \t\r\n")[:1] in ("{", "["):
            self._note("two-values", self.at)
        else:
            self._note("extra-text", self.at, value=rest.strip()[:40])
        raise ParseAborted
