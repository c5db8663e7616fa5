"""The forms of the pages for key pairs, people and sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    SetPasswordForm,
    UserCreationForm,
    UsernameField,
)
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from viewer.access.permissions import GROUPS, OWNER
from viewer.http.page_forms import FIELD, KEY, SEARCH, SELECT, PairForm, WholeNumberField
from viewer.models import Action, Member, Role

MAX_USERNAME_LENGTH = 150  # of Django's User
GRACES = {
    "7d": ("after 7 days", 7 * 86_400),
    "30d": ("after 30 days", 30 * 86_400),
    "1d": ("after a day", 86_400),
    "1h": ("after an hour", 3_600),
    "0": ("immediately", 0),
}

_ROLES = [(role.value, role.label.lower()) for role in Role]
_NAME_LENGTH = 100
_COLUMNS_SEARCHED = "Person, key pair, address or detail"
_STALE_PAGE = "The form is not understood. Load the page again."
_GENERATED = {**KEY, "placeholder": "Leave blank to generate one"}


class HiddenIdField(forms.IntegerField):
    widget = forms.HiddenInput
    default_error_messages = {"required": _STALE_PAGE, "invalid": _STALE_PAGE}  # noqa: RUF012


# -- signing in, accounts -----------------------------------------------------------------------


class _StyledForm(forms.BaseForm):
    """One of Django's own forms with the look of this product's."""

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
            field.widget.attrs["class"] = "field"
            field.help_text = ""


class SignInForm(_StyledForm, AuthenticationForm):
    """django-axes could not store the failure of a name that is longer than names are."""

    username = UsernameField(
        label="Name",
        max_length=MAX_USERNAME_LENGTH,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError("Wrong name or password.", code="invalid_login")


class _WrittenKeyField(forms.CharField):
    """Accepts a NUL: such a key is wrong, and counts as a wrong attempt."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, max_length=200, widget=forms.PasswordInput(attrs=KEY))
        self.validators = [
            each
            for each in self.validators
            if not isinstance(each, ProhibitNullCharactersValidator)
        ]


class OpenKeyPairForm(forms.Form):
    """The keys are secrets: the page never shows them again."""

    api_key = _WrittenKeyField("API key")
    auth_key = _WrittenKeyField("Auth key")


class SignUpForm(_StyledForm, UserCreationForm):  # type: ignore[type-arg]
    """The name of the owner, whom the link of `make run` signs in, is not given away."""

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        self.fields["username"].label = "Name"
        self.fields["username"].widget.attrs["spellcheck"] = "false"
        self.fields["password2"].label = "Confirm password"

    def clean_username(self) -> str:
        name: str = self.cleaned_data.get("username", "")
        if name.lower() == OWNER:
            raise ValidationError("A user with that username already exists.")
        return super().clean_username()


class FirstPasswordForm(_StyledForm, SetPasswordForm):  # type: ignore[type-arg]
    """For an account that was made without a password."""


class ChangePasswordForm(_StyledForm, PasswordChangeForm):
    """Asks for the present password, too."""


# -- key pairs ----------------------------------------------------------------------------------


class NewKeyPairForm(forms.Form):
    name = forms.CharField(max_length=_NAME_LENGTH, widget=forms.TextInput(attrs=FIELD))
    dialect = forms.ChoiceField(
        label="Vendor",
        choices=[(dialect.name, dialect.title) for dialect in BY_NAME.values()],
        widget=forms.Select(attrs=SELECT),
    )
    api_key = forms.CharField(
        label="API key",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=_GENERATED),
    )
    auth_key = forms.CharField(
        label="Auth key",
        required=False,
        max_length=200,
        # an error elsewhere must not clear it, or the next submission would generate another key
        widget=forms.TextInput(attrs=_GENERATED),
    )


class RenameForm(PairForm):
    name = forms.CharField(
        max_length=_NAME_LENGTH, widget=forms.TextInput(attrs={**FIELD, "aria-label": "Name"})
    )


class RevealKeysForm(PairForm):
    """Only a button."""


class ConfirmedForm(PairForm):
    """Asks before a choice that refuses senders: its first submission shows the form again with the
    question, and a hidden field confirms the choice in the next one."""

    confirmed = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    asked_field: str  # holds the choice
    questions: Mapping[str, str]  # by choice

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        choice = data.get(self.asked_field, "")
        question = self.questions.get(choice)
        if question and data.get("confirmed") != choice:
            self.data = {**self.data, "confirmed": choice}
            self.add_error(self.asked_field, question)
        return data


