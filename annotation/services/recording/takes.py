"""Takes: every way in ends here, and nothing that was spoken is lost or stored twice.

The file is stored first, under a name of its own; the row follows in one short transaction, which
asks for the consent once more. Whoever is killed in between leaves a file without a row, which
`leftovers` removes, and the same take is simply sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotation.models import Prompt, Session, SessionPrompt, Take
from annotation.models.ids import take_id
from annotation.models.session import EventKind, PromptState, SessionState
from annotation.models.take import TakeKind, TakeSource, Verdict
from annotation.services.recording import consents, events
from annotation.services.recording.clocks import Moment, by_our_clock
from annotation.services.recording.durable import durable
from annotation.services.recording.errors import SessionNotOpen, UnknownPrompt
from annotation.services.recording.link_room import check_room
from annotation.services.recording.sound import Missing, Sound, examine
from annotation.services.recording.take_errors import TakeElsewhere
from annotation.services.recording.take_files import checked_digest, keep_file, with_file
from annotation.services.recording.visitors import account_of, find_session, look_at_session
from speecheq.errors import Conflict, DomainError, NotFound
from speecheq.outbox import audit
from speecheq.sentences import say

TRIES = 5
# A page may say what it likes, a number of 400 digits too.
MOST_GAPS = 10_000
MOST_MISSING = 1_000_000_000  # frames


Together = Callable[[Take, bool], None]


@dataclass(frozen=True)
class Attempt:
    """A file that wants to be a take.

    by: a user or a speaker by link; None for the system.
    reported: what the recording page said of its device and figures; it may hold the take's place
        in the order of a browser's takes (`clocks.Moment`).
    recorded_at: as far as known.
    counted: bytes of it that count against the bound of a link already, as an upload.
    together: called with the take and whether it is new, in the transaction that decides about it,
        the session held. What it raises undoes both.
    """

    session: Session
    prompt: Prompt | None
    kind: str
    sha256: str
    by: Any
    source: str = TakeSource.RECORDER
    reported: dict[str, Any] = field(default_factory=dict)
    recorded_at: datetime | None = None
    counted: int = 0
    together: Together | None = None

    @property
    def missing(self) -> Missing:
        """What the recording page knows to be missing."""
        return Missing(
            gaps=self._told("gaps", MOST_GAPS), frames=self._told("missing_frames", MOST_MISSING)
        )

    def _told(self, name: str, most: int) -> int:
        told = self.reported.get(name)
        return min(told, most) if type(told) is int and told > 0 else 0

    @property
    def others(self) -> QuerySet[Take]:
        """All takes of the same prompt, or all of room tone."""
        return Take.objects.filter(session=self.session, prompt=self.prompt)

    def more(self, file_bytes: int) -> int:
        """Bytes that are to be counted still."""
        return max(0, file_bytes - self.counted)

    def decided(self, take: Take, *, is_new: bool) -> Take:
        """The take, once what goes together with it is done."""
        if self.together is not None:
            self.together(take, is_new)
        return take


def store_take(
    *,
    session: Session,
    prompt: Prompt | None,
    kind: str,
    path: Path,
    sha256: str | None,
    by: Any,
    source: str = TakeSource.RECORDER,
    reported: dict[str, Any] | None = None,
    recorded_at: datetime | None = None,
    counted: int = 0,
    together: Together | None = None,
) -> tuple[Take, bool]:
    """Keep the WAV file at `path` as the next take of `prompt` (None: room tone); see `Attempt`.

    The same bytes again are the same take, whatever the session has become. Nothing is stored when
    an error is raised. `sha256`: hex, as the sender announced it; None where nobody did.

    Returns: the take, and whether it is new.

    Raises: DigestMismatch, TakeElsewhere, ConsentMissing, SessionNotOpen, UnknownPrompt,
        TooMuchByLink, TakeRefused, and what `together` raises.
    """
    attempt = Attempt(
        session=session,
        prompt=prompt,
        kind=kind,
        sha256=checked_digest(path, sha256),
        by=by,
        source=source,
        reported=reported or {},
        recorded_at=by_our_clock(recorded_at, None, now=timezone.now()),
        counted=counted,
        together=together,
    )
    _check_place(attempt)
    return _again(attempt, path) or _first(attempt, path)


def _again(attempt: Attempt, path: Path) -> tuple[Take, bool] | None:
    """The take that these bytes are already, if they are one."""
    known = _known(attempt)
    if known is None:
        return None
    take = with_file(known, path)
    if attempt.together is not None:
        with durable():
            hold_session(attempt.session)
            attempt.decided(take, is_new=False)
    return take, False


def _first(attempt: Attempt, path: Path) -> tuple[Take, bool]:
    session = attempt.session
    consents.require(session.speaker)
    _check_open(session, attempt.recorded_at)
    check_room(session, by=attempt.by, more=attempt.more(path.stat().st_size))
    sound = examine(
        path, session=session, prompt=attempt.prompt, kind=attempt.kind, missing=attempt.missing
    )
    return _keep(attempt, path, sound)


def _check_place(attempt: Attempt) -> None:
    if (attempt.kind == TakeKind.SPEECH) != (attempt.prompt is not None):
        raise UnknownPrompt(say("Speech belongs to a prompt, and room tone to none."))
    prompt = attempt.prompt
    if prompt is not None and not attempt.session.places.filter(prompt=prompt).exists():
        raise UnknownPrompt(
            say("The prompt {id!r} is none of this session's.", id=prompt.public_id)
        )


def _known(attempt: Attempt) -> Take | None:
    """The take that these bytes are already. Raises TakeElsewhere where it is another prompt's."""
    found = Take.objects.filter(session=attempt.session, sha256=attempt.sha256)
    take = found.select_related("prompt", "session", "clip").first()
    if take is None or take.prompt == attempt.prompt:
        return take
    if take.prompt is None:
        same = say("This session has the same file as take {n} of room tone.", n=take.version)
    else:
        same = say(
            "This session has the same file as take {n} of the prompt {prompt!r}.",
            n=take.version,
            prompt=take.prompt.key,
        )
    raise TakeElsewhere(say("{same} A take belongs to one prompt.", same=same))


