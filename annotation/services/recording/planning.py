"""Planning a session: who speaks which version of which script, in which order, watched by whom."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation.models import Corpus, Prompt, Script, Session, SessionPrompt, Speaker
from annotation.models.session import EventKind, SessionMode
from annotation.services.recording import events
from annotation.services.recording.quality import changed_rules
from annotation.services.recording.scripts import prompts_in_order
from annotation.services.recording.visitors import RECORDERS
from annotation.services.versions import named_version
from speecheq.authorisation import require_role
from speecheq.errors import field_error
from speecheq.models import User
from speecheq.sentences import say
from speecheq.texts import check_line

BITS = (16, 24)
MAX_COUNTDOWN_S = 10
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class SessionRequest:
    """What a session is planned from. `speaker`: a public id; `script`: `code` (the newest version)
    or `code@version`; `operator`: a user name, or none yet; `seed`: None draws one."""

    speaker: str
    script: str
    operator: str = ""
    mode: str = SessionMode.MANUAL
    seed: int | None = None
    bits: int = 24
    countdown_s: int = 0
    wants_room_tone: bool = True
    qc_rules: dict[str, Any] = field(default_factory=dict)
    planned_for: datetime | None = None
    title: str = ""


@transaction.atomic
def plan_session(*, corpus: Corpus, request: SessionRequest, by: Any) -> Session:
    """Plan a session and draw the order of its prompts, once. Raises Forbidden, RuleBroken."""
    require_role(by, corpus, *RECORDERS)
    check_line(request.title, field="title")
    changed_rules(request.qc_rules)
    script = find_script(request.script)
    seed = request.seed if request.seed is not None else secrets.randbelow(MAX_SEED)
    session = Session.objects.create(
        corpus=corpus,
        speaker=find_speaker(corpus, request.speaker),
        script=script,
        operator=find_operator(corpus, request.operator),
        title=request.title,
        mode=request.mode,
        seed=seed,
        bits=request.bits,
        countdown_s=request.countdown_s,
        wants_room_tone=request.wants_room_tone,
        qc_rules=request.qc_rules,
        planned_for=request.planned_for,
        created_by=by,
    )
    SessionPrompt.objects.bulk_create(
        SessionPrompt(session=session, prompt=prompt, position=position)
        for position, prompt in enumerate(ordered(script, seed), start=1)
    )
    events.note(session, EventKind.STATE, by=by, state=session.state, script=script.name)
    session.refresh_from_db(fields=["revision"])
    return session


def ordered(script: Script, seed: int) -> list[Prompt]:
    """The prompts of a script as a session with this seed speaks them. Raises RuleBroken."""
    drawn = prompts_in_order(script, seed)
    if not drawn:
        detail = say("The script {name} has no prompt: nothing to speak.", name=script.name)
        raise field_error("script", "empty_script", detail)
    return drawn


def find_script(name: str) -> Script:
    """Raises RuleBroken, and names the scripts there are."""
    script = named_version(Script.objects.all(), name)
    if script is None:
        codes = ", ".join(sorted(set(Script.objects.values_list("code", flat=True))))
        known = codes or say("none yet")
        detail = say("No script {name!r}. Known: {known}.", name=name, known=known)
        raise field_error("script", "unknown_script", detail)
    return script


def find_speaker(corpus: Corpus, public_id: str) -> Speaker:
    """Somebody known of this corpus. Raises RuleBroken."""
    speaker = corpus.speakers.filter(public_id=public_id).first()
    if speaker is None:
        detail = say(
            "The corpus {slug!r} has no speaker {id!r}. Add the speaker first.",
            slug=corpus.slug,
            id=public_id,
        )
        raise field_error("speaker", "unknown_speaker", detail)
    if speaker.is_unknown:
        detail = say(
            "{code} stands for voices nobody knows. A session needs a known speaker.",
            code=speaker.code,
        )
        raise field_error("speaker", "unknown_speaker", detail)
    return speaker


def operators_of(corpus: Corpus) -> list[User]:
    """Those who may operate a session of the corpus, by name."""
    people = User.objects.filter(
        memberships__corpus=corpus, memberships__role__in=RECORDERS, is_active=True
    )
    return list(people.distinct().order_by("username"))


def find_operator(corpus: Corpus, username: str) -> User | None:
    """Who has the role in this corpus; None for no name. Raises RuleBroken."""
    if not username:
        return None
    people = {user.username: user for user in operators_of(corpus)}
    if username not in people:
        known = ", ".join(people) or "nobody yet"
        detail = say(
            "{username!r} operates no session of {slug!r}. Those who may: {known}.",
            username=username,
            slug=corpus.slug,
            known=known,
        )
        raise field_error("operator", "not_an_operator", detail)
    return people[username]
