"""Corpora, sessions, scripts and takes as WebSpeechRecorderNg asks for them.

A project is a corpus, a script comes in the order of the session that names it, and a recording
file is a take. The client's version 0 is our take 1.
"""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage

from annotation.audio.errors import AudioRefused
from annotation.models import Corpus, Prompt, Script, Session, SessionPrompt, Take
from annotation.models.script import SectionKind
from annotation.models.session import EventKind, PromptState, SessionState
from annotation.models.take import TakeKind
from annotation.recording import wsr
from annotation.recording.wsr_wav import read_wave
from annotation.services.recording import events
from annotation.services.recording.errors import SessionNotOpen, UnknownPrompt
from annotation.services.recording.visitors import RECORDERS, find_session, is_visitor
from speecheq.errors import NotFound
from speecheq.sentences import say

CLIENT = "wsr"
"""In the data of an event: what this client told."""


def find_project(name: str, *, user: Any) -> Corpus:
    """The corpus `name` if `user` may record in it. Raises NotFound."""
    if is_visitor(user):
        corpus = user.link.session.corpus
        found = corpus if corpus.slug == name else None
    else:
        found = Corpus.objects.where_role(user, *RECORDERS).filter(slug=name).first()
    if found is None:
        raise NotFound(say("No project {name!r} that you may record in.", name=name))
    return found


def find_in_project(project: str, session_id: str, *, user: Any) -> Session:
    """The session, if it is of this project and `user` may record in it. Raises NotFound."""
    session = find_session(session_id, user=user)
    if session.corpus.slug != project:
        raise NotFound(
            say(
                "No session {session_id!r} in the project {project!r}.",
                session_id=session_id,
                project=project,
            )
        )
    return session


# --- session ----------------------------------------------------------------------------------


def session_json(session: Session) -> dict[str, Any]:
    return wsr.session(
        session.public_id,
        project=session.corpus.slug,
        script_id=wsr.script_id(session.script.name, session.public_id),
        status=_status(session),
        sealed=session.state == SessionState.CLOSED,
        dates=_told_dates(session),
    )


def _status(session: Session) -> str:
    have = set(session.takes.exclude(prompt=None).values_list("prompt_id", flat=True))
    spoken = trained = missing = 0
    columns = ("prompt_id", "state", "prompt__section__kind")
    for prompt_id, state, kind in session.places.values_list(*columns):
        if kind == SectionKind.TRAINING:
            trained += prompt_id in have
        elif prompt_id in have:
            spoken += 1
        else:
            missing += state != PromptState.SKIPPED
    return wsr.status(session.state, spoken=spoken, trained=trained, missing=missing)


def _told_dates(session: Session) -> dict[str, str]:
    dates: dict[str, str] = {}
    told = session.events.filter(kind=EventKind.CHANGE, data__client=CLIENT)
    for data in told.values_list("data", flat=True):
        dates.update({name: data[name] for name in wsr.DATES if name in data})
    return dates


def note_progress(session: Session, told: dict[str, Any], *, by: Any) -> Session:
    """Keep in the audit trail what the client says of its status and times.

    States stay ours: the first take opens a session, and only its operator closes it. The client
    says COMPLETED while its last recordings may still be on their way.
    """
    if session.state == SessionState.CLOSED:
        raise SessionNotOpen(say("The session is closed: nothing of it changes any more."))
    if told:
        events.note(session, EventKind.CHANGE, by=by, client=CLIENT, **told)
    return session


# --- script -----------------------------------------------------------------------------------


def script_json(asked: str, *, user: Any) -> dict[str, Any]:
    """A script as written, or in the order and mode of a session (`wsr.script_id`). Raises
    NotFound."""
    name, session_id = wsr.read_script_id(asked)
    if session_id is None:
        script = _find_script(name, user=user)
        return wsr.script(asked, mode="manual", parts=wsr.parts_of(_as_written(script)))
    session = find_session(session_id, user=user)
    if session.script.name != name:
        raise _no_script(asked)
    parts = wsr.parts_of(_in_order(session))
    if session.wants_room_tone:
        tone = wsr.room_tone(session.script.language)
        parts.insert(0, wsr.Part(tone.text, [tone]))
    return wsr.script(asked, mode=session.mode, parts=parts)


def _find_script(name: str, *, user: Any) -> Script:
    code, _, version = name.partition("@")
    scripts = Script.objects.filter(code=code)
    if is_visitor(user):
        scripts = scripts.filter(pk=user.link.session.script_id)
    by_version = {script.version: script for script in scripts}
    known = version.isascii() and version.isdigit() and len(version) < 10
    if not known or int(version) not in by_version:
        raise _no_script(name)
    return by_version[int(version)]


def _no_script(name: str) -> NotFound:
    return NotFound(
        say("No script {name!r}. A name holds its version, such as seqd-en-1@1.", name=name)
    )


def _as_written(script: Script) -> list[tuple[str, bool, wsr.Item]]:
    prompts = script.prompts.select_related("section").order_by("section__position", "position")
    return [_placed(prompt, script) for prompt in prompts]


