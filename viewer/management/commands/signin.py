from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from viewer.accounts.sign_in import new_sign_in_link


class Command(BaseCommand):
    help = "Print a link that signs one browser in, once, within a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_sign_in_link())
