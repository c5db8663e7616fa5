"""The composition root: the objects of one process, shared by the test endpoints and the pages."""

from __future__ import annotations

from django.conf import settings

from ingest.auth import key_pairs
from ingest.auth.credential_cache import CredentialCache
from ingest.publish import Publisher
from ingest.storage.writer import Writer
from ingest.tracking_plan.versions import PlanValidator
from ingest.validation.pipeline import DeliveryProcessor

processor = DeliveryProcessor(settings.LIMITS)
plan_validator = PlanValidator()
keys = CredentialCache(key_pairs.find_by_secrets)
writer = Writer(Publisher().announce, lambda: processor.room.held)
