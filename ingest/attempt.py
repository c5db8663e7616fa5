"""One request to a test endpoint while it is processed."""

from __future__ import annotations

from ingest.auth.authenticate import AuthResult
from ingest.auth.misplaced_keys import KeyCandidate, find_keys_anywhere
from ingest.receiving.body import Body
from ingest.receiving.networks import network_of
from ingest.receiving.request_cache import ParsedHead, head_memory
from ingest.values import Credentials, IncomingRequest, KeyPairSnapshot


class Attempt:
    """The request and what is known of it so far."""

    __slots__ = (
        *("_anywhere", "answers", "body", "credentials", "delay", "dialect", "head", "other"),
        *("pair", "request"),
    )

    def __init__(self, head: ParsedHead, request: IncomingRequest) -> None:
        self.head = head
        self.dialect = head.dialect
        self.request = request
        self.credentials: Credentials | None = head.credentials
        self.pair: KeyPairSnapshot | None = None
        self.other: KeyPairSnapshot | None = None  # whose the second of two good halves is
        self.body = Body(request.sender)
        self.answers: dict[Credentials, AuthResult] = {}  # looked up while the body was read
        self.delay = 0.0  # seconds that a refusal must wait
        self._anywhere: list[KeyCandidate] | None = None

    @property
    def network(self) -> str:
        return network_of(self.request.sender)

    @property
    def presented(self) -> Credentials:
        """The keys that were read, in the head or in the body."""
        return self.credentials or Credentials()

    @property
    def anywhere(self) -> list[KeyCandidate]:
        if self._anywhere is None:
            self._anywhere = find_keys_anywhere(self.request)
        return self._anywhere

    @property
    def shown_size(self) -> int:
        """Bytes of the head and the excerpt of the body, which a record of it shows."""
        request = self.request
        head = sum(len(name) + len(value) for name, value in request.headers.items())
        return head + len(request.path) + len(request.query) + len(self.body.excerpt())

    @property
    def memory(self) -> int:
        """Bytes, roughly, without the body, which counts in its room."""
        return head_memory(self.shown_size, len(self.request.headers))
