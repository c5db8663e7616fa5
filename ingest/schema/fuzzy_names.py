"""Names that are nearly other names: another case or style, a letter off.

Whoever sends the names chooses what a search costs, so every search is bounded: by the length of
names, by the number of candidates that are compared letter by letter, and, within
`limited_comparisons`, by the number of all comparisons together.
"""

from __future__ import annotations

import functools
import heapq
import threading
from collections.abc import Iterable
from typing import NamedTuple

MAX_LENGTH = 40  # characters of a name that is compared
MAX_KNOWN = 1_000  # names that are looked through
MAX_COMPARED = 100  # names that are compared letter by letter in one search: a millisecond or two
COMPARISONS = 10 * MAX_COMPARED  # within `limited_comparisons`

_MAX_FOLDED_LENGTH = 100
_REMEMBERED = 2_000  # characters of known names: a search among more is not worth its memory
_CLOSE = 0.75  # where something is known to be wrong: the likeliest name
_VERY_CLOSE = 0.89  # where nothing else is wrong: ten letters, one of them another


class _Budget(threading.local):
    """Of the searches that are under way in a thread; without one each is bounded alone. Looking
    through twenty names costs as much as a comparison."""

    left: int | None = None

    @property
    def is_used_up(self) -> bool:
        return self.left is not None and self.left <= 0

    def charge(self, comparisons: int) -> None:
        if self.left is not None:
            self.left -= comparisons


search_budget = _Budget()


class limited_comparisons:
    """Within it, all searches together make about so many comparisons, then they find nothing.
    Inside of another one, the outer one counts."""

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
    """The name without case and style: accountId, account_id and ACCOUNT-ID are one."""
    return _fold(name[:_MAX_FOLDED_LENGTH])


@functools.lru_cache(maxsize=4096)  # each missing field is looked for among the same names
def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


@functools.lru_cache(maxsize=4096)
def _letters(folded: str) -> str:
    return "".join(sorted(folded))


def closest_match(name: str, known: Iterable[str], cutoff: float = _CLOSE) -> str:
    """The known name most like this one, or nothing. Long names are like none."""
    if len(name) > MAX_LENGTH or search_budget.is_used_up:
        return ""
    candidates = tuple(other for other in known if len(other) <= MAX_LENGTH)[:MAX_KNOWN]
    if sum(map(len, candidates)) <= _REMEMBERED:
        return _remembered(name, candidates, cutoff)
    return _search(name, candidates, cutoff)


class _Candidate(NamedTuple):
    folded: str
    name: str
    letters: int  # a bit for each letter


@functools.lru_cache(maxsize=16)
def _candidates(known: tuple[str, ...]) -> dict[str, _Candidate]:
    """By folded name; of those that fold to the same, the first."""
    folded = {normalize_name(name): name for name in reversed(known)}
    return {
        normalize_name: _Candidate(normalize_name, name, _set_of(normalize_name))
        for normalize_name, name in folded.items()
    }


def _search(name: str, known: tuple[str, ...], cutoff: float) -> str:
    folded = normalize_name(name)
    candidates = _candidates(known)
    if folded in candidates:
        return candidates[folded].name
    likely = _likely(folded, candidates.values(), cutoff)
    search_budget.charge(2 + len(likely) + len(candidates) // 20)
    places = _places_of(folded)
    best, found = cutoff, ""
    for candidate in likely:
        ratio = _ratio(places, len(folded), candidate.folded)
        if ratio >= best and (ratio > best or not found):
            best, found = ratio, candidate.name
    return found


_remembered = functools.lru_cache(maxsize=512)(_search)  # who errs, errs in every event


def _likely(folded: str, candidates: Iterable[_Candidate], cutoff: float) -> list[_Candidate]:
    """Those that may be alike at least that much, judged by length and by the sets of letters;
    of too many the likeliest."""
    letters, length = _set_of(folded), len(folded)
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


def _set_of(folded: str) -> int:
    letters = 0
    for letter in folded:
        letters |= 1 << (ord(letter) & 63)
    return letters


def _places_of(folded: str) -> dict[str, int]:
    """Of each letter a bit for each place where it stands."""
    places: dict[str, int] = {}
    for at, letter in enumerate(folded):
        places[letter] = places.get(letter, 0) | 1 << at
    return places


def _ratio(places: dict[str, int], length: int, other: str) -> float:
    """How much of two names is common to both, in order: twice the longest common subsequence,
    by the length of both. A step a letter, all its places at once (Hyyrö 2004)."""
    unmatched = all_places = (1 << length) - 1
    for letter in other:
        matching = unmatched & places.get(letter, 0)
        unmatched = (unmatched + matching) | (unmatched - matching)
    common = length - (unmatched & all_places).bit_count()
    return 2 * common / (length + len(other))


def likely_typo_of(name: str, known: Iterable[str]) -> str:
    """The known name that this one must be meant for, although it might stand for itself:
    another style, two letters swapped, or one letter off in a long name. Or nothing."""
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
