"""docs/vendor-conformance.md names tests that exist, and examples that are sent."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "vendor-conformance.md").read_text()
SECTIONS = TEXT.split("\n## ")[1:]
ROWS = [
    line.split(" | ")
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| statement")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][2:60])
def test_a_statement_has_a_test(row):
    assert len(row) == 4
    found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)` \|", row[3])
    assert found is not None, row[3]
    tree = ast.parse((ROOT / found[1]).read_text())
    assert found[2] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_vendor_has_statements():
    assert [section.split(":", 1)[0] for section in SECTIONS] == [
        "Natero and Freshsuccess",
        "Usermaven",
        "EventBunker",
    ]
    assert len(ROWS) > 60


def test_every_example_is_used_by_a_test():
    tests = (ROOT / "tests" / "ingest" / "dialects" / "test_vendor_examples.py").read_text()
    examples = (ROOT / "tests" / "samples" / "vendor_examples").glob("*.txt")
    unused = {path.stem for path in examples if f'"{path.stem}"' not in tests}
    assert unused == set()
