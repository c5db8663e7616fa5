"""Django's admin with our own site. In its own file because Django looks for an app's single
configuration in apps.py."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class OwnersAdmin(AdminConfig):
    default_site = "viewer.admin_site.OwnersSite"
