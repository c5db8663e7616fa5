"""The unit of limits on visitors: an IPv4 address, or the /64 of an IPv6 address."""

from __future__ import annotations

import functools
import ipaddress

NOT_AN_ADDRESS = "not an address"  # one unit for all, so that forged values do not evade limits
_MAX_LENGTH = 45  # of an IPv6 address in text


def network_of(address: str) -> str:
    """The network of `address`. IPv4-mapped IPv6 addresses count as IPv4."""
    return _network_of(address) if len(address) <= _MAX_LENGTH else NOT_AN_ADDRESS


@functools.lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return NOT_AN_ADDRESS
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))
