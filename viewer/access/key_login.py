"""Sign-in to a key pair with its two keys, without an account."""

from __future__ import annotations

from ingest.auth.misplaced_keys import MAX_KEY_LENGTH
from ingest.models import KeyPair
from ingest.receiving.key_tokens import mask_key
from viewer.access import failed_attempts, key_proofs
from viewer.models import Action


def log_in_with_keys(api_key: str, auth_key: str, sender: str, where: str) -> KeyPair | None:
    """Return the key pair with these keys; a wrong attempt is counted. Raises TooManyAttempts."""
    failed_attempts.enforce_limits(sender, Action.WRONG_KEYS)
    pair = key_proofs.holder_of(api_key, auth_key)
    if pair is None:
        what = f"{where}: API key {mask_key(api_key[:MAX_KEY_LENGTH])}"
        failed_attempts.record_failure(sender, Action.WRONG_KEYS, what, f"{api_key}\0{auth_key}")
    return pair
