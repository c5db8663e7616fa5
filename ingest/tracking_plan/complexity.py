"""Limits on a tracking plan's complexity. Checking one event could otherwise take unbounded time or
memory: recursion that doubles, references that expand to too many checks, patterns that compile to
large automata. The analysis itself is linear in the plan's size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

import jsonschema_rs

from ingest.problems import json_pointer, pointer_parts
from ingest.tracking_plan.rules import PATTERN_BYTES, VALUES

MAX_EXPANDED = 10_000  # checks added by references
PLAN_PATTERN_BYTES = 8 * 2**20  # bytes of all compiled patterns of a plan
MIN_PATTERN_BYTES = 4 * 2**10  # minimum per pattern

_SINGLE = (
    *("items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "additionalItems"),
)
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "dependencies")
_UNUSED = ("$defs", "definitions")  # entered only by references
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS = ("$anchor", "$dynamicAnchor")

# A schema may refer to itself only below these keywords: each part of an event is then
# checked once.
_GOING_DEEPER = ("properties", "additionalProperties", "items", "prefixItems", "patternProperties")

Path = tuple[str | int, ...]


class Flaw(NamedTuple):
    path: str  # JSON Pointer
    message: str


class _Edge(NamedTuple):
    keyword: str
    path: Path
    target: int


class _Node(NamedTuple):
    schema: dict[str, Any]
    path: Path
    root: Any  # base of the references within it
    edges: list[_Edge]


def flaws_in(schema: Any) -> Iterator[Flaw]:
    """Flaws of the schema of one event name."""
    graph = _Graph(schema)
    for component in graph.components():
        yield from _recursion_in(graph, component)
    expanded = graph.expanded()
    if expanded > MAX_EXPANDED + len(graph.nodes):
        message = (
            f"The references of this schema expand to {_shortened(expanded)} checks; "
            f"{MAX_EXPANDED:,} is the limit. Refer to fewer parts, or repeat none."
        )
        yield Flaw("", message)


class _Graph:
    """Schemas and the schemas each of them applies to an event, references resolved."""

    def __init__(self, schema: Any) -> None:
        self.nodes: list[_Node] = []
        self._known: dict[int, int] = {}  # id() of a schema → its node
        self._anchors: dict[str, list[Any]] = {}
        self._roots: dict[str, Any] = {}  # by $id
        self._waiting: list[tuple[Any, Path, Any]] = [(schema, (), schema)]
        self._read()
        self._resolve()

    def _read(self) -> None:
        while self._waiting:
            schema, path, root = self._waiting.pop()
            if not isinstance(schema, dict) or id(schema) in self._known:
                continue
            self._note_names(schema)
            root = schema if isinstance(schema.get("$id"), str) else root
            self._known[id(schema)] = len(self.nodes)
            self.nodes.append(_Node(schema, path, root, []))
            for keyword, place, inner in _parts_of(schema, _UNUSED):
                self._waiting.append((inner, (*path, keyword, *place), root))

    def _note_names(self, schema: dict[str, Any]) -> None:
        for keyword in _ANCHORS:
            if isinstance(schema.get(keyword), str):
                self._anchors.setdefault(schema[keyword], []).append(schema)
        if isinstance(schema.get("$id"), str):
            self._roots[schema["$id"].partition("#")[0]] = schema

    def _resolve(self) -> None:
        """A reference may lead to a part that no keyword leads to; that part is read then."""
        at = 0
        while at < len(self.nodes):
            node = self.nodes[at]
            for keyword, place, inner in _parts_of(node.schema):
                self._connect(node, keyword, (*node.path, keyword, *place), inner)
            for keyword in _REFERENCES:
                reference = node.schema.get(keyword)
                for target in self._targets(node, reference):
                    self._connect(node, "$ref", (*node.path, keyword), target)
            at += 1

    def _connect(self, node: _Node, keyword: str, path: Path, target: Any) -> None:
        if not isinstance(target, dict):
            return
        if id(target) not in self._known:
            self._waiting.append((target, path, node.root))
            self._read()
        node.edges.append(_Edge(keyword, path, self._known[id(target)]))

    def _targets(self, node: _Node, reference: Any) -> list[Any]:
        """All possible targets; ambiguous names return more than one."""
        if not isinstance(reference, str):
            return []
        base, _, fragment = reference.partition("#")
        if base:
            ends = base.rpartition("/")[2]
            bases = [root for name, root in self._roots.items() if name.endswith(ends)]
        else:
            bases = [node.root]
        if fragment and not fragment.startswith("/"):
            return self._anchors.get(unquote(fragment), [])
        parts = pointer_parts(unquote(fragment))
        return [_at(root, parts) for root in bases]

    def components(self) -> list[list[int]]:
        """Strongly connected components, dependencies first (Kosaraju)."""
        referrers: list[list[int]] = [[] for _ in self.nodes]
        for at, node in enumerate(self.nodes):
            for edge in node.edges:
                referrers[edge.target].append(at)
        found: list[list[int]] = []
        seen: set[int] = set()
        for start in reversed(self._finished()):
            component: list[int] = []
            waiting = [start]
            while waiting:
                at = waiting.pop()
                if at not in seen:
                    seen.add(at)
                    component.append(at)
                    waiting += referrers[at]
            if component:
                found.append(component)
        return found[::-1]

    def _finished(self) -> list[int]:
        """All nodes in the order in which a depth-first search leaves them."""
        finished: list[int] = []
        seen: set[int] = set()
        waiting = [(at, False) for at in range(len(self.nodes))]
        while waiting:
            at, is_left = waiting.pop()
            if is_left:
                finished.append(at)
            elif at not in seen:
                seen.add(at)
                waiting.append((at, True))
                waiting += ((edge.target, False) for edge in self.nodes[at].edges)
        return finished

    def expanded(self) -> int:
        """The number of schemas that check one event, each counted once per path."""
        counts: dict[int, int] = {}
        for component in self.components():
            inside = set(component)
            outside = (
                counts[edge.target]
                for node in component
                for edge in self.nodes[node].edges
                if edge.target not in inside
            )
            count = len(component) + sum(outside)
            counts |= dict.fromkeys(component, count)
        return counts.get(0, 0)


def _recursion_in(graph: _Graph, component: list[int]) -> Iterator[Flaw]:
    inside = set(component)
    for at in component:
        edges = [edge for edge in graph.nodes[at].edges if edge.target in inside]
        if len(component) == 1 and not edges:
            return
        flaw = _flaw_of(edges)
        if flaw is not None:
            yield flaw
            return
    internal = (edge for at in component for edge in graph.nodes[at].edges)
    if all(edge.keyword == "$ref" for edge in internal if edge.target in inside):
        path = graph.nodes[component[0]].path
        yield Flaw(json_pointer(path), "This schema refers to itself and to nothing else.")


def _flaw_of(edges: list[_Edge]) -> Flaw | None:
    """The flaw of a cycle along these edges."""
    for edge in edges:
        if edge.keyword not in (*_GOING_DEEPER, "$ref"):
            message = (
                f"A schema must not refer back to itself below {edge.keyword}: checking an event "
                "would take twice as long with each level. Below properties or items alone it may."
            )
            return Flaw(json_pointer(edge.path), message)
    keywords = [edge.keyword for edge in edges]
    by_pattern = keywords.count("patternProperties")
    if by_pattern > 1 or (by_pattern and "properties" in keywords) or _mixes_references(keywords):
        message = (
            "A schema must not refer back to itself in two ways that hold for the same field: "
            "checking an event would take twice as long with each level."
        )
        return Flaw(json_pointer(edges[-1].path), message)
    return None


def _mixes_references(keywords: list[str]) -> bool:
    return "$ref" in keywords and len(keywords) > 1


def _parts_of(
    schema: dict[str, Any], unused: tuple[str, ...] = ()
) -> Iterator[tuple[str, Path, Any]]:
    """Keyword, path below it, schema."""
    for keyword in _SINGLE:
        yield keyword, (), schema.get(keyword)
    for keyword in _LISTED:
        for at, inner in enumerate(_of_kind(list, schema.get(keyword))):
            yield keyword, (at,), inner
    for keyword in (*_NAMED, *unused):
        for name, inner in _of_kind(dict, schema.get(keyword)).items():
            yield keyword, (name,), inner


def _of_kind(kind: type[Any], value: Any) -> Any:
    return value if isinstance(value, kind) else kind()


def _at(value: Any, parts: list[str]) -> Any:
    for part in parts:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part[:9]) < len(value):
            value = value[int(part[:9])]
        else:
            return None
    return value


def _shortened(count: int) -> str:
    return f"{count:,}" if count < 10**12 else "more than a trillion"


class PatternBudget:
    """The budget for all patterns of one plan."""

    def __init__(self) -> None:
        self._left = PLAN_PATTERN_BYTES

    def flaws_in(self, schema: Any) -> Iterator[Flaw]:
        """The first pattern that exceeds the budget. Equal patterns of a schema count once."""
        seen: set[str] = set()
        for pattern, path in _patterns_in(schema):
            if pattern in seen:
                continue
            seen.add(pattern)
            self._left -= pattern_bytes(pattern)
            if self._left < 0:
                message = (
                    f"The patterns of this plan take more than {PLAN_PATTERN_BYTES // 2**20} MiB "
                    "when compiled. Repetitions such as {20} multiply what they repeat: use "
                    "maxLength, or a class such as [A-Za-z] instead of \\p{L}."
                )
                yield Flaw(json_pointer(path), message)
                return


def pattern_bytes(pattern: str) -> int:
    """The compiled size, overestimated by up to a factor of two; 0 for an invalid pattern."""
    size = MIN_PATTERN_BYTES
    while size <= PATTERN_BYTES:
        options = jsonschema_rs.RegexOptions(size_limit=size)
        try:
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
        except (jsonschema_rs.ValidationError, ValueError):
            size *= 2
        else:
            return size
    return 0


def _patterns_in(schema: Any, path: Path = ()) -> Iterator[tuple[str, Path]]:
    if isinstance(schema, list):
        for at, inner in enumerate(schema):
            yield from _patterns_in(inner, (*path, at))
    if not isinstance(schema, dict):
        return
    for name, inner in schema.items():
        if name == "pattern" and isinstance(inner, str):
            yield inner, (*path, name)
        if name == "patternProperties" and isinstance(inner, dict):
            yield from ((pattern, (*path, name, pattern)) for pattern in inner)
        if name not in VALUES:
            yield from _patterns_in(inner, (*path, name))
