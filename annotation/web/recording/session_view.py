"""What the page of one session shows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Session, SessionEvent, SessionLink
from annotation.models.session import EventKind, PromptState, SessionState
from annotation.models.take import TakeKind, Verdict
from annotation.services.recording import (
    clips,
    consents,
    live,
    room_tone,
    session_progress,
    sessions,
    summary,
)
from annotation.services.recording.session_progress import Counts, Progress
from annotation.services.recording.summary import Taken
from annotation.services.recording.visitors import RECORDERS
from annotation.web.recording.reason_words import reasons_in_words
from annotation.web.recording.rule_fields import rules_in_words
from annotation.web.recording.session_forms import SettingsForm, setting_words

EVENTS_SHOWN = 100
FOLDED = 40  # from so many prompts on, finished sections are folded


def detail_of(session: Session, user: Any) -> dict[str, Any]:
    """All of the page: a fixed number of queries, however many prompts there are."""
    manages = _manages(session, user)
    rows = list(session.events.select_related("actor", "prompt").order_by("-pk")[:EVENTS_SHOWN])
    is_closed = session.state == SessionState.CLOSED
    return live_part(session, user) | {
        "consent": summary.consent_of(session),
        "taken_back_at": consents.taken_back_at(session.speaker),
        "may_act": may_act(session, user),
        "manages": manages,
        "may_reopen": is_closed and manages,
        "states": [] if is_closed else sorted(sessions.NEXT_STATES[session.state]),
        "notes": [row for row in rows if row.kind == EventKind.NOTE],
        "events": [{"event": row, "words": words(row)} for row in rows],
        "links": [link_row(link) for link in session.links.select_related("created_by")],
        "settings": SettingsForm(initial=SettingsForm.initial_of(session), corpus=session.corpus),
        "rules": rules_in_words(session.qc_rules),
        "device": device_rows(session.device),
        "made": clips.made_of(session),
    }


def _held(session: Session, user: Any) -> set[str]:
    return set(user.memberships.filter(corpus=session.corpus).values_list("role", flat=True))


def may_act(session: Session, user: Any) -> bool:
    """Whether `user` records in the session's corpus."""
    return bool(user.is_superuser or _held(session, user) & set(RECORDERS))


def _manages(session: Session, user: Any) -> bool:
    return bool(user.is_superuser or RECORDERS[0] in _held(session, user))


def live_part(session: Session, user: Any) -> dict[str, Any]:
    """What changes while somebody speaks."""
    taken = summary.taken_by_prompt(session)
    prompts = summary.prompts_of(session, taken)
    progress = session_progress.progress_of(session.places.all())
    return {
        "session": session,
        "may_step_in": session.state != SessionState.CLOSED and may_act(session, user),
        "live": live.state_of(session),
        "progress": progress,
        "matrix": matrix_of(progress),
        "sections": sections_of(prompts),
        "room_tone": taken[None],
        "room": room_of(session, taken[None]),
        "n_bad": sum(row["verdict"] == "red" for row in prompts),
    }


def room_of(session: Session, tone: Taken) -> dict[str, Any]:
    """Whether the room tone is to be recorded again, and why."""
    is_bad = session.wants_room_tone and tone.verdict == Verdict.RED and tone.accepted is None
    if not is_bad:
        return {"is_bad": False, "reasons": [], "again": room_tone.is_asked_again(session)}
    qc = session.takes.values_list("qc", flat=True).get(public_id=tone.newest)
    return {"is_bad": True, "reasons": reasons_in_words(qc), "again": False}


