"""What the recorder is doing now, for the operator; and what its device reported.

The recorder writes a few times a second and the operator reads as often, so each is one small
query, and nothing of it is kept but the last.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from annotation.models import Session, SessionLive, SessionPrompt
from annotation.models.session import EventKind, PromptState
from annotation.services.recording import events
from annotation.services.recording.sessions import find_place
from speecheq.errors import TooLarge, field_error
from speecheq.sentences import say

# A level that comes sooner than this after the last is dropped; a change of state never is.
SOONEST = timedelta(milliseconds=100)
DEVICE_MAX_BYTES = 16 * 1024


@dataclass(frozen=True)
class Report:
    """What the recorder page says of itself. Levels in dBFS; `waiting`: takes not yet uploaded."""

    state: str
    prompt: str = ""
    level_dbfs: float | None = None
    peak_dbfs: float | None = None
    waiting: int = 0


def report(session: Session, said: Report) -> None:
    """Keep what the recorder says, instead of what it said before. Raises UnknownPrompt."""
    prompt = find_place(session, said.prompt).prompt if said.prompt else None
    now = timezone.now()
    values = {
        "state": said.state,
        "prompt": prompt,
        "level_dbfs": said.level_dbfs,
        "peak_dbfs": said.peak_dbfs,
        "waiting": said.waiting,
        "at": now,
    }
    rows = SessionLive.objects.filter(session=session)
    same = Q(state=said.state, prompt=prompt, waiting=said.waiting)
    if rows.filter(Q(at__lte=now - SOONEST) | ~same).update(**values) or rows.exists():
        return
    try:
        with transaction.atomic():
            SessionLive.objects.create(session=session, **values)
    except IntegrityError:  # two tabs spoke up in one moment
        rows.update(**values)


def state_of(session: Session) -> dict[str, Any]:
    """What the operator's page polls for: two small queries. `age_ms`: since the recorder spoke."""
    rows = SessionLive.objects.filter(session=session).select_related("prompt", "session")
    row = rows.first()
    again = SessionPrompt.objects.filter(session=session, state=PromptState.AGAIN)
    asked = list(again.order_by("position").values_list("prompt__public_id", flat=True))
    told: dict[str, Any] = {
        "state": "away",
        "prompt": None,
        "level_dbfs": None,
        "peak_dbfs": None,
        "waiting": 0,
        "at": None,
        "age_ms": None,
        "session_state": session.state,
        "revision": session.revision,
        "again": asked,
    }
    if row is None:
        return told
    age = timezone.now() - row.at
    return told | {
        "state": row.state,
        "prompt": row.prompt.public_id if row.prompt else None,
        "level_dbfs": row.level_dbfs,
        "peak_dbfs": row.peak_dbfs,
        "waiting": row.waiting,
        "at": row.at,
        "age_ms": max(0, round(age.total_seconds() * 1000)),
    }


@transaction.atomic
def store_device(session: Session, device: Any, *, by: Any) -> None:
    """Keep what the recording device really reported: an object of at most 16 KiB as JSON.

    Only a report that differs from the last is an event. Raises RuleBroken, TooLarge.
    """
    if not isinstance(device, dict):
        detail = say("A device report is an object, not {name}.", name=type(device).__name__)
        raise field_error("device", "bad_device", detail)
    size = len(json.dumps(device, ensure_ascii=False).encode())
    if size > DEVICE_MAX_BYTES:
        raise TooLarge(
            say(
                "The report has {size} bytes; {most} are the most.",
                size=size,
                most=DEVICE_MAX_BYTES,
            )
        )
    if device == session.device:
        return
    Session.objects.filter(pk=session.pk).update(device=device)
    session.device = device
    events.note(session, EventKind.DEVICE, by=by, label=str(device.get("label", ""))[:200])
