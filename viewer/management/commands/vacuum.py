from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from ingest.storage.cleanup import erasure


class Command(BaseCommand):
    help = (
        "Rewrite the database without copies of deleted rows. Requests that are to be stored "
        "wait until it ends, and are refused with 503 if it takes too long."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # a plain VACUUM leaves the bytes in free space
                cursor.execute("SET lock_timeout = 0")
                cursor.execute("SET statement_timeout = 0")
                cursor.execute("VACUUM (FULL)")
            else:
                cursor.execute("VACUUM")
        if not erasure.empty_log():
            self.stderr.write("Pages still read the old database. Run this again.")
