"""Shared by the forms of pages: fields, attributes, errors."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from django import forms
from django.http import QueryDict

from ingest.models import KeyPair

FIELD = {"class": "field"}
SELECT = {"class": "select"}
KEY = {**FIELD, "autocomplete": "off", "spellcheck": "false"}
SEARCH = {**FIELD, "type": "search", "spellcheck": "false"}
NUMBER = {"class": "field field-number", "inputmode": "numeric"}


class PairForm(forms.Form):
    """A form about a key pair. `tag` distinguishes forms of one class on one page."""

    def __init__(
        self,
        pair: KeyPair,
        data: QueryDict | None = None,
        initial: MutableMapping[str, Any] | None = None,
        tag: object = "",
    ) -> None:
        self.pair = pair
        super().__init__(data, auto_id=f"{type(self).__name__}{tag}-%s", initial=initial)


class WholeNumberField(forms.IntegerField):
    """Digits, which may have the commas that pages show."""

    widget = forms.TextInput(attrs=NUMBER)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.replace(",", "") if isinstance(value, str) else value)


def focus_first_error(form: forms.BaseForm) -> None:
    """The browser then scrolls to the field, and screen readers say its error."""
    for name, field in form.fields.items():
        if name in form.errors and not field.widget.is_hidden:
            field.widget.attrs["autofocus"] = True
            return


def page_errors(form: forms.BaseForm, *, is_shown: bool) -> str:
    """Errors of a form for the head of its page: those that none of its fields shows."""
    hidden = [field.name for field in form.hidden_fields()]
    names = ["__all__", *hidden] if is_shown else [*form.errors]
    return " ".join(str(error) for name in names for error in form.errors.get(name, ()))
