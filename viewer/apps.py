from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ViewerConfig(AppConfig):
    name = "viewer"

    def ready(self) -> None:
        from viewer import checks  # noqa: F401 - registers them
        from viewer.access.suspensions import listen

        connection_created.connect(_add_functions)
        listen()


def _add_functions(connection: Any, **_: Any) -> None:
    from viewer.query.large import add_functions

    if connection.vendor == "sqlite":
        add_functions(connection.connection)