def _check_open(session: Session, recorded_at: datetime | None) -> None:
    """A closed session takes what was recorded before it was closed and comes only now."""
    if session.state != SessionState.CLOSED:
        return
    closed = session.events.filter(kind=EventKind.STATE).order_by("-pk").first()
    if closed is not None and recorded_at is not None and recorded_at <= closed.at:
        return
    raise SessionNotOpen(
        say(
            "The session is closed, and this take was not recorded before. Open it "
            "again, or plan another one."
        )
    )


def _keep(attempt: Attempt, path: Path, sound: Sound) -> tuple[Take, bool]:
    """Store the file, then the row; without the row the file goes again."""
    public_id = take_id()
    stored = keep_file(public_id, path)
    try:
        take = _insert(attempt, public_id, stored, sound)
    except (DomainError, OSError):
        default_storage.delete(stored)
        raise
    # Any other error, such as a connection that broke at COMMIT, does not say whether the row is
    # there. The sender's copy goes once it is: the file stays until `leftovers` has looked.
    if take.public_id != public_id:  # the same bytes came twice at once, and were a take before us
        default_storage.delete(stored)
    return take, take.public_id == public_id


def _insert(attempt: Attempt, public_id: str, stored: str, sound: Sound) -> Take:
    """The row. Constraints decide who was first; who was not looks again."""
    for _ in range(TRIES):
        try:
            with durable():
                return _write(attempt, public_id, stored, sound)
        except IntegrityError:
            continue
    raise Conflict(say("Other takes of this prompt keep coming. Send this one again."))


