from __future__ import annotations

import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from email.message import Message
from itertools import count, cycle, islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from ingest.timestamps import now_ms


class Command(BaseCommand):
    help = "Send lifelike sample traffic over HTTP, faults included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pair", required=True, metavar="NAME")
        parser.add_argument("--rate", type=float, default=2, help="events a second (2)")
        parser.add_argument("--count", type=int, default=0, help="how many; without end if 0")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = KeyPair.objects.filter(name=options["pair"]).first()
        if pair is None:
            raise CommandError(f"There is no key pair named “{options['pair']}”.")
        if options["rate"] <= 0 or options["count"] < 0:
            raise CommandError("--rate must be above 0, --count 0 or more.")
        samples = len(BY_NAME[pair.dialect].samples(now_ms(), pair.api_key))
        turns = islice(cycle(range(samples)), options["count"] or None)
        try:
            for number, turn in zip(count(1), turns, strict=False):
                self.stdout.write(f"{number}: {_send(pair, turn)}")
                time.sleep(1 / options["rate"])
        except KeyboardInterrupt:
            self.stdout.write("stopped")


def _send(pair: KeyPair, turn: int) -> str:
    """Send one request. Returns the status, and what is wrong with the request if it is known."""
    dialect = BY_NAME[pair.dialect]
    path, headers = dialect.request_for(pair.api_key, pair.auth_key)
    body = dialect.samples(now_ms(), pair.api_key)[turn].encode()
    request = urllib.request.Request(  # noqa: S310 - our own endpoint
        settings.PUBLIC_URL + path, body, headers | {"User-Agent": "send"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            return _outcome(reply.status, reply.headers)
    except urllib.error.HTTPError as error:
        return _outcome(error.code, error.headers)
    except urllib.error.URLError as error:
        raise CommandError(f"{settings.PUBLIC_URL} does not answer: {error.reason}.") from None


def _outcome(status: int, headers: Message) -> str:
    """For example “400 disabled: The key pair is disabled since 2026-11-20.”"""
    code, detail = headers.get("X-Problem", ""), headers.get("X-Problem-Detail", "")
    return f"{status} {code}: {detail}" if code else str(status)
