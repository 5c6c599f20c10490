"""Recordings that WebSpeechRecorderNg sends: whole, or in pieces that are joined in the end.

All of them become takes by `store_take`, which asks for consent and an open session and stores the
same bytes once. Pieces wait as files beside other uploads, each named after session, UUID, number
and prompt, so that a piece sent again takes its own place.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from annotation.audio.errors import AudioRefused
from annotation.models import Session, Take
from annotation.models.session import SessionState
from annotation.models.take import TakeSource
from annotation.recording import wsr_wav
from annotation.services.recording import consents, incoming
from annotation.services.recording.arrivals import alone
from annotation.services.recording.durable import sync
from annotation.services.recording.errors import SessionNotOpen
from annotation.services.recording.incoming import PIECE as SUFFIX
from annotation.services.recording.take_errors import TakeRefused
from annotation.services.recording.take_files import MAX_BYTES, digest_of
from annotation.services.recording.takes import store_take
from annotation.services.recording.wsr import find_item, with_uuid
from speecheq.errors import Conflict, Malformed, NotFound, TooLarge
from speecheq.sentences import say

CLIENT = "WebSpeechRecorderNg"
KEPT = timedelta(days=7)  # after the last piece, a client that was closed has not come back
MOST_PIECES = 1_000
MOST_BEGUN = 1_000  # recordings of one session
MOST_WAITING = 8 * MAX_BYTES  # of one session: some recordings whose end is still to come
TOO_MANY = say("Too many recordings of this session wait for their end.")
_UUID = re.compile(r"[0-9A-Fa-f-]{8,40}")


class PiecesMissing(Conflict):
    """The client sends what failed again, and asks again after that."""

    code = "pieces_missing"


@dataclass(frozen=True)
class Recording:
    """One recording of a session that comes in pieces, under the client's UUID.

    Raises NotFound for what is no UUID, before it becomes part of a file's name.
    """

    session: Session
    uuid: str

    def __post_init__(self) -> None:
        if not _UUID.fullmatch(self.uuid):
            raise NotFound(say("{uuid!r} is no UUID of a recording.", uuid=self.uuid))

    @property
    def prefix(self) -> str:
        return f"{self.session.public_id}.{self.uuid.lower()}."

    def pieces(self) -> dict[int, Path]:
        """What has come, by number."""
        found = incoming.folder().glob(f"{self.prefix}*.*{SUFFIX}")
        return {int(path.name.split(".")[2]): path for path in sorted(found)}

    def path(self, number: int, place: str) -> Path:
        return incoming.folder() / f"{self.prefix}{number:04}.{place}{SUFFIX}"

    @property
    def started(self) -> Path:
        """Holds when the recording began, by the client's clock."""
        return incoming.folder() / f"{self.prefix}started{SUFFIX}"


def store_whole(
    session: Session, code: str, path: Path, *, by: Any, agent: str = ""
) -> tuple[Take, bool]:
    """A recording that came in one request. Returns the take, and whether it is new.

    Raises UnknownPrompt, TakeRefused, ConsentMissing, SessionNotOpen, TakeElsewhere.
    """
    prompt, kind = find_item(session, code)
    reported = {"client": CLIENT, "agent": agent, "sent_sha256": digest_of(path)}
    with _exact([path]) as whole:
        return store_take(
            session=session,
            prompt=prompt,
            kind=kind,
            path=whole,
            sha256=None,
            by=by,
            source=TakeSource.WSR,
            reported=reported,
        )


@contextmanager
def _exact(sources: list[Path]) -> Iterator[Path]:
    """The samples of `sources` as one WAV file that is gone afterwards. Raises TakeRefused."""
    with tempfile.NamedTemporaryFile(dir=incoming.folder(), suffix=incoming.SUFFIX) as file:
        try:
            wsr_wav.join(sources, Path(file.name))
        except AudioRefused as refusal:
            raise TakeRefused(refusal.detail, code=refusal.code) from None
        yield Path(file.name)


# --- in pieces --------------------------------------------------------------------------------


def begin(recording: Recording, *, started: datetime | None) -> None:
    """Before the first piece: note when the recording began. Raises ConsentMissing,
    SessionNotOpen, TooLarge."""
    if with_uuid(recording.session, recording.uuid) is not None:
        return
    with alone():
        _check(recording)
        begun = incoming.folder().glob(f"{recording.session.public_id}.*.started{SUFFIX}")
        if sum(path != recording.started for path in begun) >= MOST_BEGUN:
            raise TooLarge(TOO_MANY)
        recording.started.write_text(started.isoformat() if started else "", encoding="ascii")


