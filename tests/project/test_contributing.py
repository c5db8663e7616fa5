"""The files for contributors agree with the project: CI, hooks, guide and markers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.support.server import ROOT, running
from tests.support.unit import starts_something

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
CI = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", MAKEFILE))


def recipe(target: str) -> str:
    return re.search(rf"(?m)^{target}:.*\n((?:\t.*\n)*)", MAKEFILE)[1]


def tool_of(command: str) -> str:
    return re.search(r"(?:\.venv/bin|\$\(BIN\))/(python -m \S+|ruff \S+|\S+)", command)[1]


@pytest.mark.parametrize("job", ["check", "test-fast", "test"])
def test_ci_runs_each_python_that_the_project_allows(job):
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    versions = [version for version in map("3.{}".format, range(8, 20)) if version in allowed]
    assert CI["jobs"][job]["strategy"]["matrix"]["python"] == versions


def test_ci_runs_targets_that_there_are():
    steps = [step for job in CI["jobs"].values() for step in job["steps"]]
    used = {target for step in steps for target in re.findall(r"make ([a-z-]+)", str(step))}
    assert {"check", "test-fast", "test"} <= used <= TARGETS


def test_hooks_run_the_tools_of_make_check():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]  # nothing to download
    entries = {tool_of(hook["entry"]) for hook in hooks[0]["hooks"]}
    assert entries == {tool_of(line) for line in recipe("check").splitlines()}


def test_issue_forms_are_well_formed():
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text())
        if path.name != "config.yml":
            assert {"name", "description", "body"} <= form.keys()
            assert all({"type", "attributes"} <= field.keys() for field in form["body"])


@pytest.mark.parametrize("folder", ["ingest", "viewer"])
def test_the_guide_has_a_line_for_each_package(folder):
    section = re.search(rf"(?m)^`{folder}/`\n\n((?:- .*\n)+)", GUIDE)[1]
    packages = {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}
    assert set(re.findall(r"(?m)^- `(\w+)/`: ", section)) == packages


@pytest.mark.parametrize("folder", ["ingest", "viewer"])
def test_the_modules_of_the_guide_exist(folder):
    section = re.search(rf"(?m)^`{folder}/`\n\n((?:- .*\n)+)", GUIDE)[1]
    modules = {path.name for path in (ROOT / folder).glob("*.py")}
    assert set(re.findall(r"(?m)^- `(\w+\.py)`: ", section)) <= modules


def test_the_guide_names_files_and_targets_that_there_are():
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", GUIDE)) - {"htmlcov/index.html"}
    paths = {name for name in named if "NAME" not in name and name.strip("/").count("/")}
    assert {"static/js/core/query/", "ingest/values.py"} <= paths
    assert {name for name in paths if not (ROOT / name).exists()} == set()
    assert set(re.findall(r"(?m)(?:`|^)make ([a-z-]+)", GUIDE)) <= TARGETS


def test_the_readme_links_the_guide():
    assert "](CONTRIBUTING.md)" in (ROOT / "README.md").read_text()


def test_the_guide_names_every_marker():
    markers = {line.split(":")[0] for line in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}
    assert markers <= set(re.findall(r"`(\w+)`", GUIDE))


# -- unit tests --------------------------------------------------------------------------------


def test_this_test_is_a_unit_test(request):
    assert request.node.get_closest_marker("unit")


def _runs_a_server() -> None:
    with running("daphne", Path()):
        pass


def _calls_one_that_does() -> object:
    return [lambda: _runs_a_server()]


def test_a_test_that_starts_a_server_is_found(request):
    assert starts_something(_runs_a_server)
    assert starts_something(_calls_one_that_does)
    assert not starts_something(recipe)
