"""/admin: for owners, with the common sign-in page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.shortcuts import redirect

from viewer.access.decorators import get_visitor, owner_required
from viewer.accounts.sign_in import sign_out_page


class OwnersSite(AdminSite):
    site_header = "Admin"
    site_title = "Instrumentation Viewer"
    index_title = "What is stored"

    def has_permission(self, request: HttpRequest) -> bool:
        return get_visitor(request).is_owner

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return owner_required(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("admin:index")  # which redirects strangers to the sign-in

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return sign_out_page(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account")
