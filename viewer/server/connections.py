"""All connections of this process. Incomplete heads are cut after a deadline. Beyond the limit on
connections, the network with the most connections loses its least advanced ones."""

from __future__ import annotations

import asyncio
import resource
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from enum import IntEnum

from ingest.receiving.networks import network_of
from viewer.server.framing import Framing
from viewer.server.limits import (
    HEAD_SECONDS,
    HEADS_BYTES,
    LEFTOVER_SECONDS,
    MAX_HANDLES,
    NEWCOMERS,
    NEWCOMERS_PER_NETWORK,
    RESERVED_HANDLES,
    STALLED_SECONDS,
)

_SWEEP_SECONDS = 1.0
_HEAVY_SWEEP_SECONDS = 0.2  # while heads use more than a quarter of their memory limit
_WEIGH_AFTER = 200  # new connections; their heads use at most 14 MiB
_SHED = 32  # one connection in 32 is closed, so that the search pays for the next ones too
_PROXY = ""  # shared by many clients


class Stage(IntEnum):
    """Progress of a connection. Lower stages are closed first."""

    WAITS_FOR_HEAD = 0
    IS_IDLE = 1
    IS_ANSWERED = 2  # while the client still sends its body
    SENDS_BODY = 3
    IS_SERVED = 4


class Connection(ABC):
    """The server's view of one connection."""

    network = _PROXY

    def __init__(self, address: str) -> None:
        self.address = address
        self.since = time.monotonic()
        # the stage and request that the deadline applies to
        self.limited: tuple[Stage, object] | None = (Stage.WAITS_FOR_HEAD, None)
        self.limited_since = self.since
        self.stalled = 0  # unsent bytes at the last sweep
        self.stalled_since = self.since
        self.head_bytes = 0  # at the last sweep

    @property
    @abstractmethod
    def stage(self) -> Stage: ...

    @property
    @abstractmethod
    def request(self) -> object:
        """The last complete head, None before the first; identifies the current wait."""

    @abstractmethod
    def weigh_head(self) -> int:
        """Estimate the memory of the last head in bytes: about twice its text, plus its objects."""

    @property
    @abstractmethod
    def unsent(self) -> int:
        """Bytes that the peer has not read yet."""

    @abstractmethod
    def time_out(self) -> None:
        """Close it."""

    @abstractmethod
    def abort(self) -> None:
        """Close it and free its handle immediately; unsent data is discarded."""


_DEADLINES = {Stage.WAITS_FOR_HEAD: HEAD_SECONDS, Stage.IS_ANSWERED: LEFTOVER_SECONDS}


