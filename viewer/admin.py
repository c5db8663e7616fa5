"""What owners find in /admin. Read-only is what the product itself must do, because it is counted,
recorded or shown once. Secrets are masked, digests of tokens not shown at all."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from ingest.models import KeyPair, UnmatchedRequest
from ingest.receiving.key_tokens import mask_key
from viewer.access.audit_log import log_action
from viewer.access.decorators import get_visitor
from viewer.access.permissions import SUPPORT
from viewer.models import (
    Action,
    AuditLogEntry,
    Identity,
    Invitation,
    Member,
    SavedView,
    ShareLink,
)
from viewer.pages import to_datetime

_WAYS_TO_FILTER = frozenset({"", "exact", "isnull", "id__exact"})  # Django's own links


class ListedFilters(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list is filtered by what stands beside it alone. Django takes any other field from the
    address as well, and so tells a key or a digest letter by letter."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        field, _, way = lookup.partition("__")
        is_listed = field in self.list_filter and way in _WAYS_TO_FILTER
        return is_listed and "\0" not in str(value)  # which PostgreSQL does not look for


class ReadOnly(ListedFilters):
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditedAdmin(ListedFilters):
    """What is changed here stands in the audit log, too."""

    action = Action.PERSON_CHANGED

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._noted(request, obj, super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._noted(request, obj, super().log_change(request, obj, message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._note(request, obj, "deleted")
        return super().log_deletions(request, queryset)

    def _noted(self, request: HttpRequest, obj: Any, entry: LogEntry) -> LogEntry:
        self._note(request, obj, entry.get_change_message())
        return entry

    def _note(self, request: HttpRequest, obj: Any, what: str) -> None:
        pair = obj.keypair if isinstance(obj, Member | SavedView) else None
        detail = f"admin: {self.opts.verbose_name} {obj}: {what}"
        log_action(get_visitor(request), self.action, pair, detail)


class NoBulkDelete(AuditedAdmin):
    """Some of them may not be deleted, which the action for many would not ask."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        return {name: action for name, action in actions.items() if name != "delete_selected"}


class PairAdminMixin(ListedFilters):
    @admin.display(description="managed at")
    def managed_at(self, obj: Any) -> str:
        pair = obj if isinstance(obj, KeyPair) else obj.keypair
        if pair is None:
            return format_html('<a href="{}">People</a>', reverse("people"))
        if pair.deleted_at:
            return "deleted"
        return format_html(
            '<a href="{}">its settings</a>', reverse("pair-settings", args=[pair.pk])
        )


def _time(milliseconds: int) -> str:
    return f"{to_datetime(milliseconds):%Y-%m-%d %H:%M:%S}"


admin.site.unregister([User, Group])


@admin.register(User)
class People(NoBulkDelete, auth_admin.UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_superuser", "is_active", "groups")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "email")}),
        ("Rights", {"fields": ("is_active", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody changes their own rights: the last owner would be gone."""
        own = ("is_active", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *(own if obj == request.user else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)


@admin.register(Group)
class Groups(NoBulkDelete, auth_admin.GroupAdmin):
    filter_horizontal = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name",) if self._is_ours(obj) else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_ours(obj) and super().has_delete_permission(request, obj)

    def _is_ours(self, obj: Any) -> bool:
        return obj is not None and obj.name == SUPPORT


@admin.register(Identity)
class Identities(NoBulkDelete, ReadOnly):
    """To delete one makes its owner a new account at the next sign-in."""

    list_display = ("subject", "issuer", "user", "created_at")
    list_select_related = ("user",)
    search_fields = ("subject", "user__username")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_visitor(request).is_owner


@admin.register(KeyPair)
class KeyPairs(PairAdminMixin, ReadOnly):
    list_display = (
        *("name", "dialect", "masked_api_key", "state", "last_seq", "refused"),
        *("last_received", "managed_at"),
    )
    list_filter = ("dialect",)
    search_fields = ("name",)
    fields = (
        *("name", "dialect", "masked_api_key", "masked_auth_key", "state", "created"),
        *("max_events", "max_age_days", "last_seq", "first_seq", "last_delivery"),
        *("last_received", "valid", "warning", "invalid", "malformed", "refused", "managed_at"),
    )

    @admin.display(description="API key")
    def masked_api_key(self, pair: KeyPair) -> str:
        return mask_key(pair.api_key)

    @admin.display(description="auth key")
    def masked_auth_key(self, pair: KeyPair) -> str:
        return mask_key(pair.auth_key)

    @admin.display
    def state(self, pair: KeyPair) -> str:
        if pair.deleted_at:
            return f"deleted {_time(pair.deleted_at)}"
        return f"disabled {_time(pair.disabled_at)}" if pair.disabled_at else "in force"

    @admin.display(ordering="created_at")
    def created(self, pair: KeyPair) -> str:
        return _time(pair.created_at)

    @admin.display(ordering="last_received_at")
    def last_received(self, pair: KeyPair) -> str:
        return _time(pair.last_received_at) if pair.last_received_at else "-"


@admin.register(Member)
class Members(AuditedAdmin, PairAdminMixin):
    action = Action.MEMBER_CHANGED
    list_display = ("keypair", "user", "role", "added_at", "managed_at")
    list_select_related = ("keypair", "user")
    list_filter = ("role",)
    search_fields = ("keypair__name", "user__username")
    raw_id_fields = ("keypair", "user")


@admin.register(Invitation)
class Invitations(PairAdminMixin, ReadOnly):
    list_display = (
        *("label", "keypair", "role", "group", "invited_by", "created_at", "used_at"),
        *("used_by", "managed_at"),
    )
    list_select_related = ("keypair", "invited_by", "used_by")
    search_fields = ("label", "keypair__name")
    exclude = ("token_hash",)


@admin.register(ShareLink)
class ShareLinks(PairAdminMixin, ReadOnly):
    list_display = (
        *("name", "keypair", "created_by", "created_at", "expires_at", "revoked_at"),
        *("openings", "managed_at"),
    )
    list_select_related = ("keypair", "created_by")
    search_fields = ("name", "keypair__name")
    exclude = ("token_hash",)


@admin.register(SavedView)
class SavedViews(AuditedAdmin, PairAdminMixin, ReadOnly):
    action = Action.DELETED
    list_display = ("name", "keypair", "created_at")
    list_select_related = ("keypair",)
    search_fields = ("name", "keypair__name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_visitor(request).is_owner


@admin.register(AuditLogEntry)
class AuditLogEntries(ReadOnly):
    list_display = ("at", "action", "actor", "sender", "pair_name", "detail")
    list_filter = ("action",)
    search_fields = ("actor", "sender", "pair_name", "detail")
    ordering = ("-pk",)


@admin.register(UnmatchedRequest)
class UnmatchedRequests(ReadOnly):
    list_display = ("received", "dialect", "method", "path", "sender", "status")
    list_filter = ("dialect", "status")
    search_fields = ("path", "sender")
    ordering = ("-pk",)
    fields = (
        *("received", "dialect", "method", "path", "headers", "sender", "encoding"),
        *("wire_size", "size", "status", "problems"),
    )

    @admin.display(ordering="received_at")
    def received(self, row: UnmatchedRequest) -> str:
        return _time(row.received_at)


@admin.register(AccessAttempt)
class LoginFailures(AuditedAdmin, ReadOnly):
    """Failures to sign in. Without them, who is locked out may try again."""

    action = Action.SIGN_IN_UNLOCKED
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_visitor(request).is_owner
