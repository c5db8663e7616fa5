"""The criteria for the result of `make soak`."""

from __future__ import annotations

import os

import pytest

from bench.resource_levels import Levels, grown, levels_of, sizes_of
from tests.support.load import opened

LEVEL = Levels(memory=150, handles=90, log=16, database=60)


def run(**last: float) -> list[Levels]:
    """Levels of a run that differ in its last third."""
    return [LEVEL._replace(memory=20)] * 10 + [LEVEL] * 10 + [LEVEL._replace(**last)] * 10


def test_constant_levels_pass_and_the_first_third_is_ignored():
    assert grown(run()) == []
    assert grown(run(memory=160, handles=95, log=20, database=65)) == []


@pytest.mark.parametrize(
    ("name", "more"), [("memory", 170), ("handles", 101), ("log", 40), ("database", 80)]
)
def test_a_level_that_grew_is_named(name, more):
    assert grown(run(**{name: more})) == [name]


def test_levels_are_those_of_the_process_and_its_store(tmp_path):
    store = tmp_path / "some.sqlite3"
    with opened(store) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("CREATE TABLE some (text)")
        file.execute("INSERT INTO some VALUES (zeroblob(3000000))")
        file.commit()
        before = levels_of(os.getpid(), lambda: sizes_of(store))
        assert 2 < before.log + before.database < 8
        held = [store.open("rb") for _ in range(20)]
        ballast = bytes(50 * 2**20).replace(b"\0", b"x")
        after = levels_of(os.getpid(), lambda: sizes_of(store))
    assert after.handles - before.handles >= 20
    assert after.memory - before.memory > 40
    assert len(ballast) == 50 * 2**20
    for file in held:
        file.close()
