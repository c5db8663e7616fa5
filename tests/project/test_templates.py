"""Every template is used, and every template or icon that is named exists."""

from __future__ import annotations

import re
from pathlib import Path

from viewer.onboarding.snippets import SNIPPETS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "templates"
TEXTS = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*.*")}
CODE = [path.read_text() for path in (ROOT / "viewer").rglob("*.py")]

FOUND_BY_DJANGO = {"404.html", "500.html", "admin/base_site.html"}
OF_DJANGO = {"admin/base.html"}

_IN_TEMPLATES = re.compile(r'{% (?:include|extends) "([^"]+)"')
_IN_CODE = re.compile(r'"([\w/]+\.html)"')
_ICON = re.compile(r'{% icon "([^"]+)"|href="#icon-([\w-]+)"')


def named() -> set[str]:
    in_templates = {name for text in TEXTS.values() for name in _IN_TEMPLATES.findall(text)}
    in_code = {name for text in CODE for name in _IN_CODE.findall(text)}
    return in_templates | in_code | {f"snippets/{way.template}.txt" for way in SNIPPETS}


def test_every_template_is_used() -> None:
    assert set(TEXTS) - named() == FOUND_BY_DJANGO


def test_every_template_that_is_named_exists() -> None:
    assert named() - set(TEXTS) == OF_DJANGO


def test_every_icon_that_is_named_exists() -> None:
    drawn = set(re.findall(r'<symbol id="icon-([\w-]+)"', TEXTS["partials/icons.html"]))
    shown = {"".join(pair) for text in TEXTS.values() for pair in _ICON.findall(text)}
    assert shown - drawn == set()
