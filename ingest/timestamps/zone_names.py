"""Time zones in texts: offsets, and abbreviations that JavaScript's Date does not know."""

from __future__ import annotations

import re

from ingest.timestamps.date_tokens import JAVASCRIPT_ZONES

# Minutes ahead of UTC, for abbreviations that have one offset only
ZONE_OFFSETS = {
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "MET": 60,
    "MEST": 120,
    "MEZ": 60,
    "MESZ": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "TRT": 180,
    "SAST": 120,
    "EAT": 180,
    "WAT": 60,
    "PKT": 300,
    "NPT": 345,
    "WIB": 420,
    "WITA": 480,
    "HKT": 480,
    "SGT": 480,
    "AWST": 480,
    "JST": 540,
    "KST": 540,
    "ACST": 570,
    "ACDT": 630,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "BRT": -180,
    "ART": -180,
    "AKST": -540,
    "AKDT": -480,
    "HST": -600,
}

# Abbreviations of several zones, so that only the sender knows the offset. JavaScript reads CST as
# that of America; in Chinese times it is that of China.
AMBIGUOUS_ZONES = ("ADT", "AMT", "AST", "BST", "CST", "GST", "ICT", "IST", "LMT", "SST", "WST")


def zone_minutes(zone: str) -> int | None:
    """Minutes ahead of UTC of an offset or a name; None if the name has no single offset."""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
        ahead = int(hours) * 60 + int(minutes)
        return -ahead if zone[0] == "-" else ahead
    if zone in AMBIGUOUS_ZONES:
        return None
    hours_ahead = JAVASCRIPT_ZONES.get(zone.lower())
    return ZONE_OFFSETS.get(zone) if hours_ahead is None else hours_ahead * 60


def doubled_zones(text: str) -> list[str]:
    """The zones after the time if there are several, for instance +00:00 and Z."""
    match = _SEVERAL.search(text)
    found = _ZONE.findall(match["zones"]) if match else []
    if found and found[0] in ("GMT", "UTC") and found[1][0] in "+-":  # GMT+0100 is one zone
        found = found[1:]
    return found if len(found) > 1 else []


def do_zones_differ(zones: list[str]) -> bool:
    """A name without an offset of its own, as in “+0530 IST”, differs from no offset."""
    return len({zone_minutes(zone) for zone in zones} - {None}) != 1


def join_zones(text: str) -> str:
    """One zone instead of several that are equal."""
    zones = doubled_zones(text)
    if not zones or do_zones_differ(zones):
        return text
    kept = next((zone for zone in zones if zone[0] in "+-"), zones[0])
    return _SEVERAL.sub(lambda match: f"{match['before']}{kept}", text, count=1)


def replace_known_zone(text: str) -> str:
    """The offset instead of a name that has one offset only."""
    return KNOWN_ZONE.sub(lambda match: _offset(ZONE_OFFSETS[match[0]]), text)


def ambiguous_zone(text: str) -> str:
    """The name after the time that has several offsets; empty if there is none."""
    match = _AMBIGUOUS.search(text)
    return match[1] if match else ""


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


CLOCK = r"\d?\d:\d\d(?::\d\d(?:[.,:]\d+)?)?"
KNOWN_ZONE = re.compile(rf"(?<=[\d ])(?<![A-Za-z])(?:{'|'.join(ZONE_OFFSETS)})(?![A-Za-z])")
_SEVERAL = re.compile(
    rf"(?P<before>{CLOCK}\s?)(?P<zones>"
    r"(?:\s?(?:[+-]\d\d?(?::?\d\d)?(?!\d)|(?<![A-Za-z])(?:Z|[A-Z]{3,5})(?![A-Za-z]))){2,})",
    re.ASCII,
)
_ZONE = re.compile(r"[+-]\d\d?(?::?\d\d)?|[A-Z]+", re.ASCII)
_AMBIGUOUS = re.compile(rf"{CLOCK}\s?({'|'.join(AMBIGUOUS_ZONES)})(?![A-Za-z])", re.ASCII)