def _write(attempt: Attempt, public_id: str, stored: str, sound: Sound) -> Take:
    # The speaker before the session, as a withdrawal takes them: neither waits for the other.
    consent = consents.require(attempt.session.speaker)
    session = hold_session(attempt.session)
    if known := _known(attempt):
        return attempt.decided(known, is_new=False)
    _check_open(session, attempt.recorded_at)
    check_room(session, by=attempt.by, more=attempt.more(sound.file_bytes))
    newest = attempt.others.aggregate(newest=Max("version"))["newest"] or 0
    accepted = sound.verdict != Verdict.RED and not _is_overtaken(attempt)
    if accepted:
        attempt.others.filter(accepted=True).update(accepted=False)
    take = Take.objects.create(
        public_id=public_id,
        session=session,
        prompt=attempt.prompt,
        kind=attempt.kind,
        version=newest + 1,
        source=attempt.source,
        consent=consent,
        file=stored,
        sha256=attempt.sha256,
        accepted=accepted,
        reported=attempt.reported,
        recorded_at=attempt.recorded_at,
        created_by=account_of(attempt.by),
        **sound.as_fields(),
    )
    _tell(take, by=attempt.by)
    return attempt.decided(take, is_new=True)


def _is_overtaken(attempt: Attempt) -> bool:
    """Whether the chosen take was spoken later: this one waited in a browser and comes only now."""
    chosen = attempt.others.filter(accepted=True).first()
    if chosen is None:
        return False
    mine = Moment.of(attempt.recorded_at, attempt.reported)
    return Moment.of(chosen.recorded_at, chosen.reported).is_after(mine)


def hold_session(session: Session) -> Session:
    """The session as it is now, and nobody else's until this transaction ends."""
    held = Session.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("speaker").get(pk=session.pk)


def _tell(take: Take, *, by: Any) -> None:
    session = take.session
    if take.prompt is not None:
        places = SessionPrompt.objects.filter(session=session, prompt=take.prompt)
        if _is_older_than_the_ask(take):
            places = places.exclude(state=PromptState.AGAIN)
        places.update(state=PromptState.RECORDED)
    planned = Session.objects.filter(pk=session.pk, state=SessionState.PLANNED)
    if planned.update(state=SessionState.OPEN):
        events.note(session, EventKind.STATE, by=by, state=SessionState.OPEN)
        session.state = SessionState.OPEN
    events.touch(session)
    told = {"session": session.public_id, "version": take.version, "sha256": take.sha256}
    audit(account_of(by), "take.stored", take.public_id, **told)


def _is_older_than_the_ask(take: Take) -> bool:
    """Whether it was being spoken when the operator asked for its prompt once more, or before."""
    asks = take.session.events.filter(kind=EventKind.AGAIN, prompt=take.prompt)
    asked = asks.order_by("-pk").values_list("at", flat=True).first()
    return asked is not None and take.recorded_at is not None and take.recorded_at < asked


# --- what there is -----------------------------------------------------------------------------


def takes_of(session: Session) -> QuerySet[Take]:
    """All takes of a session, oldest first."""
    return session.takes.select_related("session", "prompt", "clip").order_by("pk")


def find_take(public_id: str, *, user: Any, to_record: bool = False) -> Take:
    """A take that `user` may hear; with `to_record`, one of a session they may record in. Raises
    NotFound, Forbidden."""
    takes = Take.objects.select_related("session__corpus", "session__speaker", "prompt", "clip")
    take = takes.filter(public_id=public_id).first()
    if take is None:
        raise NotFound(say("No take {id!r}.", id=public_id))
    look = find_session if to_record else look_at_session
    try:
        look(take.session.public_id, user=user)
    except NotFound:
        raise NotFound(say("No take {id!r}.", id=public_id)) from None
    return take


def choose_take(take: Take, *, accepted: bool, by: Any) -> Take:
    """Say by hand whether a take is the one to use; of the attempts at a prompt one is at most."""
    with durable():
        session = hold_session(take.session)
        others = Take.objects.filter(session=session, prompt=take.prompt, accepted=True)
        take.accepted = others.filter(pk=take.pk).exists()
        if take.accepted == accepted:
            return take
        if accepted:
            others.update(accepted=False)
        Take.objects.filter(pk=take.pk).update(accepted=accepted)
        events.note(
            session,
            EventKind.ACCEPT,
            by=by,
            prompt=take.prompt,
            take=take.public_id,
            version=take.version,
            accepted=accepted,
        )
    take.accepted = accepted
    return take