class Connections:
    def __init__(self, most: int, is_proxy: Callable[[str], bool] = lambda _: False) -> None:
        self._most = most
        self._is_proxy = is_proxy
        self._all: dict[object, Connection] = {}
        # connections without a complete head at the last check, oldest first
        self._newcomers: dict[str, dict[object, Connection]] = {}
        self._newcomer_count = 0
        self._sweep: asyncio.TimerHandle | None = None
        self._unweighed = 0  # connections since the last weighing of heads
        self._head_bytes = 0
        self.framing = Framing()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, transport: object, connection: Connection) -> None:
        address = connection.address
        connection.network = _PROXY if self._is_proxy(address) else network_of(address)
        self._make_room(connection.network)
        self._all[transport] = connection
        self._newcomers.setdefault(connection.network, {})[transport] = connection
        self._newcomer_count += 1
        self._unweighed += 1
        if self._unweighed >= _WEIGH_AFTER:
            self._limit_heads()
        if self._sweep is None:
            self._sweep_later()

    def get(self, transport: object) -> Connection | None:
        return self._all.get(transport)

    def remove(self, transport: object) -> None:
        connection = self._all.pop(transport, None)
        if connection is not None:
            self._forget_newcomer(transport, connection.network)

    # -- too many ------------------------------------------------------------------------------

    def _make_room(self, network: str) -> None:
        of_network = self._newcomers.get(network, {})
        if len(of_network) >= NEWCOMERS_PER_NETWORK and network != _PROXY:
            self._shed_newcomers(network, NEWCOMERS_PER_NETWORK)
        if self._newcomer_count >= NEWCOMERS:
            self._let_advanced_go()
            if self._newcomer_count >= NEWCOMERS:
                largest = max(self._newcomers, key=lambda name: len(self._newcomers[name]))
                self._shed_newcomers(largest, 0)
        if len(self._all) >= _affordable(self._most):
            self._shed()

    def _shed_newcomers(self, network: str, most: int) -> None:
        self._let_advanced_go(network)
        newcomers = self._newcomers.get(network, {})
        if len(newcomers) >= most:
            count = max(1, len(newcomers) // _SHED)
            for transport in list(newcomers)[:count]:
                self._drop(transport)

    def _let_advanced_go(self, *networks: str) -> None:
        for network in networks or tuple(self._newcomers):
            for transport, connection in tuple(self._newcomers.get(network, {}).items()):
                if connection.stage is not Stage.WAITS_FOR_HEAD:
                    self._forget_newcomer(transport, network)

    def _forget_newcomer(self, transport: object, network: str) -> None:
        newcomers = self._newcomers.get(network)
        if newcomers and newcomers.pop(transport, None) is not None:
            self._newcomer_count -= 1
            if not newcomers:
                del self._newcomers[network]

    def _shed(self) -> None:
        counts = Counter(connection.network for connection in self._all.values())
        largest, count = counts.most_common(1)[0]
        candidates = [item for item in self._all.items() if item[1].network == largest]
        candidates.sort(key=lambda item: (item[1].stage, item[1].since))
        for transport, _ in candidates[: max(1, count // _SHED)]:
            self._drop(transport)

    def _drop(self, transport: object) -> None:
        connection = self._all[transport]
        self.remove(transport)
        connection.abort()

    # -- too slow ------------------------------------------------------------------------------

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        is_heavy = self._head_bytes > HEADS_BYTES // 4
        seconds = _HEAVY_SWEEP_SECONDS if is_heavy else _SWEEP_SECONDS
        self._sweep = loop.call_later(seconds, self._sweep_now)

    def _sweep_now(self) -> None:
        """Check the deadlines of all connections here, so that requests pay nothing."""
        self._sweep = None
        now = time.monotonic()
        for transport, connection in tuple(self._all.items()):
            if _is_stalled(connection, now):
                self._drop(transport)
            elif _is_late(connection, now):
                connection.time_out()
        self._limit_heads()
        if self._all:
            self._sweep_later()

    def _limit_heads(self) -> None:
        """Close the least advanced connections of the network whose heads use the most memory until
        all heads are within the limit."""
        by_network: Counter[str] = Counter()
        for connection in self._all.values():
            connection.head_bytes = connection.weigh_head()
            by_network[connection.network] += connection.head_bytes
        self._unweighed = 0
        self._head_bytes = by_network.total()
        surplus = self._head_bytes - HEADS_BYTES
        while surplus > 0:
            largest, _ = by_network.most_common(1)[0]
            surplus -= self._shed_heads(largest, surplus)
            del by_network[largest]

    def _shed_heads(self, network: str, surplus: int) -> int:
        """Returns the number of bytes freed."""
        candidates = [item for item in self._all.items() if item[1].network == network]
        candidates.sort(key=lambda item: (item[1].stage, -item[1].head_bytes))
        freed = 0
        for transport, connection in candidates:
            if freed >= surplus:
                break
            freed += connection.head_bytes
            self._drop(transport)
        return freed


def _is_late(connection: Connection, now: float) -> bool:
    stage = connection.stage
    if stage not in _DEADLINES:
        connection.limited = None
        return False
    limited = (stage, connection.request)
    if connection.limited != limited:
        connection.limited, connection.limited_since = limited, now
    return now - connection.limited_since > _DEADLINES[stage]


def _is_stalled(connection: Connection, now: float) -> bool:
    unsent = connection.unsent
    if not unsent or unsent != connection.stalled:
        connection.stalled, connection.stalled_since = unsent, now
    return now - connection.stalled_since > STALLED_SECONDS


def _affordable(most: int) -> int:
    """The number of connections that the process has handles for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    least, largest = RESERVED_HANDLES
    return max(1, min(most, soft - min(max(soft // 4, least), largest)))


def raise_handle_limit() -> None:
    """Raise the soft limit: most shells start processes with 1,024 handles and allow more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_HANDLES if hard == resource.RLIM_INFINITY else min(hard, MAX_HANDLES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
