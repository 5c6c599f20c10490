"""Who a request comes from: a bearer token, or the session cookie (DRF's own class)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from speecheq.models import ApiToken
from speecheq.models.token import digest
from speecheq.roles import Scope


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer seq_...`"""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = (
            ApiToken.objects.all()
            .valid()
            .select_related("user")
            .filter(sha256=digest(secret.strip()))
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, revoked or expired.")
        self._note_use(token)
        token.user.only_labels = set(token.scopes) <= {Scope.LABEL}
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="SpeechEQ"'

    @staticmethod
    def _note_use(token: ApiToken) -> None:
        # Once an hour is enough to find forgotten tokens, and keeps reads free of writes.
        hour_ago = timezone.now() - timedelta(hours=1)
        if token.last_used_at is None or token.last_used_at < hour_ago:
            stale = Q(last_used_at=None) | Q(last_used_at__lt=hour_ago)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=timezone.now())


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "speecheq.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
