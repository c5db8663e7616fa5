"""The stored data. Times are integer milliseconds since 1970 UTC."""

from __future__ import annotations

from typing import Any

from django.db import models


class DialectChoice(models.TextChoices):
    NATERO = "natero"
    USERMAVEN = "usermaven"
    EVENTBUNKER = "eventbunker"


class Verdict(models.TextChoices):
    VALID = "valid"
    WARNING = "warning"
    INVALID = "invalid"
    MALFORMED = "malformed"


class KeyPair(models.Model):
    """Two secrets, and the counters of their stream of events.

    The counters change in the transaction that stores the events, so they always balance:
    last_seq = valid + warning + invalid + malformed.
    """

    name = models.CharField(max_length=100, unique=True)
    folded_name = models.CharField(
        max_length=300,
        db_default="",
        editable=False,
        help_text="the name for sorting and searching without regard to case",
    )
    dialect = models.CharField(max_length=20, choices=DialectChoice.choices)
    api_key = models.CharField(max_length=200, db_index=True)
    auth_key = models.CharField(max_length=200, db_index=True)
    created_at = models.BigIntegerField()
    disabled_at = models.BigIntegerField(null=True, blank=True)
    deleted_at = models.BigIntegerField(
        null=True, blank=True, help_text="hidden since then; its data is being deleted"
    )
    max_events = models.PositiveIntegerField()
    max_age_days = models.PositiveIntegerField()

    last_seq = models.BigIntegerField(default=0)
    first_seq = models.BigIntegerField(default=1, help_text="the oldest number that is stored")
    last_delivery = models.BigIntegerField(default=0)
    last_received_at = models.BigIntegerField(null=True, blank=True)
    valid = models.BigIntegerField(default=0)
    warning = models.BigIntegerField(default=0)
    invalid = models.BigIntegerField(default=0)
    malformed = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    stored_bytes = models.BigIntegerField(
        default=0, help_text="approximate, of the stored events and deliveries"
    )

    plan = models.PositiveIntegerField(default=0, help_text="active version; 0: none")
    judge_from = models.BigIntegerField(
        null=True, help_text="events from this number on may have verdicts of an older plan"
    )
    judged = models.PositiveIntegerField(
        default=0, help_text="number of changes of stored verdicts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dialect", "api_key"], name="one_pair_per_api_key"),
            models.UniqueConstraint(fields=["dialect", "auth_key"], name="one_pair_per_auth_key"),
        ]
        indexes = [models.Index(fields=["folded_name", "name"], name="keypairs_by_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        """Keep `folded_name` up to date: databases fold only ASCII, or depend on a locale."""
        self.folded_name = self.name.casefold()
        fields = options.get("update_fields")
        if fields and "name" in fields:
            options["update_fields"] = {*fields, "folded_name"}
        super().save(*args, **options)


class RetiredKeys(models.Model):
    """Keys from before a rotation. They are refused with a message that says so."""

    keypair = models.ForeignKey(KeyPair, on_delete=models.CASCADE, related_name="retired_keys")
    api_key = models.CharField(max_length=200, db_index=True)
    auth_key = models.CharField(max_length=200, db_index=True)
    retired_at = models.BigIntegerField()
    works_until = models.BigIntegerField(
        null=True, blank=True, help_text="accepted until then, in addition to the new keys"
    )


class StoredRequest(models.Model):
    """The HTTP request and reply of a delivery. Secrets are masked before they are stored."""

    received_at = models.BigIntegerField()
    dialect = models.CharField(max_length=20)
    method = models.CharField(max_length=20)
    path = models.TextField(help_text="with the query string, secrets masked")
    headers = models.TextField(help_text="one `name: value` a line, secrets masked")
    sender = models.CharField(max_length=100, help_text="address of the client")
    encoding = models.CharField(max_length=40, help_text="Content-Encoding as sent")
    wire_size = models.BigIntegerField(help_text="body bytes on the wire")
    size = models.BigIntegerField(help_text="body bytes after inflating")
    status = models.PositiveSmallIntegerField(
        help_text="of the reply; 0 if the sender disconnected before"
    )
    refused = models.BooleanField(help_text="no event was stored; the reason is in problems")
    problems = models.TextField(blank=True, help_text="JSON array of problems, or empty")
    excerpt = models.BinaryField(blank=True, help_text="start of a refused body, secrets masked")
    reply = models.TextField(
        null=True, help_text="headers, empty line, body as sent; cut, secrets masked"
    )

    class Meta:
        abstract = True


class Delivery(StoredRequest):
    """One HTTP request that belongs to a key pair, which numbers it."""

    pk = models.CompositePrimaryKey("keypair", "number")
    keypair = models.ForeignKey(  # the store checks the key pair once per commit
        KeyPair, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()
    events = models.PositiveIntegerField()
    first_seq = models.BigIntegerField(null=True, help_text="its events are first_seq, +1, ...")


class UnmatchedRequest(StoredRequest):
    """A refused request without a known key. unmatched_requests.py prunes them."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        db_table = "ingest_stray"


class Event(models.Model):
    """One line or object of a delivery, including malformed ones."""

    pk = models.CompositePrimaryKey("keypair", "seq")
    keypair = models.ForeignKey(
        KeyPair, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    seq = models.BigIntegerField()
    delivery = models.BigIntegerField(help_text="number of its delivery")
    line = models.PositiveIntegerField(help_text="1-based line or item of the body")
    received_at = models.BigIntegerField()
    occurred_at = models.BigIntegerField(null=True)
    status = models.PositiveSmallIntegerField(help_text="HTTP status of the reply to its delivery")
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    name = models.TextField(null=True)
    account = models.TextField(null=True)
    user = models.TextField(null=True)
    session = models.TextField(null=True)
    problems = models.TextField(blank=True, help_text="JSON array of problems, or empty")
    raw = models.BinaryField(help_text="the bytes as received, cut at the line limit")
    size = models.BigIntegerField(help_text="true length of the line in bytes")


class Tally(models.Model):
    """The number of events with a name and verdict. Outlives the events."""

    keypair = models.ForeignKey(KeyPair, on_delete=models.CASCADE, db_index=False)
    name = models.TextField(blank=True, help_text="empty for events without a name")
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    count = models.BigIntegerField()
    first_seen = models.BigIntegerField()
    last_seen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["keypair", "name", "verdict"], name="one_tally_per_name_and_verdict"
            )
        ]


class ProblemTally(models.Model):
    """The number of problems with a code and path in events of one name. Outlives the events."""

    keypair = models.ForeignKey(KeyPair, on_delete=models.CASCADE, db_index=False)
    name = models.TextField(blank=True, help_text="as in Tally")
    code = models.CharField(max_length=40)
    path = models.TextField(blank=True)
    count = models.BigIntegerField()
    last_seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["keypair", "name", "code", "path"], name="one_tally_per_problem"
            )
        ]


