"""Shared by the forms of pages: fields, attributes, errors."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from ingest.auth.key_pairs import KeyPairError
from ingest.models import KeyPair

T = TypeVar("T")

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


def submit_form(form: forms.BaseForm, action: Callable[[dict[str, Any]], T]) -> T | None:
    """Call `action` with the clean data of a valid form. A ValidationError or KeyPairError of the
    action becomes an error of the form; a form with errors gives None."""
    if not form.is_valid():
        return None
    try:
        return action(form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
    except KeyPairError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    return None


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
