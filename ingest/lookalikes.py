"""Names that are nearly other names: another case or style, a letter off."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable

_LONGEST = 100
_CLOSE = 0.75  # where something is known to be wrong: the likeliest name
_VERY_CLOSE = 0.89  # where nothing else is wrong: ten letters, one of them another


def fold(name: str) -> str:
    """The name without case and style: accountId, account_id and ACCOUNT-ID are one."""
    return _fold(name[:_LONGEST])


@functools.lru_cache(maxsize=4096)  # each missing field is looked for among the same names
def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


@functools.lru_cache(maxsize=4096)
def _letters(folded: str) -> list[str]:
    return sorted(folded)


def nearest(name: str, known: Iterable[str], cutoff: float = _CLOSE) -> str:
    """The known name most like this one, or nothing. Names over 100 characters are none."""
    if len(name) > _LONGEST:
        return ""
    return _nearest(name, tuple(other for other in known if len(other) <= _LONGEST), cutoff)


@functools.lru_cache(maxsize=2048)  # who makes a mistake makes it in every event
def _nearest(name: str, known: tuple[str, ...], cutoff: float) -> str:
    folded = _folded(known)
    close = difflib.get_close_matches(fold(name), folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else ""


@functools.lru_cache(maxsize=64)
def _folded(known: tuple[str, ...]) -> dict[str, str]:
    return {fold(candidate): candidate for candidate in reversed(known)}


def twin(name: str, known: Iterable[str]) -> str:
    """The known name that this one must be meant for, although it might stand for itself:
    another style, two letters swapped, or one letter off in a long name. Or nothing."""
    candidates = list(known)
    if name in candidates:
        return ""
    folded = fold(name)
    letters = _letters(folded)
    for candidate in candidates:
        other = fold(candidate)
        if _letters(other) == letters and (len(letters) > 4 or other == folded):
            return candidate
    return nearest(name, candidates, _VERY_CLOSE)
