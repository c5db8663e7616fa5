"""What else is stored of a customer whose key pair is deleted: refused requests with its keys, or
with something like them, that stand elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import QuerySet

from ingest.models import Delivery, StoredRequest, UnmatchedRequest
from ingest.problems import problems_from_json
from ingest.receiving.key_tokens import mask_key

OF_TWO_PAIRS = "keys-of-two-pairs"
CLEARED = "(cleared: it came with a key of a deleted key pair)"


def forget_key_traces(pair: int, dialect: str, keys: Collection[str]) -> None:
    """Delete unmatched requests, clear what other key pairs have. Their numbers and counts stay."""
    for other, received_at in _shared_with(pair):
        _clear(Delivery.objects.filter(keypair=other, received_at=received_at))
    _clear_mentions(dialect, keys)
    doomed = [
        row.pk for row in UnmatchedRequest.objects.iterator() if _is_about(row, pair, dialect, keys)
    ]
    UnmatchedRequest.objects.filter(pk__in=doomed).delete()


def _shared_with(pair: int) -> Iterator[tuple[int, int]]:
    """Other key pairs whose key came together with one of this pair, and when."""
    for problems, received_at in UnmatchedRequest.objects.filter(
        problems__contains=OF_TWO_PAIRS
    ).values_list("problems", "received_at"):
        ids = _pairs_in(problems)
        if pair in ids:
            yield from ((other, received_at) for other in ids if other != pair)


def _pairs_in(problems: str) -> set[int]:
    found: set[int] = set()
    for problem in problems_from_json(problems):
        args = problem.args or {}
        found |= {int(args[name]) for name in ("api_pair", "auth_pair") if name in args}
    return found


def _clear_mentions(dialect: str, keys: Collection[str]) -> None:
    """Also those whose unmatched request is no longer kept."""
    masked = [mask_key(key) for key in keys]
    shared = Delivery.objects.filter(dialect=dialect, problems__contains=OF_TWO_PAIRS)
    for row in shared.only("keypair", "number", "path", "headers").iterator():
        if any(text in row.path or text in row.headers for text in masked):
            _clear(Delivery.objects.filter(keypair=row.keypair_id, number=row.number))


def _clear(deliveries: QuerySet[Delivery]) -> None:
    shared = deliveries.filter(refused=True, problems__contains=OF_TWO_PAIRS)
    shared.update(path=CLEARED, headers="", excerpt=b"")


def _is_about(row: StoredRequest, pair: int, dialect: str, keys: Collection[str]) -> bool:
    """Whether it names the pair, holds a key of it, or what is much like one: secrets are stored
    by their first and last characters."""
    if pair in _pairs_in(row.problems):
        return True
    texts = [row.path, row.headers, row.reply or "", bytes(row.excerpt).decode("latin-1")]
    text = "\n".join(texts)
    if any(key in text for key in keys):
        return True
    return row.dialect == dialect and any(piece in text for piece in _pieces(keys))


def _pieces(keys: Collection[str]) -> set[str]:
    return {f"{mask_key(key).split('…')[0]}…" for key in keys} | {
        f"…{key[-3:]}" for key in keys if not mask_key(key).endswith("…")
    }
