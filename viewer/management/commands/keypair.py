from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from ingest.receiving.key_tokens import mask_key
from viewer.access.audit_log import COMMAND_LINE, log_action
from viewer.models import Action

ACTIONS = {
    "add": Action.CREATED,
    "disable": Action.DISABLED,
    "enable": Action.ENABLED,
    "rotate": Action.ROTATED,
}


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
            if action == "rotate":
                words = "the old secrets are taken for so long, too (0)"
                change.add_argument("--grace", type=int, default=0, metavar="SECONDS", help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self._list(options["json"])
            return
        try:
            pair = self._change(options)
        except key_pairs.KeyPairError as error:
            raise CommandError(key_pairs.printable_name(str(error))) from None
        self._print(pair, options["json"])

    def _change(self, options: dict[str, Any]) -> KeyPair:
        action, name = options["action"], options["name"]
        if action == "add":
            keys = options["api_key"], options["auth_key"]
            pair = key_pairs.create_key_pair(name, options["dialect"], *keys)
        else:
            pair = self._change_one(action, name, options.get("grace", 0))
        log_action(COMMAND_LINE, ACTIONS[action], pair)
        return pair

    def _change_one(self, action: str, name: str, grace: int) -> KeyPair:
        pair = KeyPair.objects.filter(name=name, deleted_at=None).first()
        if pair is None:
            raise key_pairs.KeyPairError(f"There is no key pair named “{name}”.")
        if action == "rotate":
            if grace < 0:
                raise key_pairs.KeyPairError("--grace must be 0 seconds or more.")
            return key_pairs.rotate_keys(pair, grace)
        return (
            key_pairs.disable_key_pair(pair)
            if action == "disable"
            else key_pairs.enable_key_pair(pair)
        )

    def _print(self, pair: KeyPair, as_json: bool) -> None:
        facts = _facts(pair)
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name:>10}  {key_pairs.printable_name(str(value))}")
        if pair.disabled_at is not None:
            self.stdout.write("  disabled  yes")

    def _list(self, as_json: bool) -> None:
        found = list(KeyPair.objects.filter(deleted_at=None).order_by("folded_name", "name"))
        if as_json:
            rows = [
                _facts(pair)
                | {"api_key": mask_key(pair.api_key), "auth_key": mask_key(pair.auth_key)}
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
            name = key_pairs.printable_name(pair.name)
            self.stdout.write(
                f"{name:<30} {pair.dialect:<12} {mask_key(pair.api_key):<10} {state:<9} "
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
