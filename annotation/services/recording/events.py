"""What happened in a session: rows that are added and never changed, and its revision."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from annotation.models import Prompt, Session, SessionEvent
from annotation.models.session import EventKind
from annotation.services.recording.errors import TooManyByLink
from annotation.services.recording.visitors import account_of, is_visitor
from speecheq import outbox
from speecheq.sentences import say

MOST_BY_LINK = 5000  # of what a speaker by link writes by hand, in one session
# What a take or a consent brings about is never refused.
BY_HAND = (EventKind.NOTE, EventKind.SKIP, EventKind.DEVICE, EventKind.CHANGE, EventKind.ACCEPT)


def note(
    session: Session,
    kind: str,
    *,
    by: Any,
    prompt: Prompt | None = None,
    text: str = "",
    **data: Any,
) -> SessionEvent:
    """Add to the audit trail of a session, and to the log of the whole platform. Raises
    TooManyByLink."""
    if kind in BY_HAND and is_visitor(by):
        _refuse_flood(session)
    touch(session)
    actor = account_of(by) if by is not None else None
    outbox.audit(actor, f"session.{kind}", session.public_id, **data)
    return SessionEvent.objects.create(
        session=session, kind=kind, actor=actor, prompt=prompt, text=text, data=data
    )


def _refuse_flood(session: Session) -> None:
    if session.events.filter(kind__in=BY_HAND, actor=None).count() >= MOST_BY_LINK:
        raise TooManyByLink(
            say(
                "{most} notes and changes came by link in this session. What was "
                "recorded is kept; ask the operator to write down the rest.",
                most=MOST_BY_LINK,
            )
        )


def touch(session: Session) -> None:
    """Tell open pages of the session that there is something new."""
    Session.objects.filter(pk=session.pk).update(revision=F("revision") + 1)
