"""Detects type changes of properties, per key pair and event name: reports treat a property with
two types as two properties. In-memory, per process, for events that this process validated;
bounded, and empty after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ingest.parsing.malformed.diagnosis import json_type_name
from ingest.problems import REBUILT, WARNING, Problem, json_pointer
from ingest.schema.schema_rules import truncate
from ingest.values import Json

MAX_SHAPES = 20_000
MAX_PLACES = 50_000
MAX_PROPERTIES = 500  # properties per event

_NO_KIND = "null"  # null has no informative type


class _Place(NamedTuple):
    pair: int
    name: str | None
    path: str


class TypeDriftDetector:
    """Compares each value with the first type seen at its path. Fields covered by the vendor's
    rules are excluded: a wrong first event must not make later correct ones look changed."""

    def __init__(self, earlier: TypeDriftDetector | None = None) -> None:
        """`earlier` is a detector that is read in addition, and not changed."""
        # looked up per event (docs/decisions/0011-bounded-caches.md), and cleared together
        self._shapes: set[int] = set()  # hashes, as for paths:
        self._kinds: dict[int, str] = {}  # names can be as long as a line
        self._earlier: dict[int, str] = earlier._kinds if earlier else {}

    def preview(self) -> TypeDriftDetector:
        """A detector for events that are not stored: it learns from them separately."""
        return TypeDriftDetector(self)

    def compare(
        self, pair: int, known: frozenset[str], name: str | None, value: dict[str, Json]
    ) -> list[Problem]:
        """Add a warning for each property, at the top or one level down, whose type changed; not
        for `known` names, which rules cover."""
        if len(value) > MAX_PROPERTIES:  # computing its shape costs more than comparing its values
            return self._changed(pair, known, name, value)
        types = tuple(map(type, value.values()))
        shape = hash((pair, name, *value, *types))
        if shape in self._shapes:  # without nested objects, as most events are
            return []
        if dict in types:
            shape = _deep(shape, value)
            if shape in self._shapes:
                return []
        problems = self._changed(pair, known, name, value)
        if not problems:
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            self._shapes.add(shape)
        return problems

    def _changed(
        self, pair: int, known: frozenset[str], name: str | None, value: dict[str, Json]
    ) -> list[Problem]:
        return [
            problem
            for path, inner in islice(_properties(value, known), MAX_PROPERTIES)
            if (problem := self._compare(_Place(pair, name, path), inner))
        ]

    def _compare(self, place: _Place, value: Json) -> Problem | None:
        kind = json_type_name(value)
        if kind == _NO_KIND:
            return None
        key = hash(place)
        before = self._kinds.get(key) or self._earlier.get(key)
        if before is None:
            if len(self._kinds) >= MAX_PLACES:
                self._kinds.clear()
                self._shapes.clear()
            self._kinds[key] = kind
            return None
        if before == kind:
            return None
        args = {"got": kind, "before": before, "name": truncate(place.name or "unnamed")}
        return Problem("type-changed", WARNING, place.path, REBUILT, args)


def _deep(shape: int, value: dict[str, Json]) -> int:
    """The shape including nested objects: two events of one shape have the same types at all
    compared paths."""
    parts: list[object] = [shape]
    for inner in value.values():
        if type(inner) is dict:
            parts += inner
            parts += map(type, inner.values())
    return hash(tuple(parts))


def _properties(value: dict[str, Json], known: frozenset[str]) -> Iterator[tuple[str, Json]]:
    for name, inner in value.items():
        if name not in known:
            yield json_pointer([name]), inner
        if isinstance(inner, dict):
            for key, deep in inner.items():
                if key not in known:
                    yield json_pointer([name, key]), deep
