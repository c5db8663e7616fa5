"""Compiles terms to a condition on stored events. Each condition is true or false, never NULL, so
that `-` negates it exactly: a missing field is not equal to any value."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Callable, Collection, Sequence
from functools import reduce
from operator import and_, or_

import orjson
from django.db.models import Q

from ingest.messages import SENTENCES
from ingest.schema.fuzzy_names import closest_match
from ingest.validation.validate_event import VERDICTS
from viewer.query import times
from viewer.query.errors import QuerySyntaxError
from viewer.query.expressions import Glob, HasProblem, InRun, JsonField, RawContains
from viewer.query.numbers import parse_number
from viewer.query.parser import Group, Term

TEXTS = ("name", "account", "user", "session")
NUMBERS = ("seq", "line", "delivery", "status", "size")
_MAX_COUNT = 2**62

_LOOKUPS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def to_q(groups: Sequence[Group]) -> Q:
    """Raises QuerySyntaxError if a field does not support the operator."""
    return reduce(and_, (_any_of(group) for group in groups), Q())


def time_range(groups: Sequence[Group]) -> tuple[int | None, int | None]:
    """[since, until) in milliseconds; nothing outside can match."""
    terms = [group[0] for group in groups if len(group) == 1 and _is_time(group[0])]
    spans = [(term.operator, times.parse_time_span(term.value.text, _now())) for term in terms]
    since = [span[0] for operator, span in spans if span and operator in (":", ">", ">=")]
    until = [span[1] + 1 for operator, span in spans if span and operator in (":", "<", "<=")]
    return max(since, default=None), min(until, default=None)


def _is_time(term: Term) -> bool:
    return term.path == ("time",) and not term.is_json and not term.is_negated


def _now() -> int:
    return time.time_ns() // 1_000_000


def _any_of(group: Group) -> Q:
    return reduce(or_, (_signed(term) for term in group))


def _signed(term: Term) -> Q:
    condition = _condition(term)
    return ~condition if term.is_negated else condition


def _condition(term: Term) -> Q:
    if not term.path:
        return Q(RawContains(term.value.text, has_wildcards=term.value.is_pattern))
    if not term.is_json and len(term.path) == 1 and term.path[0] in COLUMNS:
        return COLUMNS[term.path[0]](term)
    return _json(term)


def _text(term: Term) -> Q:
    [name] = term.path
    if term.operator != ":":
        raise QuerySyntaxError(
            f"“{name}” is text: ask with “:”, or write .{name} for a number.", term.start
        )
    if term.value.is_any:
        return Q(**{f"{name}__isnull": False})
    if term.value.is_pattern:
        return Q(Glob(name, term.value.text.replace("\0", "�")))
    return Q(**{name: term.value.text.replace("\0", "�")})  # as stored in columns


def _number(term: Term) -> Q:
    [name] = term.path
    if term.value.is_any and term.operator == ":":
        return Q(seq__gt=0)
    number = parse_number(term.value.text)
    if number is None:
        raise _no_number(term)
    bounded = max(-_MAX_COUNT, min(number, _MAX_COUNT))
    if term.operator != ":":
        return Q(**{f"{name}__{_LOOKUPS[term.operator]}": bounded})
    return Q(**{name: bounded}) if bounded == int(bounded) else Q(seq__lt=0)


def _time(term: Term) -> Q:
    text = term.value.text
    if term.value.is_any and term.operator == ":":
        return Q(seq__gt=0)
    span = times.parse_time_span(text, _now())
    if span is None:
        forms = "2026-11-21, 2026-11-21T10:00:00Z, or -5m (s, m, h, d)"
        raise QuerySyntaxError(f"“{text}” isn’t a time. Use {forms}.", term.value.at)
    if term.operator == ":" and times.is_relative(text):
        raise QuerySyntaxError(f"Write time>{text} for what came since then.", term.start)
    start, end = span
    return {
        ":": Q(received_at__gte=start, received_at__lt=end),
        ">=": Q(received_at__gte=start),
        ">": Q(received_at__gte=max(end, start + 1)),
        "<": Q(received_at__lt=start),
        "<=": Q(received_at__lt=max(end, start + 1)),
    }[term.operator]


def _verdict(term: Term) -> Q:
    text = term.value.text
    found = _chosen(term, VERDICTS)
    if term.operator != ":" or not found:
        known = ", ".join(VERDICTS)
        raise QuerySyntaxError(
            f"There is no verdict “{text}”.{_meant(text, VERDICTS)} Verdicts are {known}.",
            term.value.at,
        )
    return Q(verdict__in=found) if len(found) > 1 else Q(verdict=found[0])


def _problem(term: Term) -> Q:
    """A problem's code, or `code@/path` for a problem at one field."""
    if term.operator != ":":
        raise QuerySyntaxError("“problem” is text: ask with “:”.", term.start)
    if term.value.is_any:
        return ~Q(problems="")
    text = term.value.text
    code, at, path = text.partition("@")
    found = _chosen(term, SENTENCES) if not at else [code] if code in SENTENCES else []
    if not found:
        message = f"There is no problem “{code}”.{_meant(code, SENTENCES)} /help/problems has all."
        raise QuerySyntaxError(message, term.value.at)
    return Q(HasProblem(_stored_problems(found, path if at else None)))


def _run(term: Term) -> Q:
    if term.operator != ":":
        raise QuerySyntaxError(
            "“run” is text: ask with “:”, or write .run for a number.", term.start
        )
    return Q(InRun(term.value.text.replace("\0", "�"), has_wildcards=term.value.is_pattern))


def _stored_problems(codes: Sequence[str], path: str | None) -> list[str]:
    """Prefixes of the stored problems: see problems_to_json."""
    if path is None:
        return [f'["{code}","' for code in codes]
    place = orjson.dumps(path).decode()
    return [f'["{codes[0]}","{severity}",{place},' for severity in ("error", "warning")]


def _json(term: Term) -> Q:
    for step in term.path:
        if '"' in step and ("." in step or "[" in step):
            raise QuerySyntaxError(
                "A name that has both a quote and a dot cannot be asked for.", term.start
            )
    if term.operator == ":":
        return Q(JsonField(term.path, term.value.text, has_wildcards=term.value.is_pattern))
    number = parse_number(term.value.text)
    if number is None:
        raise _no_number(term)
    return Q(JsonField(term.path, number, term.operator))


def _no_number(term: Term) -> QuerySyntaxError:
    return QuerySyntaxError(
        f"“{term.value.text}” is no number, and “{term.operator}” needs one."
        if term.operator != ":"
        else f"“{term.value.text}” is no number.",
        term.value.at,
    )


def _chosen(term: Term, known: Collection[str]) -> list[str]:
    text = term.value.text
    if not term.value.is_pattern:
        return [text] if text in known else []
    pattern = re.compile(fnmatch.translate(text.replace("[", "[[]").replace("?", "[?]")))
    return [name for name in known if pattern.match(name)]


def _meant(text: str, known: Collection[str]) -> str:
    close = closest_match(text, known)
    return f" Did you mean “{close}”?" if close else ""


COLUMNS: dict[str, Callable[[Term], Q]] = {
    "verdict": _verdict,
    **dict.fromkeys(TEXTS, _text),
    "seq": _number,
    "time": _time,
    "line": _number,
    "delivery": _number,
    "status": _number,
    "size": _number,
    "problem": _problem,
    "run": _run,
}
