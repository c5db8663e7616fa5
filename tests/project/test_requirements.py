"""Packages are installed without dependency resolution, so requirements.txt must pin all
dependencies, for the first Python 3.11 as well as the newest."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import requires

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.server import ROOT

PYTHONS = ("3.11.0", "3.11.2", "3.11.15")  # Debian 12 has the second


def pinned(python: str, *files: str) -> dict[str, Requirement]:
    lines = [line for file in files for line in (ROOT / file).read_text().splitlines()]
    stated = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(one.name): one for one in stated if is_meant(one, python)}


def is_meant(requirement: Requirement, python: str, extra: str = "") -> bool:
    where = {**default_environment(), "python_full_version": python, "extra": extra}
    return requirement.marker is None or requirement.marker.evaluate(where)


def needed(known: dict[str, Requirement], python: str) -> Iterator[Requirement]:
    """The requirements that the packages declare, without their extras."""
    for name, package in known.items():
        if package.marker is None:  # others can be missing here; they are small
            for line in requires(name) or ():
                requirement = Requirement(line)
                if is_meant(requirement, python):
                    yield requirement


@pytest.mark.parametrize(
    "files", [("requirements.txt",), ("requirements.txt", "requirements-test.txt")]
)
@pytest.mark.parametrize("python", PYTHONS)
def test_dependencies_of_packages_are_pinned(python, files):
    known = pinned(python, *files)
    missing = [
        str(requirement)
        for requirement in needed(known, python)
        if (pin := known.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(next(iter(pin.specifier)).version)
    ]
    assert missing == []
