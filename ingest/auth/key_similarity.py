"""Whether a presented key is a near miss. It is compared only with the partner of a key that
matched, never with other keys.

Every comparison covers all positions, so that its duration does not reveal where a key differs.
"""

from __future__ import annotations

from hmac import compare_digest


def differs_in_case(presented: str, own: str) -> bool:
    """Whether only upper and lower case differ."""
    return presented != own and constant_time_equal(presented.lower(), own.lower())


def one_character_off(presented: str, own: str) -> bool:
    """Whether one character was changed, lost or added, or two neighbours were swapped."""
    if abs(len(presented) - len(own)) > 1:
        return False
    if len(presented) > len(own):
        return _lost_one(own, presented)
    if len(presented) < len(own):
        return _lost_one(presented, own)
    return _changed_one(presented, own) | _swapped(presented, own)


def _lost_one(shorter: str, longer: str) -> bool:
    return _any(
        [constant_time_equal(shorter, longer[:at] + longer[at + 1 :]) for at in range(len(longer))]
    )


def _changed_one(presented: str, own: str) -> bool:
    places = range(len(own))
    return _any(
        [
            constant_time_equal(presented[:at] + presented[at + 1 :], own[:at] + own[at + 1 :])
            for at in places
        ]
    )


def _swapped(presented: str, own: str) -> bool:
    places = range(len(own) - 1)
    return _any(
        [
            constant_time_equal(presented, own[:at] + own[at + 1] + own[at] + own[at + 2 :])
            for at in places
        ]
    )


def _any(found: list[bool]) -> bool:
    """`any` of a complete list: with a generator it would stop at the first match."""
    return any(found)


def constant_time_equal(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not depend on their contents."""
    return compare_digest(one.encode(), other.encode())
