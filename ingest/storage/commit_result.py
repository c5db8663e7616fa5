"""The result of a group commit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class CommitResult:
    newest: dict[int, int] = field(default_factory=dict)  # newest number of each key pair
    lost: list[int] = field(default_factory=list)  # indexes of requests that were not stored
    unanswered: bool = False  # the writer process ended, or could not start
    failed: int = 0  # of `lost`, those the database rejected; the others have no key pair
    commits: list[tuple[int, float]] = field(default_factory=list)  # deliveries, seconds
    # of stored deliveries; status 0: the sender had disconnected
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)  # dialect, status
    verdicts: Counter[str] = field(default_factory=Counter)
    pruned: int = 0
