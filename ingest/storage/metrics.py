"""Prometheus metrics, updated once per commit where possible. See `viewer/http/metrics.py`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from ingest.storage.commit_result import CommitResult

_SIZES = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536)
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

REQUESTS = Counter(
    "viewer_requests_total", "Requests to test endpoints, as answered", ["dialect", "status"]
)
EVENTS = Counter("viewer_events_total", "Events stored", ["verdict"])
PRUNED = Counter("viewer_events_pruned_total", "Events no longer kept")
COMMIT = Histogram("viewer_commit_seconds", "From BEGIN to the end of COMMIT", buckets=_SECONDS)
BATCH = Histogram("viewer_commit_deliveries", "Deliveries that shared a commit", buckets=_SIZES)
FAILED = Counter("viewer_not_stored_total", "Deliveries the database did not take")
WAITING = Gauge("viewer_waiting_bytes", "Held for requests under way", multiprocess_mode="livesum")
PAGES = Gauge("viewer_pages", "Live pages connected", multiprocess_mode="livesum")
FEED_LAG = Histogram(
    "viewer_feed_lag_seconds", "Age of the newest event when its frame is sent", buckets=_SECONDS
)


def record_commit(result: CommitResult) -> None:
    """Runs in the server process, because the writer process exports no metrics."""
    for (dialect, status), count in result.answered.items():
        REQUESTS.labels(dialect, status).inc(count)
    for verdict, count in result.verdicts.items():
        EVENTS.labels(verdict).inc(count)
    for deliveries, seconds in result.commits:
        COMMIT.observe(seconds)
        BATCH.observe(deliveries)
    if result.pruned:
        PRUNED.inc(result.pruned)
    if result.failed:
        FAILED.inc(result.failed)
