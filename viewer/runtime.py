"""The composition root: the objects of one process, shared by the test endpoints and the pages."""

from __future__ import annotations

from django.conf import settings

from ingest.auth import key_pairs
from ingest.auth.credential_cache import Keys
from ingest.publish import Announcer
from ingest.storage.writer import Writer
from ingest.tracking_plan.versions import Plans
from ingest.validation.pipeline import Judge

judge = Judge(settings.LIMITS)
plans = Plans()
keys = Keys(key_pairs.find)
writer = Writer(Announcer().announce, lambda: judge.room.held)
