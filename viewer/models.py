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
