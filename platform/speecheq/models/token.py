"""API tokens: shown once, hashed at rest, scoped and expiring."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from speecheq import publicids
from speecheq.roles import Scope

PREFIX = "seq_"


def new_token_id() -> str:
    return publicids.random("tok")


def digest(token: str) -> str:
    """SHA-256 is enough here: a token is 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> ApiTokenQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)


class ApiToken(models.Model):
    """A bearer token of one user. Only its hash is kept."""

    public_id = models.CharField(max_length=32, unique=True, default=new_token_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[ApiToken]] = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    @classmethod
    def issue(
        cls,
        *,
        user: Any,
        name: str,
        scopes: list[str],
        expires_in_days: int = 90,
        not_after: datetime | None = None,
    ) -> tuple[ApiToken, str]:
        """Make a token. The second value is the secret, which cannot be had again."""
        unknown = sorted(set(scopes) - set(Scope.values))
        if unknown or not scopes:
            raise ValueError(f"Scopes must be some of {sorted(Scope.values)}, not {scopes}.")
        secret = PREFIX + secrets.token_urlsafe(32)
        expires_at = timezone.now() + timedelta(days=expires_in_days)
        if not_after is not None:
            expires_at = min(expires_at, not_after)
        token = cls.objects.create(
            user=user,
            name=name,
            sha256=digest(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
        return token, secret
