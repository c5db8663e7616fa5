from __future__ import annotations

import sys
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from viewer import bootstrap
from viewer.server.daphne_server import StreamingServer


class Command(BaseCommand):
    help = "Prepare this desk, say where everything is, and serve (Daphne)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            is_first = bootstrap.prepare_instance()
        except bootstrap.StartupError as error:
            raise CommandError(str(error)) from None
        from viewer.asgi import application, connections

        self.stdout.write(bootstrap.startup_banner(sys.stdout, is_first))
        self.stdout.flush()
        StreamingServer(
            application=application,
            connections=connections,
            endpoints=build_endpoint_description_strings(host=settings.HOST, port=settings.PORT),
            action_logger=None,  # an access log would contain keys
            http_timeout=None,
            websocket_timeout=-1,
            application_close_timeout=10,
            server_name="",
        ).run()
