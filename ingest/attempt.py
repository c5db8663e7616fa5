"""The state of one request to a test endpoint while it is processed."""

from __future__ import annotations

from ingest.auth.authenticate import AuthResult
from ingest.auth.misplaced_keys import KeyCandidate, find_keys_anywhere
from ingest.receiving.body import Body
from ingest.receiving.networks import network_of
from ingest.receiving.request_cache import ParsedHead, head_memory
from ingest.values import Credentials, IncomingRequest, KeyPairSnapshot


class Attempt:
    __slots__ = (
        *("_key_candidates", "answers", "body", "credentials", "delay", "dialect", "head", "other"),
        *("pair", "request"),
    )

    def __init__(self, head: ParsedHead, request: IncomingRequest) -> None:
        self.head = head
        self.dialect = head.dialect
        self.request = request
        self.credentials: Credentials | None = head.credentials
        self.pair: KeyPairSnapshot | None = None
        self.other: KeyPairSnapshot | None = None  # owner of the auth key, if not `pair`
        self.body = Body(request.sender)
        self.answers: dict[Credentials, AuthResult] = {}  # look-ups made while the body was read
        self.delay = 0.0  # seconds before a refusal is sent
        self._key_candidates: list[KeyCandidate] | None = None

    @property
    def network(self) -> str:
        return network_of(self.request.sender)

    @property
    def presented(self) -> Credentials:
        """The keys read from the head or the body; empty if there are none."""
        return self.credentials or Credentials()

    @property
    def key_candidates(self) -> list[KeyCandidate]:
        if self._key_candidates is None:
            self._key_candidates = find_keys_anywhere(
                self.dialect, self.request, self.body.excerpt()
            )
        return self._key_candidates

    @property
    def shown_size(self) -> int:
        """Bytes of the head and of the body's excerpt, which are shown in a recorded refusal."""
        request = self.request
        head = sum(len(name) + len(value) for name, value in request.headers.items())
        return head + len(request.path) + len(request.query) + len(self.body.excerpt())

    @property
    def memory(self) -> int:
        """Approximate bytes, without the body: the memory budget counts that one."""
        return head_memory(self.shown_size, len(self.request.headers))
