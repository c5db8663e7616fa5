"""The fields described by a schema."""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

from ingest.problems import json_pointer

ANY_ITEM = "*"
MAX_DEPTH = 8
MAX_COUNT = 300
MAX_STEPS = 1_000  # per schema; a few milliseconds
MAX_STEPS_OF_PLAN = 20_000  # a plan of 256 KB holds fewer fields
MAX_PATH_LENGTH = 1_000  # characters
MAX_CHARACTERS_OF_PLAN = 500_000  # of all paths


class SchemaField(NamedTuple):
    path: str
    is_required: bool


class StepBudget:
    """Remaining budget: steps, and characters of paths."""

    def __init__(
        self, most: int = MAX_STEPS_OF_PLAN, characters: int = MAX_CHARACTERS_OF_PLAN
    ) -> None:
        self._left = most
        self._characters = characters

    def take(self, most: int) -> StepBudget:
        """Take up to so many steps, and return how many were left."""
        taken = min(most, self._left)
        self._left -= taken
        return StepBudget(taken, self._characters)

    def release(self, steps: StepBudget) -> None:
        self._left += steps._left
        self._characters = steps._characters

    def keep(self, path: str) -> bool:
        """Take the characters of a path. False if there are not enough left."""
        if len(path) > min(MAX_PATH_LENGTH, self._characters):
            return False
        self._characters -= len(path)
        return True

    def step(self) -> bool:
        """Take a step. False if none is left."""
        if self._left <= 0:
            return False
        self._left -= 1
        return True


def schema_fields(schema: Any, steps: StepBudget | None = None) -> list[SchemaField]:
    """Each field once, in the order of the schema; `*` in a path matches any item. `steps` is the
    budget of all schemas of a plan. A schema that needs more than MAX_STEPS returns its first
    fields."""
    whole = steps or StepBudget()
    own = whole.take(MAX_STEPS)
    walk = _Walk(schema, own)
    walk.look(schema)
    whole.release(own)
    return [SchemaField(*one) for one in walk.found.items()]


class _Walk:
    def __init__(self, root: Any, steps: StepBudget) -> None:
        self.found: dict[str, bool] = {}
        self._root = root
        self._steps = steps
        self._followed: set[tuple[str, str, bool]] = set()  # reference and its base
        self._required: dict[int, frozenset[str]] = {}  # by identity of the schema

    def look(
        self, schema: Any, path: str = "", is_due: bool = True, level: int = 0, depth: int = 0
    ) -> None:
        """`is_due`: whether all parents are required. `level` counts the names in the path, `depth`
        the enclosing schemas."""
        if not isinstance(schema, dict) or level >= MAX_DEPTH or depth > 2 * MAX_DEPTH:
            return
        if not self._steps.step():
            return
        self._look_at_fields(schema, path, is_due, level, depth)
        self.look(schema.get("items"), f"{path}/{ANY_ITEM}", False, level + 1, depth + 1)
        for inner in schema.get("allOf", ()):
            self.look(inner, path, is_due, level, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            for inner in schema.get(keyword, ()):
                self.look(inner, path, False, level, depth + 1)
        self._follow(schema.get("$ref"), path, is_due, level, depth)

    def _look_at_fields(
        self, schema: dict[str, Any], path: str, is_due: bool, level: int, depth: int
    ) -> None:
        properties = schema.get("properties", {})
        required = self._required_by(schema)
        others = (name for name in schema.get("required", ()) if name not in properties)
        for name in chain(properties, others):
            if not self._steps.step():
                return
            here = path + json_pointer((name,))
            is_required = is_due and name in required
            if not self._note(here, is_required):
                continue
            self.look(properties.get(name), here, is_required, level + 1, depth + 1)

    def _required_by(self, schema: dict[str, Any]) -> frozenset[str]:
        if id(schema) not in self._required:
            self._required[id(schema)] = frozenset(schema.get("required", ()))
        return self._required[id(schema)]

    def _note(self, path: str, is_required: bool) -> bool:
        """Add a path. False if there is no room for it."""
        is_known = path in self.found
        if not is_known and (len(self.found) >= MAX_COUNT or not self._steps.keep(path)):
            return False
        self.found[path] = is_required or (is_known and self.found[path])
        return True

    def _follow(self, reference: Any, path: str, is_due: bool, level: int, depth: int) -> None:
        """Follow each reference once per path."""
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            return
        if (reference, path, is_due) not in self._followed:
            self._followed.add((reference, path, is_due))
            self.look(_at(self._root, reference), path, is_due, level, depth + 1)


def _at(root: Any, reference: str) -> Any:
    for part in reference.split("/")[1:]:
        root = (
            root.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(root, dict) else None
        )
    return root
