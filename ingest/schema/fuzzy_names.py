"""Fuzzy name matching: another case or style, a typing error.

Senders control the input, so every search is bounded: by the length of names, by the number of
candidates that are compared letter by letter, and, within `limited_comparisons`, by the total
number of comparisons."""

from __future__ import annotations

import functools
import heapq
import threading
from collections.abc import Iterable
from typing import NamedTuple

MAX_LENGTH = 40  # characters; longer names are not compared
MAX_KNOWN = 1_000  # names that a search considers
MAX_COMPARED = 100  # names that one search compares letter by letter: 1 to 2 ms
COMPARISONS = 10 * MAX_COMPARED  # within `limited_comparisons`

_MAX_FOLDED_LENGTH = 100
_MAX_CACHED = 2_000  # characters of known names, up to which results are cached
_CLOSE = 0.75  # if something is known to be wrong
_VERY_CLOSE = 0.89  # if nothing else is wrong: one different letter in ten


class _Budget(threading.local):
    """The comparisons left to the searches of a thread; None if only each search is limited.
    Scanning twenty names counts as one comparison."""

    left: int | None = None

    @property
    def is_used_up(self) -> bool:
        return self.left is not None and self.left <= 0

    def charge(self, comparisons: int) -> None:
        if self.left is not None:
            self.left -= comparisons


search_budget = _Budget()


class limited_comparisons:
    """A context in which all searches together make about `comparisons` comparisons; after that
    they find nothing. A nested context has no effect."""

    __slots__ = ("_before", "_comparisons")

    def __init__(self, comparisons: int = COMPARISONS) -> None:
        self._comparisons = comparisons

    def __enter__(self) -> None:
        before = self._before = search_budget.left
        if before is None:
            search_budget.left = self._comparisons

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            search_budget.left = None


def normalize_name(name: str) -> str:
    """Remove case and style: accountId, account_id and ACCOUNT-ID become equal."""
    return _fold(name[:_MAX_FOLDED_LENGTH])


@functools.lru_cache(maxsize=4096)  # all missing fields are searched among the same names
def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


@functools.lru_cache(maxsize=4096)
def _letters(folded: str) -> str:
    return "".join(sorted(folded))


def closest_match(name: str, known: Iterable[str], cutoff: float = _CLOSE) -> str:
    """The most similar known name; the empty string if none is similar, or for long names."""
    if len(name) > MAX_LENGTH or search_budget.is_used_up:
        return ""
    candidates = tuple(other for other in known if len(other) <= MAX_LENGTH)[:MAX_KNOWN]
    if sum(map(len, candidates)) <= _MAX_CACHED:
        return _cached_search(name, candidates, cutoff)
    return _search(name, candidates, cutoff)


class _Candidate(NamedTuple):
    folded: str
    name: str
    letters: int  # a bit set


@functools.lru_cache(maxsize=16)
def _candidates(known: tuple[str, ...]) -> dict[str, _Candidate]:
    """By folded name; the first one if several fold to the same name."""
    folded = {normalize_name(name): name for name in reversed(known)}
    return {
        folded_name: _Candidate(folded_name, name, _letter_set(folded_name))
        for folded_name, name in folded.items()
    }


def _search(name: str, known: tuple[str, ...], cutoff: float) -> str:
    folded = normalize_name(name)
    candidates = _candidates(known)
    if folded in candidates:
        return candidates[folded].name
    likely = _likely(folded, candidates.values(), cutoff)
    search_budget.charge(2 + len(likely) + len(candidates) // 20)
    positions = _positions_of(folded)
    best, found = cutoff, ""
    for candidate in likely:
        ratio = _ratio(positions, len(folded), candidate.folded)
        if ratio >= best and (ratio > best or not found):
            best, found = ratio, candidate.name
    return found


_cached_search = functools.lru_cache(maxsize=512)(_search)  # senders repeat an error in every event


def _likely(folded: str, candidates: Iterable[_Candidate], cutoff: float) -> list[_Candidate]:
    """The candidates whose similarity can reach `cutoff`, estimated from lengths and letters; at
    most MAX_COMPARED, the most similar ones."""
    letters, length = _letter_set(folded), len(folded)
    bounds: list[tuple[float, _Candidate]] = []
    for candidate in candidates:
        other = len(candidate.folded)
        both = length + other
        unlike = max(abs(length - other), (letters ^ candidate.letters).bit_count())
        if both and both - unlike >= cutoff * both:
            bounds.append((unlike / both, candidate))
    if len(bounds) > MAX_COMPARED:
        bounds = heapq.nsmallest(MAX_COMPARED, bounds, key=lambda bound: bound[0])
    return [candidate for _, candidate in bounds]


def _letter_set(folded: str) -> int:
    letters = 0
    for letter in folded:
        letters |= 1 << (ord(letter) & 63)
    return letters


def _positions_of(folded: str) -> dict[str, int]:
    """For each letter the bit set of its positions."""
    positions: dict[str, int] = {}
    for at, letter in enumerate(folded):
        positions[letter] = positions.get(letter, 0) | 1 << at
    return positions


def _ratio(positions: dict[str, int], length: int, other: str) -> float:
    """The similarity of two names, from 0 to 1: twice the length of their longest common
    subsequence, divided by the sum of their lengths. Bit-parallel algorithm of Hyyrö (2004)."""
    unmatched = all_positions = (1 << length) - 1
    for letter in other:
        matching = unmatched & positions.get(letter, 0)
        unmatched = (unmatched + matching) | (unmatched - matching)
    common = length - (unmatched & all_positions).bit_count()
    return 2 * common / (length + len(other))


def likely_typo_of(name: str, known: Iterable[str]) -> str:
    """The known name of which a valid name is probably a misspelling: another style, swapped
    letters, or one wrong letter in a long name. The empty string if there is none."""
    candidates = list(known)
    if name in candidates:
        return ""
    folded = normalize_name(name)
    letters = _letters(folded)
    for candidate in candidates:
        other = normalize_name(candidate)
        if _letters(other) == letters and (len(letters) > 4 or other == folded):
            return candidate
    return closest_match(name, candidates, _VERY_CLOSE)
