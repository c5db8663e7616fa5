from __future__ import annotations

from typing import NamedTuple


class MessageTemplate(NamedTuple):
    """What is wrong and how to fix it. `{name}` stands for an argument; `{field}` for the
    last part of the path.

    `example` is a text that has the fault, or the head of a request. Where judging it does
    not tell what fills the sentence, `args` does."""

    message: str
    hint: str
    example: str
    args: dict[str, str] | None = None
