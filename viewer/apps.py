from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.http import HttpRequest


class ViewerConfig(AppConfig):
    name = "viewer"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from viewer.config import checks  # noqa: F401 - registers them
        from viewer.tracking_plans.plan_suspensions import listen_for_suspensions

        connection_created.connect(_add_functions)
        user_logged_in.connect(_keep_session)
        listen_for_suspensions()


def _keep_session(request: HttpRequest, **_: Any) -> None:
    """Restore the usual session age after a share link shortened it."""
    request.session.set_expiry(None)


def _add_functions(connection: Any, **_: Any) -> None:
    from viewer.query.text_search import add_functions

    if connection.vendor == "sqlite":
        add_functions(connection.connection)
