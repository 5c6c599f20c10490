"""A speaker who came by a one-time link, as a test's client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotation.models import Session, SessionLink
from annotation.services.recording.visitors import COOKIE, digest
from tests.factories import UserFactory


def comes_by_link(client: Any, session: Session, *, secret: str = "a browser") -> Any:
    """`client` as the browser that opened a link to `session`."""
    SessionLink.objects.create(
        session=session,
        token_hash=digest(f"token of {secret}"),
        browser_hash=digest(secret),
        created_by=UserFactory(),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    client.cookies[COOKIE] = secret
    return client
