"""`{% icon "close" %}`: one of the icons of templates/partials/icons.html."""

from __future__ import annotations

import functools

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@functools.lru_cache(maxsize=256)
def icon(
    name: str, *, label: str = "", extra_class: str = "", slot: str = "", cell: str = ""
) -> SafeString:
    """Screen readers skip it, unless it has a label. Scripts find it by `slot` or `cell`."""
    attributes = {
        "class": f"icon {extra_class}".rstrip(),
        "role": "img" if label else "",
        "aria-label": label,
        "aria-hidden": "" if label else "true",
        "data-slot": slot,
        "data-cell": cell,
    }
    given = ((key, value) for key, value in attributes.items() if value)
    return format_html(
        '<svg{}><use href="#icon-{}"/></svg>', format_html_join("", ' {}="{}"', given), name
    )
