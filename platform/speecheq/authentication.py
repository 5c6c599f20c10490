"""Who a request comes from: a bearer token, or the session cookie (DRF's own class).

Every request begins here, so what it reads is written by hand: see `speecheq.sql`. Of the user it
reads what most calls need; the rest is read when asked for.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from speecheq import sql
from speecheq.error_words import worded
from speecheq.models import ApiToken, User
from speecheq.models.token import digest
from speecheq.roles import Scope
from speecheq.sentences import say

USER = (
    "id",
    "public_id",
    "username",
    "is_active",
    "is_staff",
    "is_superuser",
    "is_simulated",
    "language",
)
# A session holds for as long as the password does not change.
SESSION_USER = (*USER, "password")

FIND_TOKEN = f"""
SELECT t.id, t.public_id, t.scopes, t.last_used_at, {", ".join(f"u.{name}" for name in USER)}
FROM speecheq_apitoken t JOIN speecheq_user u ON u.id = t.user_id
WHERE t.sha256 = %(sha256)s AND t.revoked_at IS NULL AND t.expires_at > %(now)s AND u.is_active
"""

FIND_USER = f"SELECT {', '.join(SESSION_USER)} FROM speecheq_user WHERE id = %(id)s AND is_active"


# The user's row that came with the session of this request, while Django asks who signed in.
AT_HAND: ContextVar[tuple[Any, ...] | None] = ContextVar("user_at_hand", default=None)


class AccountBackend(ModelBackend):
    """Signs in by name and password as Django does; who is signed in is read by hand."""

    def get_user(self, user_id: Any) -> User | None:
        found = AT_HAND.get()
        if found is None or found[0] != user_id:
            found = sql.row(FIND_USER, {"id": user_id})
        known = found and dict(zip(SESSION_USER, found, strict=True))
        return sql.part_of(User, **known) if known else None


def _token(pk: int, public_id: str, scopes: str, used: datetime | None, *user: Any) -> ApiToken:
    """The token and its user from a row of FIND_TOKEN."""
    token = sql.part_of(
        ApiToken,
        id=pk,
        public_id=public_id,
        scopes=json.loads(scopes),
        last_used_at=used and sql.when(used),
        user_id=user[0],
    )
    token.user = sql.part_of(User, **dict(zip(USER, user, strict=True)))
    return token


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer seq_...`"""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        values = {"sha256": digest(secret.strip()), "now": sql.moment(timezone.now())}
        found = sql.row(FIND_TOKEN, values)
        if found is None:
            raise exceptions.AuthenticationFailed(
                worded(say("This token is unknown, revoked or expired."))
            )
        token = _token(*found)
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
