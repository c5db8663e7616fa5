"""What a page's forms say back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.http import HttpRequest

T = TypeVar("T")


class FormError(ValueError):
    """A form cannot be carried out; the message is for the one who sent it."""


def form_text(request: HttpRequest, name: str, most: int) -> str:
    """Trimmed. Raises FormError."""
    value = request.POST.get(name, "").strip()
    if len(value) > most or "\0" in value:
        raise FormError(f"“{name}” must have at most {most} characters.")
    return value


def form_number(request: HttpRequest, name: str) -> int:
    """Raises FormError."""
    value = request.POST.get(name, "").strip().replace(",", "")
    if not (value.isascii() and value.isdecimal()) or len(value) > 15:
        raise FormError(f"“{value[:30]}” is no whole number.")
    return int(value)


def form_choice(request: HttpRequest, name: str, choices: Mapping[str, T]) -> T:
    """What a choice of the form stands for. Raises FormError."""
    value = request.POST.get(name, "")
    if value not in choices:
        raise FormError(f"“{value[:30]}” is none of the choices.")
    return choices[value]