def sections_of(prompts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one section together. A long session shows the one that is at work open."""
    found = []
    for (name, kind), rows in groupby(prompts, key=lambda row: (row["section"], row["kind"])):
        group = list(rows)
        done = sum(bool(row["accepted"]) or row["state"] == PromptState.SKIPPED for row in group)
        found.append({"name": name, "kind": kind, "rows": group, "done": done, "n": len(group)})
    short = len(prompts) < FOLDED
    working = next((each for each in found if each["done"] < each["n"]), None)
    for each in found:
        each["open"] = short or each is working
    return found


def matrix_of(progress: Progress) -> dict[str, Any]:
    """Rows of emotions and columns of intensities; None where the script has no such prompt."""
    levels = sorted({cell.eis for cell in progress.cells if cell.eis is not None})
    columns: list[int | None] = [*levels]
    if any(cell.eis is None for cell in progress.cells):
        columns.append(None)
    counts = {(cell.esc, cell.eis): cell.counts for cell in progress.cells}
    rows = [
        {
            "esc": esc,
            "cells": [_cell(counts.get((esc, eis))) for eis in columns],
            "sum": _cell(sum((c for (e, _eis), c in counts.items() if e == esc), Counts())),
        }
        for esc in sorted({cell.esc for cell in progress.cells})
    ]
    return {"columns": columns, "rows": rows}


def _cell(counts: Counts | None) -> dict[str, Any] | None:
    if counts is None:
        return None
    return {"counts": counts, "share": counts.accepted / counts.target if counts.target else 0.0}


def link_row(link: SessionLink) -> dict[str, Any]:
    """A link, and in one word what can still be done with it."""
    if link.revoked_at is not None:
        state = "revoked"
    elif link.expires_at <= timezone.now():
        state = "expired"
    else:
        state = "opened" if link.opened_at else "waiting"
    return {"link": link, "state": state, "good": state in ("waiting", "opened")}


def device_rows(device: dict[str, Any]) -> list[tuple[str, str]]:
    """What the device reported, one line a fact; deeper facts by their path."""
    rows: list[tuple[str, str]] = []
    for name, value in device.items():
        if isinstance(value, dict):
            rows += [(f"{name}.{inner}", deep) for inner, deep in device_rows(value)]
        else:
            rows.append((str(name), str(value)))
    return rows[:60]


def words(event: SessionEvent) -> str:
    """What happened, as a short sentence of the page's language."""
    data = event.data
    if event.kind == EventKind.STATE:
        return _state_words(data)
    if event.kind == EventKind.LINK:
        return _link_words(data)
    if event.kind == EventKind.CHANGE:
        changed = "; ".join(setting_words(name, value) for name, value in data.items())
        return _("Settings: %(changed)s") % {"changed": changed}
    if event.kind == EventKind.DEVICE:
        return _("Device: %(label)s") % {"label": data.get("label") or _("unnamed")}
    if event.kind == EventKind.ACCEPT:
        return _choice_words(event)
    key = event.prompt.key if event.prompt else ""
    if event.kind == EventKind.AGAIN and not key:
        key = str(TakeKind.ROOM_TONE.label)
    told = {
        EventKind.AGAIN: _("Once more: %(key)s"),
        EventKind.SKIP: _("Brought back: %(key)s") if "ended" in data else _("Left out: %(key)s"),
        EventKind.NOTE: _("Note on %(key)s") if key else _("Note"),
        EventKind.CONSENT: _("Consent"),
    }
    return told.get(EventKind(event.kind), event.kind) % {"key": key}


def _choice_words(event: SessionEvent) -> str:
    what = event.prompt.key if event.prompt else TakeKind.ROOM_TONE.label
    is_chosen = event.data.get("accepted", True)
    told = _("Take chosen: %(key)s") if is_chosen else _("Choice taken back: %(key)s")
    return told % {"key": what}


def _state_words(data: dict[str, Any]) -> str:
    """Planning has no state before it; a first take tells only what the session became."""
    state = SessionState(data["state"])
    if "before" not in data:
        return _("Planned") if state == SessionState.PLANNED else _("Opened by its first take")
    before = SessionState(data["before"]).label
    return _("State: %(before)s → %(state)s") % {"before": before, "state": state.label}


def _link_words(data: dict[str, Any]) -> str:
    if data.get("opened"):
        return _("The speaker opened the link")
    return _("A link was taken back") if data.get("revoked") else _("A link was made")
