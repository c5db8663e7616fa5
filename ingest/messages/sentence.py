from __future__ import annotations

from typing import NamedTuple


class MessageTemplate(NamedTuple):
    """The fault and its fix. `{name}` is replaced by an argument; `{field}` for the
    last part of the path.

    `example` is a text that has the fault, or the head of a request. Where judging it does
    not tell what fills the sentence, `args` does."""

    message: str
    hint: str
    example: str
    args: dict[str, str] | None = None
