from __future__ import annotations

import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from ingest.receiving.key_tokens import mask_key
from ingest.storage.cleanup import key_pair_deletion
from viewer.access.audit_log import COMMAND_LINE, log_action
from viewer.models import Action

ACTIONS = {
    "add": Action.CREATED,
    "disable": Action.DISABLED,
    "enable": Action.ENABLED,
    "rotate": Action.ROTATED,
    "delete": Action.DELETED,
}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Command(BaseCommand):
    help = "Add, list, disable, enable, rotate and delete key pairs."

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
            ("rotate", "replace both keys"),
            ("delete", "delete it with all its events"),
        ):
            change = actions.add_parser(action, help=text)
            change.add_argument("name")
            change.add_argument("--json", action="store_true", help="print one JSON object")
            if action == "rotate":
                words = "how long the old keys are accepted, such as 0, 12h or 7d (7d)"
                change.add_argument(
                    *("--keep", "--grace"),
                    dest="grace",
                    type=_duration,
                    default="7d",
                    metavar="DURATION",
                    help=words,
                )
            if action == "delete":
                change.add_argument("--yes", action="store_true", help="do not ask")

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
            pair = self._change_one(action, name, options)
        log_action(COMMAND_LINE, ACTIONS[action], pair)
        if action == "delete":
            key_pair_deletion.delete_now(pair)
        return pair

    def _change_one(self, action: str, name: str, options: dict[str, Any]) -> KeyPair:
        pair = KeyPair.objects.filter(name=name, deleted_at=None).first()
        if pair is None:
            raise key_pairs.KeyPairError(f"There is no key pair named “{name}”.")
        if action == "rotate":
            return key_pairs.rotate_keys(pair, options["grace"])
        if action == "delete":
            if not (options["yes"] or _confirms(pair)):
                raise key_pairs.KeyPairError("Nothing is deleted.")
            return pair
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
        if pair.deleted_at is not None:
            name = key_pairs.printable_name(pair.name)
            self.stdout.write(f"“{name}” and its {pair.last_seq:,} events are deleted.")
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


def _duration(text: str) -> int:
    """Seconds of `7d`, `12h`, `30m` or `90`."""
    match = re.fullmatch(r"(\d{1,9})([smhd]?)", text)
    if match is None:
        raise ArgumentTypeError(f"“{text}” isn’t a duration. Use 0, 90, 30m, 12h or 7d.")
    return int(match[1]) * _SECONDS[match[2]]


def _confirms(pair: KeyPair) -> bool:
    """Ask at the terminal; without one the answer is no."""
    name = key_pairs.printable_name(pair.name)
    try:
        typed = input(f"This deletes {pair.last_seq:,} events. Type “{name}” to confirm: ")
    except EOFError:
        return False
    return typed == pair.name


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
