"""What happened in a session: rows that are added and never changed, and its revision."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from annotation.models import Prompt, Session, SessionEvent
from annotation.services.recording.visitors import account_of
from speecheq import outbox


def note(
    session: Session,
    kind: str,
    *,
    by: Any,
    prompt: Prompt | None = None,
    text: str = "",
    **data: Any,
) -> SessionEvent:
    """Add to the audit trail of a session, and to the log of the whole platform."""
    touch(session)
    actor = account_of(by) if by is not None else None
    outbox.audit(actor, f"session.{kind}", session.public_id, **data)
    return SessionEvent.objects.create(
        session=session, kind=kind, actor=actor, prompt=prompt, text=text, data=data
    )


def touch(session: Session) -> None:
    """Tell open pages of the session that there is something new."""
    Session.objects.filter(pk=session.pk).update(revision=F("revision") + 1)
