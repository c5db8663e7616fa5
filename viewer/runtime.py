"""What stores, for all that this process takes in."""

from __future__ import annotations

from ingest.publish import Announcer
from ingest.storage.writer import Writer
from viewer.onboarding.validate import judge

writer = Writer(Announcer().announce, lambda: judge.room.held)