class SecondCount(models.Model):
    """Counts of one second, for the chart. Kept for a little more than an hour."""

    pk = models.CompositePrimaryKey("keypair", "second")
    keypair = models.ForeignKey(
        KeyPair, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    second = models.BigIntegerField(help_text="whole seconds since 1970 UTC")
    valid = models.BigIntegerField()
    warning = models.BigIntegerField()
    invalid = models.BigIntegerField()
    malformed = models.BigIntegerField()
    refused = models.BigIntegerField()
    last_seq = models.BigIntegerField(help_text="the newest number at its last change")

    class Meta:
        db_table = "ingest_second"


class Plan(models.Model):
    """One version of a key pair's tracking plan. The newest is active; the last 100 are kept."""

    keypair = models.ForeignKey(
        KeyPair, on_delete=models.CASCADE, db_index=False, related_name="plans"
    )
    version = models.PositiveIntegerField()
    content = models.TextField(help_text="JSON: unknown_names, required_names, events")
    created_at = models.BigIntegerField()
    looked_at = models.BigIntegerField(
        default=0, help_text="number of stored events revalidated with it"
    )
    moves = models.TextField(default="{}", help_text="JSON: verdict before → after → count")
    judged_at = models.BigIntegerField(
        null=True, help_text="when all stored events were revalidated"
    )
    suspended_at = models.BigIntegerField(
        null=True, help_text="when it exceeded its limits; since then it is not evaluated"
    )
    suspended_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["keypair", "version"], name="one_plan_per_version")
        ]


class Run(models.Model):
    """A named QA test window. It contains the events that were sent with its name, and, unless it
    is `tagged`, the events without a run name in its range of numbers."""

    keypair = models.ForeignKey(
        KeyPair, on_delete=models.CASCADE, db_index=False, related_name="runs"
    )
    name = models.CharField(max_length=100)
    tagged = models.BooleanField(help_text="contains only events with its name in X-Run")
    of_user = models.TextField(blank=True, help_text="only events of this user; empty: of all")
    of_session = models.TextField(blank=True, help_text="only events of this session")
    first_seq = models.BigIntegerField(help_text="the first number that can belong to it")
    last_seq = models.BigIntegerField(null=True, help_text="the last number, once it is finished")
    begun_at = models.BigIntegerField()
    unclaimed = models.BooleanField(
        default=False,
        help_text="started by a header, never changed or finished: can be deleted",
    )
    finished_at = models.BigIntegerField(null=True)
    expectations = models.TextField(default="[]", help_text="JSON, as they were sent")
    report = models.TextField(blank=True, help_text="JSON, frozen when the run finished")
    summary = models.TextField(
        blank=True, db_default="", help_text="JSON: the part of the report that lists show"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["keypair", "name"], name="one_run_per_name")]

    def __str__(self) -> str:
        return self.name


class RunRange(models.Model):
    """A range of numbers of events that were sent with the name of a run. Ranges do not overlap."""

    pk = models.CompositePrimaryKey("keypair", "first_seq")
    keypair = models.ForeignKey(
        KeyPair, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    run = models.BigIntegerField(help_text="id of the run, which may be deleted")

    class Meta:
        db_table = "ingest_span"
