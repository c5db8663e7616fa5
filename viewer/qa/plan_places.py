"""The fields that a schema speaks of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest.problems import pointer

ANY_ITEM = "*"
DEEPEST = 8
MOST = 300


class Place(NamedTuple):
    path: str
    is_required: bool


def places_in(schema: Any) -> list[Place]:
    """Each once, in the order of the schema; `*` in a path stands for any item."""
    found: dict[str, bool] = {}
    for path, is_required in _walk(schema, schema, (), True, 0):
        if len(found) < MOST or path in found:
            found[path] = found.get(path, False) or is_required
    return [Place(*one) for one in found.items()]


def _walk(
    root: Any, schema: Any, path: tuple[str, ...], is_due: bool, depth: int
) -> Iterator[tuple[str, bool]]:
    """`is_due`: all above it must be there, too."""
    if not isinstance(schema, dict) or len(path) >= DEEPEST or depth > 2 * DEEPEST:
        return
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    for name in dict.fromkeys([*properties, *required]):
        here = (*path, name)
        is_required = is_due and name in required
        yield pointer(here), is_required
        yield from _walk(root, properties.get(name), here, is_required, depth + 1)
    yield from _walk(root, schema.get("items"), (*path, ANY_ITEM), False, depth + 1)
    for inner in schema.get("allOf", ()):
        yield from _walk(root, inner, path, is_due, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        for inner in schema.get(keyword, ()):
            yield from _walk(root, inner, path, False, depth + 1)
    reference = schema.get("$ref")
    if isinstance(reference, str) and (reference == "#" or reference.startswith("#/")):
        yield from _walk(root, _at(root, reference), path, is_due, depth + 1)


def _at(root: Any, reference: str) -> Any:
    for part in reference.split("/")[1:]:
        root = (
            root.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(root, dict) else None
        )
    return root