class RotateKeysForm(ConfirmedForm):
    grace = forms.ChoiceField(
        label="Replace the keys. Old keys stop working",
        choices=[(key, words) for key, (words, _) in GRACES.items()],
        widget=forms.Select(attrs=SELECT),
    )
    asked_field = "grace"
    questions = MappingProxyType(
        {
            "0": "Nothing is replaced yet. Every sender with the old keys would be refused within "
            "5 seconds. Press Rotate again to confirm, or choose a later time."
        }
    )


class EndOldKeysForm(PairForm):
    keys = HiddenIdField()


class RetentionForm(PairForm):
    max_events = WholeNumberField(label="At most")
    max_age_days = WholeNumberField(label="for")


class SendersForm(ConfirmedForm):
    """Whether senders are let in."""

    asked_field = "senders"
    questions = MappingProxyType(
        {
            "refused": "Nothing has changed yet. All senders would be refused within 5 seconds, "
            "until the key pair is enabled again. Press Disable again to confirm."
        }
    )
    senders = forms.ChoiceField(
        choices=[("refused", "refused"), ("accepted", "accepted")],
        error_messages={"required": _STALE_PAGE, "invalid_choice": _STALE_PAGE},
    )


class DeleteKeyPairForm(PairForm):
    name = forms.CharField(
        label="Delete this key pair and all its events. Type its name to confirm:",
        max_length=_NAME_LENGTH,
        widget=forms.TextInput(attrs={**FIELD, "autocomplete": "off"}),
    )

    def __init__(self, pair: KeyPair, *args: Any, **arguments: Any) -> None:
        super().__init__(pair, *args, **arguments)
        self.fields["name"].widget.attrs["placeholder"] = pair.name

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.pair.name:
            raise ValidationError(
                "Nothing is deleted: the name you typed is not that of this key pair."
            )
        return name


class MemberForm(PairForm):
    member = forms.ModelChoiceField(
        Member.objects.none(),
        widget=forms.HiddenInput,
        error_messages={
            "required": _STALE_PAGE,
            "invalid_choice": "This person is no member any more.",
        },
    )

    def __init__(self, pair: KeyPair, *args: Any, **arguments: Any) -> None:
        super().__init__(pair, *args, **arguments)
        field = self.fields["member"]
        field.queryset = Member.objects.filter(keypair=pair).select_related("user")  # type: ignore[attr-defined]


class ChangeRoleForm(MemberForm):
    role = forms.ChoiceField(choices=_ROLES, widget=forms.Select(attrs=SELECT))


class InviteMemberForm(PairForm):
    label = forms.CharField(
        label="Invite",
        required=False,
        max_length=_NAME_LENGTH,
        widget=forms.TextInput(attrs={**FIELD, "placeholder": "who"}),
    )
    role = forms.ChoiceField(label="who may", choices=_ROLES, widget=forms.Select(attrs=SELECT))


class UninviteForm(forms.Form):
    invitation = HiddenIdField()


class UninviteMemberForm(PairForm, UninviteForm):
    pass


class RevokeShareLinkForm(PairForm):
    share = HiddenIdField()


class AuditLogSearchForm(forms.Form):
    text = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={**SEARCH, "aria-label": _COLUMNS_SEARCHED, "placeholder": _COLUMNS_SEARCHED}
        ),
    )
    action = forms.ChoiceField(
        required=False,
        choices=[("", "every action"), *((action, action) for action in Action.values)],
        widget=forms.Select(attrs={**SELECT, "aria-label": "Action"}),
    )


# -- people -------------------------------------------------------------------------------------


class InviteToServerForm(forms.Form):
    label = forms.CharField(
        label="Who",
        required=False,
        max_length=_NAME_LENGTH,
        widget=forms.TextInput(attrs=FIELD),
    )
    group = forms.ChoiceField(
        required=False, choices=list(GROUPS.items()), widget=forms.Select(attrs=SELECT)
    )


class ChangePersonForm(forms.Form):
    """The group of a user, and whether the user may sign in."""

    user = forms.ModelChoiceField(
        User.objects.all(),
        widget=forms.HiddenInput,
        error_messages={
            "required": _STALE_PAGE,
            "invalid_choice": "There is no such person any more.",
        },
    )
    group = forms.ChoiceField(
        required=False, choices=list(GROUPS.items()), widget=forms.Select(attrs=SELECT)
    )
    active = forms.BooleanField(required=False, label="may sign in")
