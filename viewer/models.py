from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models


class SignInLink(models.Model):
    """A link that signs one browser in, once. Only the hash of its token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
