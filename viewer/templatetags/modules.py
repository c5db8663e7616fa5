"""`{% module "js/pages/stream.js" %}`: a page's script with preload links for all its imports, so
that a browser fetches them in parallel instead of level by level."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_IMPORT = re.compile(r'^(?:import|export)\s[^;"(=]*"(\.{1,2}/[^"]+)"', re.MULTILINE)


@register.simple_tag
def module(name: str) -> SafeString:
    return _tags(name)


@functools.cache
def _tags(name: str) -> SafeString:
    links = format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(each),) for each in _imported(name))
    )
    return format_html('{}<script type="module" src="{}"></script>', links, static(name))


def _imported(name: str) -> list[str]:
    """All transitive imports of a module, nearest first."""
    known = [name]
    for each in known:
        known += [other for other in _imports(each) if other not in known]
    return known[1:]


def _imports(name: str) -> Iterator[str]:
    path = finders.find(name)
    if not isinstance(path, str):
        raise ValueError(f"There is no static file {name}.")
    folder = posixpath.dirname(name)
    found = dict.fromkeys(_IMPORT.findall(Path(path).read_text()))
    return (posixpath.normpath(posixpath.join(folder, other)) for other in found)
