"""Secrets of links. The database holds their digests alone."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(24)


def token_digest(token: str) -> str:
    """As the random part is long, a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
