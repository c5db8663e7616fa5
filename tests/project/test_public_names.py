"""A public function or class exists once in the product, so a search for its name finds it."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DJANGO = {"migrations", "commands"}  # Django requires a class of the same name in each module


def test_a_public_name_exists_once():
    places: defaultdict[str, list[str]] = defaultdict(list)
    for package in ("ingest", "viewer"):
        for path in (ROOT / package).rglob("*.py"):
            if DJANGO.isdisjoint(path.parts):
                for node in ast.parse(path.read_text()).body:
                    name = getattr(node, "name", "_")
                    if not name.startswith("_"):
                        places[name].append(str(path.relative_to(ROOT)))
    assert len(places) > 500
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
