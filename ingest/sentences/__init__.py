"""The one table from a problem's code to what people read: what is wrong, how to mend it, and
an example. A module for each group of codes."""

from __future__ import annotations

from ingest.sentences.fields import FIELDS
from ingest.sentences.requests import REQUESTS
from ingest.sentences.sentence import Sentence
from ingest.sentences.text import TEXT

GROUPS = {"fields": FIELDS, "text": TEXT, "requests": REQUESTS}
SENTENCES: dict[str, Sentence] = FIELDS | TEXT | REQUESTS

__all__ = ["GROUPS", "SENTENCES", "Sentence"]
