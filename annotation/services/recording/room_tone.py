"""The room tone, asked for once more: a session has no place for it whose state could say so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from annotation.models import Session
from annotation.models.session import EventKind
from annotation.models.take import TakeKind
from annotation.services.recording import events
from annotation.services.recording.errors import RoomToneUnwanted
from annotation.services.recording.sessions import refuse_closed
from annotation.services.recording.takes import hold_session
from speecheq.sentences import say


def is_asked_again(session: Session) -> bool:
    """Whether somebody asked for it, and no take was recorded since: at most two queries."""
    asked = _asked_at(session)
    if asked is None:
        return False
    answers = Q(recorded_at__gte=asked) | Q(recorded_at=None, created_at__gte=asked)
    return not session.takes.filter(answers, kind=TakeKind.ROOM_TONE).exists()


def _asked_at(session: Session) -> datetime | None:
    asks = session.events.filter(kind=EventKind.AGAIN, prompt=None)
    found: datetime | None = asks.order_by("-pk").values_list("at", flat=True).first()
    return found


@transaction.atomic
def ask_again(session: Session, *, by: Any) -> None:
    """Ask for the room once more. A later take answers it; asking twice is once. Raises
    SessionNotOpen, RoomToneUnwanted."""
    held = hold_session(session)  # of two who press at once one is first
    refuse_closed(held)
    if not held.wants_room_tone:
        raise RoomToneUnwanted(
            say(
                "The session asks for no room tone. Change that in its settings first, "
                "and load the recorder page again."
            )
        )
    if not is_asked_again(held):
        events.note(held, EventKind.AGAIN, by=by, what=TakeKind.ROOM_TONE)
