"""A speaker who came by a one-time link, as a test's client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotation.models import Session, SessionLink
from annotation.services.recording.visitors import COOKIE, SpeakerByLink, digest
from tests.factories import UserFactory


def link_to(session: Session, secret: str) -> SessionLink:
    """A link that was opened by the browser whose cookie is `secret`."""
    return SessionLink.objects.create(
        session=session,
        token_hash=digest(f"token of {secret}"),
        browser_hash=digest(secret),
        created_by=UserFactory(),
        expires_at=timezone.now() + timedelta(hours=1),
    )


def comes_by_link(client: Any, session: Session, *, secret: str = "a browser") -> Any:
    """`client` as the browser that opened a link to `session`."""
    link_to(session, secret)
    client.cookies[COOKIE] = secret
    return client


def visitor_of_session(session: Session) -> SpeakerByLink:
    """The user that services get for a speaker who came by a link."""
    return SpeakerByLink(link_to(session, "a visitor"))
