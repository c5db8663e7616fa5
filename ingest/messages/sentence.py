from __future__ import annotations

from typing import NamedTuple


class MessageTemplate(NamedTuple):
    """The fault and its fix. `{name}` is replaced by an argument; `{field}` for the
    last part of the path.

    `example` is a text that has the fault, or the head of a request. `args` has the
    values of the placeholders if validating `example` does not produce them."""

    message: str
    hint: str
    example: str
    args: dict[str, str] | None = None