def _in_order(session: Session) -> list[tuple[str, bool, wsr.Item]]:
    """What the operator left out is not asked for."""
    places = session.places.exclude(state=PromptState.SKIPPED).order_by("position")
    prompts = [place.prompt for place in places.select_related("prompt__section")]
    return [_placed(prompt, session.script) for prompt in prompts]


def _placed(prompt: Prompt, script: Script) -> tuple[str, bool, wsr.Item]:
    section = prompt.section
    return section.name, section.kind == SectionKind.TRAINING, item_of(prompt, script.language)


def item_of(prompt: Prompt | None, language: str) -> wsr.Item:
    """`language`: the script's, where the prompt has none of its own. None: the room tone."""
    if prompt is None:
        return wsr.room_tone(language)
    told = wsr.instructions(
        esc=prompt.target_esc,
        eis=prompt.target_eis,
        hint=prompt.hint,
        scenario=prompt.scenario,
        language=language,
    )
    return wsr.Item(wsr.item_code(prompt.key, prompt.public_id), prompt.text, told)


def find_item(session: Session, code: str) -> tuple[Prompt | None, str]:
    """The prompt of this item code and the kind of its takes; no prompt for room tone. Raises
    UnknownPrompt."""
    if code == wsr.ROOM_TONE:
        return None, TakeKind.ROOM_TONE
    places = SessionPrompt.objects.filter(session=session).select_related("prompt")
    place = places.filter(prompt__public_id=code).first() or places.filter(prompt__key=code).first()
    if place is None:
        raise UnknownPrompt(say("No prompt of this session has the item code {code!r}.", code=code))
    return place.prompt, TakeKind.SPEECH


# --- recording files --------------------------------------------------------------------------


def recording_files(session: Session) -> list[dict[str, Any]]:
    """Every take whose file is there, oldest first. None is opened that was counted (`_frames`)."""
    selections = _selections(session)
    takes = session.takes.select_related("prompt", "session__script").order_by("pk")
    there = default_storage.exists
    return [file_json(take, selections) for take in takes if there(str(take.file.name))]


def file_json(take: Take, selections: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """The take as a recording file; `selections`: see `_selections`, read if not given."""
    if selections is None:
        selections = _selections(take.session)
    return wsr.recording_file(
        wsr.RecordingFile(
            file_id=take.public_id,
            session_id=take.session.public_id,
            item=item_of(take.prompt, take.session.script.language),
            version=take.version - 1,
            date=(take.recorded_at or take.created_at).isoformat(),
            channels=take.channels,
            frames=_frames(take),
            rate_hz=take.sample_rate_hz,
            uuid=take.reported.get("uuid"),
            selection=selections.get(take.public_id, {}),
        )
    )


def _frames(take: Take) -> int:
    """To the frame: milliseconds are too coarse for a client that reads by frame. A take that was
    stored before frames were counted is opened once."""
    if take.frames is not None:
        return take.frames
    try:
        with default_storage.open(str(take.file.name)) as file:
            frames = read_wave(cast(BinaryIO, file)).frames
    except (FileNotFoundError, AudioRefused):
        return round(take.duration_ms * take.sample_rate_hz / 1000)
    Take.objects.filter(pk=take.pk).update(frames=frames)
    return frames


def find_file(session: Session, *, code: str, version: int | None = None) -> Take:
    """The take of an item: the client's `version`, or the newest. Raises NotFound."""
    try:
        prompt, kind = find_item(session, code)
    except UnknownPrompt as error:
        raise NotFound(error.detail) from None
    takes = session.takes.filter(prompt=prompt, kind=kind).order_by("version")
    take = takes.last() if version is None else takes.filter(version=version + 1).first()
    if take is None:
        if version is None:
            raise NotFound(say("There is no recording of {code!r} yet.", code=code))
        detail = say(
            "There is no recording of version {version} of {code!r} yet.",
            version=version,
            code=code,
        )
        raise NotFound(detail)
    return take


def find_file_by_id(session: Session, file_id: str) -> Take:
    """A take by its id, or by the UUID that the client gave a recording in pieces."""
    found = session.takes.filter(public_id=file_id).first() or with_uuid(session, file_id)
    if found is None:
        raise NotFound(say("No recording file {file_id!r} in this session.", file_id=file_id))
    return found


def with_uuid(session: Session, uuid: str) -> Take | None:
    """The take that came under this UUID, in whichever case its letters are written."""
    return session.takes.filter(reported__uuid__iexact=uuid).order_by("pk").first()


# --- selections within a recording ------------------------------------------------------------


def select_part(take: Take, selection: dict[str, int | None], *, by: Any) -> None:
    """Keep which part of a recording somebody marked as the one that counts; None: no mark."""
    told: dict[str, Any] = {"take": take.public_id, **selection}
    events.note(take.session, EventKind.CHANGE, by=by, prompt=take.prompt, client=CLIENT, **told)


def _selections(session: Session) -> dict[str, dict[str, Any]]:
    """The last mark in each take, by the take's id."""
    told = session.events.filter(kind=EventKind.CHANGE, data__client=CLIENT, data__has_key="take")
    return {data["take"]: data for data in told.values_list("data", flat=True)}
