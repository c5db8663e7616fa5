"""Deletes traces of a deleted key pair outside its own data: refused requests with its keys, or
with similar ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import QuerySet

from ingest.models import Delivery, StoredRequest, UnmatchedRequest
from ingest.problems import problems_from_json
from ingest.receiving.key_tokens import mask_key

OF_TWO_PAIRS = "keys-of-two-pairs"
CLEARED = "(cleared: it came with a key of a deleted key pair)"


def forget_key_traces(pair: int, dialect: str, keys: Collection[str]) -> None:
    """Delete unmatched requests, and clear refused deliveries of other key pairs, whose numbers and
    counts stay."""
    for other, received_at in _shared_with(pair):
        _clear(Delivery.objects.filter(keypair=other, received_at=received_at))
    _clear_mentions(dialect, keys)
    ids = [
        row.pk for row in UnmatchedRequest.objects.iterator() if _is_about(row, pair, dialect, keys)
    ]
    UnmatchedRequest.objects.filter(pk__in=ids).delete()


def _shared_with(pair: int) -> Iterator[tuple[int, int]]:
    """(key pair, time) of requests that had a key of this pair and a key of another one."""
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
    """Clear deliveries whose unmatched request was already pruned."""
    masked = [mask_key(key) for key in keys]
    shared = Delivery.objects.filter(dialect=dialect, problems__contains=OF_TWO_PAIRS)
    for row in shared.only("keypair", "number", "path", "headers").iterator():
        if any(text in row.path or text in row.headers for text in masked):
            _clear(Delivery.objects.filter(keypair=row.keypair_id, number=row.number))


def _clear(deliveries: QuerySet[Delivery]) -> None:
    shared = deliveries.filter(refused=True, problems__contains=OF_TWO_PAIRS)
    shared.update(path=CLEARED, headers="", excerpt=b"")


def _is_about(row: StoredRequest, pair: int, dialect: str, keys: Collection[str]) -> bool:
    """Whether the row names the pair, or contains one of its keys or the stored first or last
    characters of one."""
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
