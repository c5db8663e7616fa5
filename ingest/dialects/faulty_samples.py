"""Faulty requests that the page offers for trying out a test endpoint."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from ingest.values import Json


class FaultySample(NamedTuple):
    """`title` names the fault. `keys` (API key, auth key) replace those of the key pair; `headers`
    are added to the request."""

    title: str
    body: str
    keys: tuple[str, str] | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed: a fault is a value


def sample_text(event: Json) -> str:
    return orjson.dumps(event).decode()


def sample_without(event: dict[str, Json], name: str) -> dict[str, Json]:
    return {field: value for field, value in event.items() if field != name}


def sample_one_character_off(key: str) -> str:
    return key[:-1] + ("1" if key[-1] == "0" else "0")


def sample_declared_gzip(body: str) -> FaultySample:
    headers = {"Content-Encoding": "gzip"}
    return FaultySample("The body is declared gzip, but plain", body, headers=headers)
