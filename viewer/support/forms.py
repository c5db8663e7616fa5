"""The search form of the support desk."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from viewer.http.page_forms import SEARCH
from viewer.support.search import MAX_LENGTH, MIN_LENGTH

_FINDS = "A piece of a key or name, an account or user id, a sender’s address"


class DeskSearchForm(forms.Form):
    needle = forms.CharField(
        max_length=MAX_LENGTH,
        widget=forms.TextInput(
            attrs={
                **SEARCH,
                "aria-label": "Find a key pair",
                "placeholder": _FINDS,
                "autocomplete": "off",
            }
        ),
    )

    def clean_needle(self) -> str:
        needle: str = self.cleaned_data["needle"]
        if len(needle) < MIN_LENGTH:
            raise ValidationError(f"Look for {MIN_LENGTH} to {MAX_LENGTH} characters.")
        return needle
