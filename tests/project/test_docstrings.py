"""Docstrings are contracts: what they name exists."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    path
    for package in ("ingest", "viewer")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
RAISES = re.compile(r"\bRaises ([^.;:]*)")
CLASS_NAME = re.compile(r"\b[A-Z][a-z]+[A-Za-z]*\b")
DJANGO = {"DisallowedHost", "ImproperlyConfigured", "ValidationError"}


def raised(tree: ast.Module) -> Iterator[str]:
    """Class names that docstrings say are raised."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            for sentence in RAISES.findall(" ".join((ast.get_docstring(node) or "").split())):
                yield from CLASS_NAME.findall(sentence)


def test_exceptions_named_in_docstrings_exist():
    trees = {path: ast.parse(path.read_text()) for path in FILES}
    classes = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = classes | set(dir(builtins)) | DJANGO
    found = {path: set(raised(tree)) for path, tree in trees.items()}
    assert sum(map(len, found.values())) > 50
    missing = {
        str(path.relative_to(ROOT)): names - known for path, names in found.items() if names - known
    }
    assert not missing
