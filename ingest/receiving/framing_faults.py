"""Requests whose body has no certain end. A server must not read such a body: the next request may
hide in it (request smuggling). It passes on the head with NOT_FRAMED in the scope, and closes the
connection after the reply."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.values import Refusal

NOT_FRAMED = "ingest.not_framed"  # a key of an ASGI scope


def framing_refusal(headers: Sequence[tuple[bytes, bytes]]) -> Refusal | None:
    """The reason why a body has no certain end; None if the headers do not show it."""
    lengths = [value.strip() for name, value in headers if name == b"content-length"]
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if lengths and codings:
        return Refusal("both-lengths", status=400)
    if codings and codings != [b"chunked"]:
        return Refusal("transfer-encoding-not-read", status=400)
    if len(lengths) > 1:
        return Refusal("two-lengths", {"count": f"{len(lengths)}"}, 400)
    if lengths and not lengths[0].isdigit():
        return Refusal("length-not-a-number", status=400)
    return None
