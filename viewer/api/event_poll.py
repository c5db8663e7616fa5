"""One question for events, asked again until something matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import TypedDict

from ingest.models import KeyPair
from viewer.access.key_masking import NONE, OwnKeys
from viewer.events.search import Search
from viewer.events.serializers import SerializedRow
from viewer.query import Query


class EventList(TypedDict):
    """`last` is the newest number of the key pair; `searched_to` is there where time was up before
    the end of the search: the last number looked at."""

    events: list[SerializedRow]
    last: int
    searched_to: NotRequired[int]


@dataclass
class EventPoll:
    """Looks only once at each event: what did not match will not match later."""

    query: Query
    after: int
    before: int | None
    limit: int
    newest_first: bool
    is_highlight: bool
    keys: OwnKeys = NONE  # hidden in what is found

    def __post_init__(self) -> None:
        self._before = self.before
        self._search = Search(
            self.query,
            limit=self.limit,
            newest_first=self.newest_first,
            is_highlight=self.is_highlight,
        )
        self._newest = 0  # when the search that is under way began

    def at(self, pair: KeyPair) -> EventList:
        found = self._search.find(pair, self.after, self._before, keys=self.keys)
        if not found.events:
            self._go_on(found.searched_to, pair.last_seq)
        answer: EventList = {"events": found.events, "last": pair.last_seq}
        if found.searched_to is not None:
            answer["searched_to"] = found.searched_to
        return answer

    def _go_on(self, searched_to: int | None, last: int) -> None:
        self._newest = self._newest or last
        if searched_to is None:
            self.after = max(self.after, self._newest)
            self._before = self.before
            self._newest = 0
        elif self.newest_first:
            self._before = searched_to
        else:
            self.after = searched_to