def keep_piece(recording: Recording, number: int, code: str, path: Path) -> None:
    """Keep one piece until all are there, on disk before this returns. The same number again takes
    the place of the earlier one; a piece of a recording that is a take already is not needed.

    Raises UnknownPrompt, ConsentMissing, SessionNotOpen, TakeRefused, TooLarge, Malformed.
    """
    prompt, _ = find_item(recording.session, code)
    if with_uuid(recording.session, recording.uuid) is not None:
        return
    _check(recording)
    if not 0 <= number < MOST_PIECES:
        raise Malformed(
            say(
                "Piece {number}: a recording has pieces 0 to {most}.",
                number=number,
                most=MOST_PIECES - 1,
            )
        )
    _check_sound(path)
    target = recording.path(number, prompt.public_id if prompt else code)
    with _copied(path) as copy, alone():
        # Of several who come at once each sees what the one before has kept.
        _check(recording)
        _check_room(recording, number, copy.stat().st_size)
        _name(copy, target, recording, number)


def join_pieces(recording: Recording, count: int, *, by: Any, agent: str = "") -> Take | None:
    """Make the take of `count` pieces; None where nothing was recorded. Again: the same take.

    Raises PiecesMissing, and as `store_whole`.
    """
    known = with_uuid(recording.session, recording.uuid)
    if known is not None or count == 0:
        forget(recording)
        return known
    pieces = recording.pieces()
    missing = [n for n in range(min(count, MOST_PIECES + 1)) if n not in pieces]
    if missing:
        told = ", ".join(map(str, missing[:10]))
        raise PiecesMissing(
            say(
                "Of {count} pieces these have not come: {told}. Send them first.",
                count=count,
                told=told,
            )
        )
    try:
        take = _joined(recording, [pieces[n] for n in range(count)], by=by, agent=agent)
    except FileNotFoundError:  # another request was faster, and has removed the pieces
        known = with_uuid(recording.session, recording.uuid)
        if known is None:
            raise PiecesMissing(say("The pieces have gone. Send them again.")) from None
        return known
    forget(recording)
    return take


def _joined(recording: Recording, pieces: list[Path], *, by: Any, agent: str) -> Take:
    prompt, kind = find_item(recording.session, pieces[0].name.split(".")[3])
    told = {"client": CLIENT, "agent": agent, "uuid": recording.uuid, "pieces": len(pieces)}
    with _exact(pieces) as whole:
        take, _ = store_take(
            session=recording.session,
            prompt=prompt,
            kind=kind,
            path=whole,
            sha256=None,
            by=by,
            source=TakeSource.WSR,
            reported=told,
            recorded_at=_started(recording),
        )
    return take


def forget(recording: Recording) -> None:
    """Remove its pieces."""
    for path in incoming.folder().glob(f"{recording.prefix}*{SUFFIX}"):
        path.unlink(missing_ok=True)


def remove_expired_pieces() -> int:
    """Remove pieces of recordings whose end never came, a week after; how many."""
    before = (timezone.now() - KEPT).timestamp()
    newest: dict[str, float] = {}
    for path in incoming.folder().glob(f"*{SUFFIX}"):
        name = ".".join(path.name.split(".")[:2])
        with suppress(FileNotFoundError):  # it became a take just now
            newest[name] = max(newest.get(name, 0.0), path.stat().st_mtime)
    old = [name for name, written in newest.items() if written < before]
    gone = [path for name in old for path in incoming.folder().glob(f"{name}.*{SUFFIX}")]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _check(recording: Recording) -> None:
    """Consent and state, before anything of a speaker is kept. What was begun while the session was
    open may go on to come; `store_take` decides."""
    session = recording.session
    consents.require(session.speaker)
    if session.state == SessionState.CLOSED and not recording.started.exists():
        raise SessionNotOpen(say("The session is closed. Open it again, or plan another one."))


def _check_sound(path: Path) -> None:
    try:
        with path.open("rb") as file:
            wsr_wav.read_wave(file)
    except AudioRefused as refusal:
        raise TakeRefused(refusal.detail, code=refusal.code) from None


def _check_room(recording: Recording, number: int, size: int) -> None:
    others = {n: path for n, path in recording.pieces().items() if n != number}
    if size + sum(map(_size, others.values())) > MAX_BYTES:
        raise TooLarge(
            say("A take has {most} bytes at most; with this piece it has more.", most=MAX_BYTES)
        )
    waiting = incoming.folder().glob(f"{recording.session.public_id}.*{SUFFIX}")
    if size + sum(map(_size, waiting)) > MOST_WAITING:
        raise TooLarge(TOO_MANY)


def _size(path: Path) -> int:
    """0 of a piece that became a take just now."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def _copied(source: Path) -> Iterator[Path]:
    """The same bytes on disk under a name that is no piece's, which is gone afterwards."""
    part = source.with_suffix(f".copy{incoming.SUFFIX}")
    try:
        shutil.copyfile(source, part)
        sync(part)
        yield part
    finally:
        part.unlink(missing_ok=True)


def _name(copy: Path, target: Path, recording: Recording, number: int) -> None:
    """A name in the folder is a whole piece on disk, always, and the only one of its number."""
    for earlier in incoming.folder().glob(f"{recording.prefix}{number:04}.*{SUFFIX}"):
        if earlier != target:
            earlier.unlink(missing_ok=True)
    os.replace(copy, target)
    sync(target.parent)


def _started(recording: Recording) -> datetime | None:
    try:
        return parse_datetime(recording.started.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
