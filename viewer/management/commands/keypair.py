from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest import pairs
from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from ingest.record import mask


class Command(BaseCommand):
    help = "Add, list, disable, enable and rotate key pairs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="make a key pair")
        add.add_argument("name")
        add.add_argument("--dialect", required=True)
        add.add_argument("--api-key", default="", help="names the stream; made up if not given")
        add.add_argument("--auth-key", default="", help="the second secret; likewise")
        add.add_argument("--json", action="store_true", help="print one JSON object")
        listing = actions.add_parser("list", help="list key pairs, secrets masked")
        listing.add_argument("--json", action="store_true", help="print a JSON array")
        for action, text in (
            ("disable", "refuse what comes with these keys"),
            ("enable", "take it again"),
            ("rotate", "give it two new secrets and refuse the old ones"),
        ):
            change = actions.add_parser(action, help=text)
            change.add_argument("name")
            change.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self._list(options["json"])
            return
        try:
            pair = self._change(options)
        except pairs.Unfit as error:
            raise CommandError(str(error)) from None
        self._print(pair, options["json"])

    def _change(self, options: dict[str, Any]) -> KeyPair:
        if options["action"] == "add":
            return pairs.create(
                options["name"], options["dialect"], options["api_key"], options["auth_key"]
            )
        pair = KeyPair.objects.filter(name=options["name"]).first()
        if pair is None:
            raise pairs.Unfit(f"There is no key pair named “{options['name']}”.")
        change = {"disable": pairs.disable, "enable": pairs.enable, "rotate": pairs.rotate}
        return change[options["action"]](pair)

    def _print(self, pair: KeyPair, as_json: bool) -> None:
        facts = _facts(pair)
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name:>10}  {value}")
        if pair.disabled_at is not None:
            self.stdout.write("  disabled  yes")

    def _list(self, as_json: bool) -> None:
        found = list(KeyPair.objects.order_by("name"))
        if as_json:
            rows = [
                _facts(pair) | {"api_key": mask(pair.api_key), "auth_key": mask(pair.auth_key)}
                for pair in found
            ]
            hidden = ("endpoint",)
            self.stdout.write(
                json.dumps([{k: v for k, v in row.items() if k not in hidden} for row in rows])
            )
            return
        if not found:
            self.stdout.write("No key pairs yet. Make one: keypair add NAME --dialect natero")
        for pair in found:
            state = "disabled" if pair.disabled_at is not None else "in use"
            self.stdout.write(
                f"{pair.name:<30} {pair.dialect:<12} {mask(pair.api_key):<10} {state:<9} "
                f"{pair.last_seq:>12,} events {pair.refused:>8,} refused"
            )


def _facts(pair: KeyPair) -> dict[str, Any]:
    path, _ = BY_NAME[pair.dialect].request_for(pair.api_key, pair.auth_key)
    return {
        "id": pair.pk,
        "name": pair.name,
        "dialect": pair.dialect,
        "api_key": pair.api_key,
        "auth_key": pair.auth_key,
        "endpoint": settings.PUBLIC_URL + path,
        "viewer_url": f"{settings.PUBLIC_URL}/pairs/{pair.pk}/",
    }
