"""Django's admin with a site of our own. A file of its own: Django looks for an app's one
configuration in apps.py."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class OwnersAdmin(AdminConfig):
    default_site = "viewer.admin_site.OwnersSite"
