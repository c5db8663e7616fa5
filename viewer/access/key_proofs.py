"""Key proofs. Whoever knows both keys of a key pair may open it. The session stores a proof derived
from the keys, never the keys; when the keys are rotated, the proof becomes invalid."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from django.db.models import Q
from django.utils.crypto import salted_hmac

from ingest.auth.key_similarity import constant_time_equal
from ingest.models import KeyPair
from ingest.timestamps import now_ms

PROOFS = "opened"  # session key; maps the id of a key pair to its proof
MAX_OPENED = 20  # key pairs per session; the oldest is dropped first


def holder_of(api_key: str, auth_key: str) -> KeyPair | None:
    """The active key pair with these two keys."""
    if "\0" in api_key:
        return None
    present = KeyPair.objects.filter(disabled_at=None, deleted_at=None)
    found = present.filter(Q(api_key=api_key) | _retired(api_key)).distinct()
    for pair in found:
        if any(_same(api_key, auth_key, keys) for keys in _keys_in_force(pair)):
            return pair
    return None


def proof_of(pair: KeyPair) -> str:
    return _proof(pair.pk, pair.api_key, pair.auth_key)


def remember_proof(proofs: Mapping[str, str], pair: KeyPair) -> dict[str, str]:
    """Return `proofs` with the proof of `pair` as the newest."""
    kept = {key: proof for key, proof in proofs.items() if key != str(pair.pk)}
    newest = list(kept.items())[-(MAX_OPENED - 1) :]
    return dict([*newest, (str(pair.pk), proof_of(pair))])


def still_held(proofs: Mapping[str, str]) -> frozenset[int]:
    """Ids of the key pairs whose proofs are still valid."""
    if not proofs:
        return frozenset()
    return held_among(KeyPair.objects.in_bulk(map(int, proofs)), proofs)


def held_among(pairs: Mapping[int, KeyPair], proofs: Mapping[str, str]) -> frozenset[int]:
    """Those of `pairs`, by id, whose proofs are valid."""
    known = ((pairs.get(int(key)), proof) for key, proof in proofs.items())
    return frozenset(pair.pk for pair, proof in known if pair and _holds(proof, pair))


def _holds(proof: str, pair: KeyPair) -> bool:
    if pair.disabled_at is not None or pair.deleted_at is not None:
        return False
    return any(hmac.compare_digest(proof, _proof(pair.pk, *keys)) for keys in _keys_in_force(pair))


def _retired(api_key: str) -> Q:
    return Q(retired_keys__api_key=api_key, retired_keys__works_until__gt=now_ms())


def _keys_in_force(pair: KeyPair) -> Iterator[tuple[str, str]]:
    yield pair.api_key, pair.auth_key
    for (
        keys
    ) in pair.retired_keys.all():  # a few; pages may have fetched the keys of many pairs at once
        if keys.works_until is not None and keys.works_until > now_ms():
            yield keys.api_key, keys.auth_key


def _same(api_key: str, auth_key: str, keys: tuple[str, str]) -> bool:
    """Constant-time comparison of both keys."""
    return constant_time_equal(keys[0], api_key) & constant_time_equal(keys[1], auth_key)


def _proof(pair_id: int, api_key: str, auth_key: str) -> str:
    return salted_hmac(
        "held keys", f"{pair_id}\0{api_key}\0{auth_key}", algorithm="sha256"
    ).hexdigest()
