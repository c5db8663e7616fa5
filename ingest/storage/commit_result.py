"""What became of the deposits that were to be stored together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class CommitResult:
    newest: dict[int, int] = field(default_factory=dict)  # number of each key pair
    lost: list[int] = field(default_factory=list)  # places of those that are not in the database
    unanswered: bool = False  # the process for it ended, or there was none
    failed: int = 0  # how many of these the database did not take; the others have no key pair
    commits: list[tuple[int, float]] = field(default_factory=list)  # deliveries, seconds
    # of what was stored; 0 as a status: the sender was gone
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)  # dialect, status
    verdicts: Counter[str] = field(default_factory=Counter)
    pruned: int = 0
