from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from viewer import bootstrap


class Command(BaseCommand):
    help = "Bring the database up to date, make the first key pairs, say where everything is."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            is_first = bootstrap.prepare_instance()
        except bootstrap.StartupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(bootstrap.startup_banner(sys.stdout, is_first))
