"""The product has one version, and every place shows it."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import django
import pytest
from packaging.version import Version

from tests.support.server import ROOT
from viewer import __version__
from viewer.api.rest_api import build_openapi

PRODUCT = f"Instrumentation Viewer {__version__} (Django {django.__version__})"


@pytest.mark.parametrize(
    ("arguments", "printed"), [(["--version"], PRODUCT), (["version"], django.__version__)]
)
def test_manage_prints_the_version(arguments, printed):
    command = [sys.executable, "manage.py", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (ran.stdout.strip(), ran.stderr) == (printed, "")


def test_the_openapi_document_has_the_version():
    assert build_openapi()["info"]["version"] == __version__


def test_packaging_reads_the_version_from_the_code():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "viewer.__version__"}
    assert str(Version(__version__)) == __version__


def test_the_changelog_knows_the_version():
    assert __version__ in (ROOT / "CHANGELOG.md").read_text()
