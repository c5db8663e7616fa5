"""The second step of a verdict: findings that depend on earlier commits. Duplicates come first,
then new event names near the vendor's limit. The store calls it for the events of a transaction, or
for those of a body that is only validated."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest.dialects import Dialect
from ingest.validation.history.cardinality import MANY_NAMES, warn_high_cardinality
from ingest.validation.history.duplicates import DUPLICATE_CODES, Compared, DuplicateDetector
from ingest.values import ValidatedEvent

COMMIT_CODES = frozenset({*DUPLICATE_CODES, MANY_NAMES})


class CommitHistory:
    """Belongs to the writer's thread. `check_at_commit` only compares; `remember` adds committed
    events."""

    def __init__(self) -> None:
        self._duplicates = DuplicateDetector()

    def check_at_commit(
        self,
        pair: int,
        dialect: Dialect,
        batches: Sequence[Sequence[ValidatedEvent]],
        last_seq: Callable[[], int],
        known_names: Callable[[], set[str]],
    ) -> Compared:
        """Add warnings to the batches to be stored after number `last_seq`. Both functions are
        called only on demand."""
        compared = self._duplicates.compare(pair, batches, last_seq)
        if not dialect.most_names:
            return compared
        marked = warn_high_cardinality(
            compared.batches, known_names(), dialect.most_names, dialect.name_path
        )
        return compared._replace(batches=marked)

    def remember(self, new: dict[int, int], before: int) -> None:
        """Add `new` of `check_at_commit` after the commit, numbered from `before` on."""
        self._duplicates.remember(new, before)
