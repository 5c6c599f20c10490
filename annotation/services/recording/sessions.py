"""A planned session: its settings, its states, and its notes."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotation.models import Prompt, Session, SessionEvent, SessionPrompt
from annotation.models.session import EventKind, PromptState, SessionState
from annotation.services.recording import events
from annotation.services.recording.errors import (
    PromptRecorded,
    SessionNotOpen,
    SessionStateConflict,
    UnknownPrompt,
)
from annotation.services.recording.planning import find_operator
from annotation.services.recording.quality import changed_rules
from annotation.services.recording.visitors import RECORDERS
from speecheq.authorisation import require_role
from speecheq.errors import Malformed, field_error
from speecheq.roles import Role
from speecheq.sentences import say, word
from speecheq.texts import check_line

NEXT_STATES: dict[str, set[str]] = {
    SessionState.PLANNED: {SessionState.OPEN, SessionState.CLOSED},
    SessionState.OPEN: {SessionState.PAUSED, SessionState.CLOSED},
    SessionState.PAUSED: {SessionState.OPEN, SessionState.CLOSED},
    SessionState.CLOSED: {SessionState.OPEN},
}
# What may be changed later. Speaker, script and order may not: takes hang on them.
SETTINGS = (
    "title",
    "mode",
    "bits",
    "countdown_s",
    "wants_room_tone",
    "qc_rules",
    "operator",
    "planned_for",
)
NOTE_MAX = 2000
REASON_MAX = 500


@transaction.atomic
def change_session(
    session: Session, *, by: Any, state: str | None = None, **settings: Any
) -> Session:
    """Change settings (some of SETTINGS; `operator` by user name, "" for none), then the state.

    Raises Forbidden, RuleBroken; SessionStateConflict where somebody was faster.
    """
    require_role(by, session.corpus, *RECORDERS)
    _change_settings(session, settings, by)
    if state is not None and state != session.state:
        _change_state(session, state, by)
    session.refresh_from_db()
    return session


def _change_settings(session: Session, settings: dict[str, Any], by: Any) -> None:
    check_line(settings.get("title", ""), field="title")
    if "qc_rules" in settings:
        changed_rules(settings["qc_rules"])
    if "operator" in settings:
        settings["operator"] = find_operator(session.corpus, settings["operator"])
    changed = {name: v for name, v in settings.items() if v != getattr(session, name)}
    if not changed:
        return
    refuse_closed(session)
    Session.objects.filter(pk=session.pk).update(**changed)
    events.note(session, EventKind.CHANGE, by=by, **{k: _told(v) for k, v in changed.items()})


def _told(value: Any) -> Any:
    """A setting as the audit trail keeps it: plain JSON."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "username", value)


def _change_state(session: Session, state: str, by: Any) -> None:
    """One UPDATE decides between two people who press at once."""
    allowed = NEXT_STATES[session.state]
    if state not in allowed:
        can = word(*sorted(allowed))
        detail = say(
            "A session that is {state} cannot become {to}; it can become {can}.",
            state=word(session.state),
            to=word(state),
            can=can,
        )
        raise field_error("state", "session_state_conflict", detail, kind=SessionStateConflict)
    if session.state == SessionState.CLOSED:
        require_role(by, session.corpus, Role.DATA_MANAGER)
    before = session.state
    if not Session.objects.filter(pk=session.pk, state=before).update(state=state):
        detail = say(
            "Somebody else changed the session, which was {before}. Look at it again.",
            before=word(before),
        )
        raise field_error("state", "session_state_conflict", detail, kind=SessionStateConflict)
    events.note(session, EventKind.STATE, by=by, state=state, before=before)


def refuse_closed(session: Session) -> None:
    """Raises SessionNotOpen where the session is over."""
    if session.state == SessionState.CLOSED:
        raise SessionNotOpen(say("The session is closed. A data manager can open it again."))


def find_place(session: Session, prompt_id: str) -> SessionPrompt:
    """Where the session speaks this prompt. Raises UnknownPrompt."""
    places = session.places.select_related("prompt")
    place = places.filter(prompt__public_id=prompt_id).first()
    if place is None:
        detail = say("No prompt {prompt_id!r} in this session.", prompt_id=prompt_id)
        raise field_error("prompt", "unknown_prompt", detail, kind=UnknownPrompt)
    return place


@transaction.atomic
def add_note(session: Session, *, by: Any, text: str, prompt_id: str = "") -> SessionEvent:
    """Write something down, of the session or of one prompt. Raises Malformed, RuleBroken."""
    text = _checked(text, "text", NOTE_MAX)
    prompt = find_place(session, prompt_id).prompt if prompt_id else None
    return events.note(session, EventKind.NOTE, by=by, prompt=prompt, text=text)


@transaction.atomic
def ask_again(session: Session, *, by: Any, prompt_id: str) -> SessionPrompt:
    """Ask the speaker to say a prompt once more. A later take answers it; asking twice is once."""
    refuse_closed(session)
    place = find_place(session, prompt_id)
    waiting = SessionPrompt.objects.filter(pk=place.pk).exclude(state=PromptState.AGAIN)
    if waiting.update(state=PromptState.AGAIN, note=""):
        _note_place(session, place, EventKind.AGAIN, by)
    place.state, place.note = PromptState.AGAIN, ""
    return place


@transaction.atomic
def skip(session: Session, *, by: Any, prompt_id: str, reason: str) -> SessionPrompt:
    """Leave a prompt out, and say why. Of one that was to be said again, the chosen take stands.

    Raises PromptRecorded where a take is chosen and nobody asked for another.
    """
    refuse_closed(session)
    reason = _checked(reason, "reason", REASON_MAX)
    place = find_place(session, prompt_id)
    chosen = session.takes.filter(prompt=place.prompt, accepted=True).exists()
    if chosen and place.state != PromptState.AGAIN:
        detail = say(
            "{key} is recorded. Only a prompt without a chosen take is skipped.",
            key=place.prompt.key,
        )
        raise field_error("prompt", "prompt_recorded", detail, kind=PromptRecorded)
    place.state = PromptState.RECORDED if chosen else PromptState.SKIPPED
    place.note = reason
    place.save(update_fields=["state", "note"])
    _note_place(session, place, EventKind.SKIP, by, text=reason)
    return place


@transaction.atomic
def bring_back(session: Session, *, by: Any, prompt_id: str) -> SessionPrompt:
    """Have a prompt that was left out spoken after all. One that was not stays as it is."""
    refuse_closed(session)
    place = find_place(session, prompt_id)
    left_out = SessionPrompt.objects.filter(pk=place.pk, state=PromptState.SKIPPED)
    if left_out.update(state=PromptState.WAITING, note=""):
        _note_place(session, place, EventKind.SKIP, by, ended=True)
        place.state, place.note = PromptState.WAITING, ""
    return place


def _note_place(
    session: Session,
    place: SessionPrompt,
    kind: EventKind,
    by: Any,
    text: str = "",
    **data: Any,
) -> None:
    prompt: Prompt = place.prompt
    events.note(session, kind, by=by, prompt=prompt, text=text, prompt_key=prompt.key, **data)


def _checked(text: str, field: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise field_error(field, "empty", say("Write what there is to say."))
    if len(text) > most:
        detail = say("{n_text} characters; {most} are the most.", n_text=len(text), most=most)
        raise field_error(field, "too_long", detail, kind=Malformed)
    return text
