"""The one table from a problem's code to what people read: what is wrong, how to fix it, and
an example. A module for each group of codes."""

from __future__ import annotations

from ingest.messages.envelopes import ENVELOPES
from ingest.messages.fields import FIELDS
from ingest.messages.keys import KEYS
from ingest.messages.requests import REQUESTS
from ingest.messages.sentence import MessageTemplate
from ingest.messages.text import TEXT
from ingest.messages.transport import TRANSPORT

GROUPS = {
    "fields": FIELDS,
    "text": TEXT,
    "envelopes": ENVELOPES,
    "requests": REQUESTS | KEYS,
    "transport": TRANSPORT,
}
SENTENCES: dict[str, MessageTemplate] = FIELDS | TEXT | ENVELOPES | REQUESTS | KEYS | TRANSPORT

__all__ = ["GROUPS", "SENTENCES", "MessageTemplate"]
