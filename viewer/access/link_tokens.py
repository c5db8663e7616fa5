"""Tokens of links. The database stores only their digests."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(24)


def token_digest(token: str) -> str:
    """A plain hash is sufficient because the random part is long."""
    return hashlib.sha256(token.encode()).hexdigest()
