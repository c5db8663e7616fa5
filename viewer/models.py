"""People, what they may see, and what they did."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models

from ingest.models import KeyPair


class SignInLink(models.Model):
    """A link that signs one browser in, once. Only the hash of its token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)


class Identity(models.Model):
    """Whom an OpenID provider knows somebody as. A mail address is none: it may pass on to
    somebody else."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_user_per_identity")
        ]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class SavedView(models.Model):
    """What a page of a key pair shows, under a name: the query part of its address."""

    keypair = models.ForeignKey(KeyPair, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    search = models.TextField(blank=True, help_text="q, mode, columns, group, time, chart")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["keypair", "name"], name="one_view_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    VIEW = "view"
    MANAGE = "manage"


class Member(models.Model):
    """Someone who may see a key pair, or manage it."""

    keypair = models.ForeignKey(KeyPair, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.VIEW)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["keypair", "user"], name="one_membership_per_pair")
        ]

    def __str__(self) -> str:
        return f"{self.user} may {self.role} {self.keypair}"


class Invitation(models.Model):
    """A link that makes one person a member of a key pair, or of the staff, once. Only the hash
    of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100, blank=True, help_text="for whom it is meant")
    keypair = models.ForeignKey(
        KeyPair, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.VIEW)
    group = models.CharField(max_length=20, blank=True, help_text="support, owners, or empty")
    invited_by = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, help_text="null: the server itself"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="accepted_invitations"
    )

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class ShareLink(models.Model):
    """A link that shows some events of a key pair to whoever has it. Only the hash of its token
    is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    keypair = models.ForeignKey(KeyPair, on_delete=models.CASCADE, related_name="share_links")
    name = models.CharField(max_length=100)
    q = models.TextField(blank=True, help_text="only events that match this query")
    seq = models.BigIntegerField(null=True, blank=True, help_text="only this event")
    masks_values = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, help_text="null: the server itself"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    openings = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Action(models.TextChoices):
    """The actions that the audit log records."""

    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    SIGN_IN_LOCKED = "sign-in locked"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGN_IN_UNLOCKED = "sign-in unlocked"
    OPENED = "opened with keys"
    WRONG_KEYS = "wrong keys"
    WRONG_LINK = "wrong link"
    REVEALED = "revealed"
    CREATED = "created"
    RENAMED = "renamed"
    ROTATED = "rotated"
    DISABLED = "disabled"
    ENABLED = "enabled"
    KEPT = "retention changed"
    DELETED = "deleted"
    EVENTS_DELETED = "events deleted"
    PLAN_CHANGED = "plan changed"
    PLAN_SUSPENDED = "plan suspended"
    RUN_CHANGED = "run changed"
    RUN_FINISHED = "run finished"
    VIEW_DELETED = "view deleted"
    EXPORTED = "exported"
    SHARED = "shared"
    SHARE_OPENED = "share opened"
    SHARE_REVOKED = "share revoked"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation withdrawn"
    JOINED = "joined"
    MEMBER_CHANGED = "member changed"
    PERSON_CHANGED = "person changed"
    PASSWORD_SET = "password set"  # noqa: S105, it is none


class AuditLogEntry(models.Model):
    """Who did what, when, from where. Written once, never changed; the names stay when the
    person or the key pair is gone."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    action = models.CharField(max_length=20, help_text="one of Action")
    actor = models.CharField(max_length=150, help_text="user name, or how the visitor came in")
    sender = models.CharField(max_length=100, blank=True, help_text="address of the visitor")
    pair_id = models.BigIntegerField(null=True, db_index=True)
    pair_name = models.CharField(max_length=100, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        db_table = "viewer_recordentry"
        indexes = [models.Index(fields=["sender", "action", "at"], name="record_by_sender")]
        verbose_name_plural = "audit log entries"

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"
