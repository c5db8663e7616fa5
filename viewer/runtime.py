"""The composition root: the objects of one process, shared by the test endpoints and the pages."""

from __future__ import annotations

from django.conf import settings

from ingest.auth import key_pairs
from ingest.auth.credential_cache import CredentialCache
from ingest.publish import Publisher
from ingest.storage.writer import Writer
from ingest.tracking_plan.versions import PlanValidator
from ingest.validation.history.type_drift import TypeDriftDetector
from ingest.validation.pipeline import DeliveryProcessor, ReceiptChecks

processor = DeliveryProcessor(settings.LIMITS)
plan_validator = PlanValidator()
checks = ReceiptChecks(TypeDriftDetector(), plan_validator.validate)
keys = CredentialCache(key_pairs.find_by_secrets)
writer = Writer(Publisher().announce, lambda: processor.memory_budget.held)
