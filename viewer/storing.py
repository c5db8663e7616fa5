"""What stores, for all that this process takes in."""

from __future__ import annotations

from ingest.announce import Announcer
from ingest.writer import Writer
from viewer.stream.validate import judge

writer = Writer(Announcer().announce, lambda: judge.room.held)
