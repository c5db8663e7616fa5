"""The form that makes a share link."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError

from viewer import query
from viewer.http.page_forms import FIELD, SELECT, PairForm, WholeNumberField

LIFETIMES = {
    "1d": ("a day", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "90d": ("90 days", timedelta(days=90)),
}
MAX_QUERY_LENGTH = 2_000


class ShareLinkForm(PairForm):
    name = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={**FIELD, "placeholder": "for whom, or what"}),
    )
    q = forms.CharField(
        required=False,
        label="Only events that match",
        max_length=MAX_QUERY_LENGTH,
        widget=forms.TextInput(
            attrs={**FIELD, "placeholder": "verdict:invalid", "spellcheck": "false"}
        ),
    )
    seq = WholeNumberField(
        required=False, label="or only event No.", min_value=1, max_value=10**15 - 1
    )
    lifetime = forms.ChoiceField(
        label="For",
        initial="7d",
        choices=[(key, words) for key, (words, _) in LIFETIMES.items()],
        widget=forms.Select(attrs=SELECT),
    )
    mask = forms.BooleanField(
        required=False, label="Hide values: only names of fields and problems show"
    )

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        try:
            query.parse_query(text)
        except query.QuerySyntaxError as mistake:
            raise ValidationError(f"The query is not understood: {mistake}") from None
        return text
