"""Large files that come in pieces (tus 1.0), and survive whatever cuts them off.

Pieces lie one after the other in one file. A piece is written, synced to disk, and only then
counted by one conditional UPDATE of the row: what the row counts is on disk, always, and bytes
beyond it are none. A lock on the file keeps a second writer out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from io import FileIO
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.models import Session, Upload
from annotation.models.ids import upload_id
from annotation.models.upload import UploadState
from annotation.services.recording import consents
from annotation.services.recording.durable import durable, sync
from annotation.services.recording.errors import ConsentMissing
from annotation.services.recording.incoming import UPLOAD as SUFFIX
from annotation.services.recording.incoming import folder
from annotation.services.recording.link_room import check_room
from annotation.services.recording.take_errors import (
    DigestMismatch,
    OffsetConflict,
    PieceSpoiled,
    UploadIncomplete,
    UploadLocked,
    UploadUnknown,
    UploadUsed,
)
from annotation.services.recording.take_files import digest_of
from annotation.services.recording.takes import hold_session
from annotation.services.recording.upload_room import check_length, check_waiting, own_uploads
from annotation.services.recording.visitors import account_of, find_session, is_visitor
from speecheq.errors import TooLarge
from speecheq.models import User
from speecheq.outbox import audit
from speecheq.sentences import say

KEPT = timedelta(days=1)  # after its last piece
PIECE_MAX_BYTES = 64 << 20
USED_FOR = "used_for"


# --- which there are ---------------------------------------------------------------------------


def create_upload(
    *, by: Any, length: int, name: str = "", sha256: str = "", metadata: dict[str, Any]
) -> Upload:
    """Begin an upload of `length` bytes.

    metadata: `session` names the one that it is of, as our own pages do; nothing comes of a speaker
    who has not agreed. Without it a file of somebody with an account may be anything, and what is
    made of it asks.

    Raises TooLarge, TooManyUploads, TooMuchByLink, ConsentMissing, NotFound, Forbidden.
    """
    check_length(by, length)
    session = _session_of(by, metadata)
    upload = Upload(
        public_id=upload_id(),
        owner=account_of(by),
        session_public_id=session.public_id if session else "",
        name=name,
        length=length,
        sha256=sha256,
        metadata=metadata,
        expires_at=timezone.now() + KEPT,
        state=UploadState.OPEN if length else UploadState.COMPLETE,
    )
    _insert(upload, by=by, session=session)
    path = file_of(upload)
    try:
        path.touch(mode=0o600)
        sync(path.parent)
    except OSError:
        upload.delete()
        raise
    return upload


def _session_of(by: Any, metadata: dict[str, Any]) -> Session | None:
    if is_visitor(by):
        session: Session = by.link.session
        return session
    named = str(metadata.get("session") or "")
    return find_session(named, user=by) if named else None


def _insert(upload: Upload, *, by: Any, session: Session | None) -> None:
    """The row, if there is room for it. Of several who ask at once each waits for the one before,
    and sees what is left then; a withdrawal comes before, or finds the row. Raises TooManyUploads,
    TooMuchByLink, ConsentMissing."""
    with transaction.atomic():
        if session is not None:
            consents.require(session.speaker)
        if is_visitor(by):
            hold_session(by.link.session)
        else:
            list(User.objects.select_for_update(no_key=True).filter(pk=by.pk).values("pk"))
        check_waiting(by, upload.length)
        if session is not None:
            check_room(session, by=by, more=upload.length)
        upload.save(force_insert=True)


def find_upload(public_id: str, *, user: Any) -> Upload:
    """An upload of one's own: of the account, or of the session that the link leads to. Raises
    UploadUnknown, also for one that has expired, or whose bytes are not on disk any more."""
    found = own_uploads(user).filter(public_id=public_id, expires_at__gt=timezone.now()).first()
    if found is None or not _is_there(found):
        raise UploadUnknown(
            say("You have no upload {id!r}, or it has expired. Begin anew.", id=public_id)
        )
    return found


def _is_there(upload: Upload) -> bool:
    """Whether all that the row counts is on disk: a folder may be lost, or a backup put back."""
    if upload.state == UploadState.USED:
        return True
    try:
        return file_of(upload).stat().st_size >= upload.offset
    except FileNotFoundError:
        return False


def file_of(upload: Upload) -> Path:
    """Where its pieces lie."""
    return folder() / f"{upload.public_id}{SUFFIX}"


# --- receiving ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """Bytes to be added at `offset`; `sha256` (hex) where the sender announced it."""

    offset: int
    length: int
    sha256: str | None = None


def add_piece(upload: Upload, piece: Piece, blocks: Iterable[bytes]) -> Upload:
    """Append a piece; the upload as it is then.

    A piece that breaks off keeps what arrived, but for one with a hash, which is kept whole or not
    at all. Raises OffsetConflict, TooLarge, PieceSpoiled, UploadLocked, ConsentMissing,
    UploadUnknown where it was ended meanwhile, and OSError where the disk is full: nothing of the
    piece counts then.
    """
    _check_piece(upload, piece)
    _check_consent(upload)
    with _locked(upload) as file:
        upload = _as_it_is(upload)
        _check_piece(upload, piece)
        try:
            arrived = _append(file, piece, blocks)
            if piece.offset + arrived == upload.length:
                return _complete(upload, file)
            return _count(upload, piece.offset + arrived)
        except BaseException:
            file.truncate(upload.offset)
            raise


def _check_piece(upload: Upload, piece: Piece) -> None:
    if piece.length > PIECE_MAX_BYTES:
        raise TooLarge(
            say(
                "A piece has {length} bytes; {most} are the most.",
                length=piece.length,
                most=PIECE_MAX_BYTES,
            )
        )
    if piece.offset != upload.offset:
        detail = say(
            "The upload goes on at {offset}, not at {piece_offset}. Ask with HEAD.",
            offset=upload.offset,
            piece_offset=piece.offset,
        )
        raise OffsetConflict(detail)
    if piece.offset + piece.length > upload.length:
        left = upload.length - upload.offset
        raise TooLarge(
            say(
                "The piece has {length} bytes, but only {left} are missing.",
                length=piece.length,
                left=left,
            )
        )


def _check_consent(upload: Upload) -> None:
    """What is of a session is what its speaker says, so nothing comes unless they agree. Raises
    ConsentMissing."""
    if upload.session_public_id:
        session = Session.objects.select_related("speaker").get(public_id=upload.session_public_id)
        consents.require(session.speaker)


@contextmanager
def _locked(upload: Upload) -> Iterator[FileIO]:
    """Its file, which nobody else writes to meanwhile, in this process or another one."""
    try:
        file = file_of(upload).open("r+b", buffering=0)
    except FileNotFoundError:
        raise UploadUnknown(
            say("The upload {id!r} is gone. Begin anew.", id=upload.public_id)
        ) from None
    with file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            detail = say("Another request is writing to this upload. Try again in a moment.")
            raise UploadLocked(detail) from None
        yield file


def _append(file: FileIO, piece: Piece, blocks: Iterable[bytes]) -> int:
    """Write the piece behind what counts, and wait until it is on disk; how many bytes came."""
    file.truncate(piece.offset)  # what an earlier request wrote and did not live to count
    file.seek(piece.offset)
    digest, arrived = hashlib.sha256(), 0
    for block in blocks:
        _write(file, block)
        digest.update(block)
        arrived += len(block)
    if piece.sha256 is not None and digest.hexdigest() != piece.sha256:
        raise PieceSpoiled(
            say(
                "The {arrived} bytes from {offset} on have another SHA-256 than "
                "announced. Send the piece again.",
                arrived=arrived,
                offset=piece.offset,
            )
        )
    os.fsync(file.fileno())
    return arrived


def _write(file: FileIO, block: bytes) -> None:
    """All of it: without a buffer, which would try again what a full disk refused."""
    left = memoryview(block)
    while left:
        left = left[file.write(left) :]


def _count(upload: Upload, offset: int, **more: Any) -> Upload:
    """Note how much is on disk; who was overtaken is told so."""
    expires = timezone.now() + KEPT
    with durable():
        here = Upload.objects.filter(pk=upload.pk, offset=upload.offset, state=UploadState.OPEN)
        counted = here.update(offset=offset, expires_at=expires, **more)
    _as_it_is(upload)
    if not counted:
        raise OffsetConflict(say("The upload went on elsewhere. Ask with HEAD where it is."))
    return upload


def _as_it_is(upload: Upload) -> Upload:
    """The same, read anew. Raises UploadUnknown where it was ended while this request was at it,
    such as by a consent that was taken back."""
    try:
        upload.refresh_from_db()
    except Upload.DoesNotExist:
        detail = say("The upload {id!r} was ended meanwhile. Begin anew.", id=upload.public_id)
        raise UploadUnknown(detail) from None
    return upload


def _complete(upload: Upload, file: FileIO) -> Upload:
    """All is there. A whole that differs from the announced hash begins at 0 again."""
    if upload.sha256 and (found := digest_of(file_of(upload))) != upload.sha256:
        file.truncate(0)
        _count(upload, 0)
        raise PieceSpoiled(
            say(
                "The whole file has the SHA-256 {found}, not {sha256} as announced. The "
                "upload begins at 0 again.",
                found=found,
                sha256=upload.sha256,
            )
        )
    return _count(upload, upload.length, state=UploadState.COMPLETE)


# --- using -------------------------------------------------------------------------------------


@contextmanager
def taken(upload: Upload) -> Iterator[Path]:
    """The file of a complete upload, for whoever makes something of it; nobody else may meanwhile.

    Raises UploadIncomplete, UploadUsed, UploadLocked, DigestMismatch, UploadUnknown where it is
    ended meanwhile.
    """
    _check_complete(upload)
    with _locked(upload):
        _check_complete(_as_it_is(upload))
        path = file_of(upload)
        try:
            if path.stat().st_size != upload.length:
                detail = say(
                    "Of {length} bytes {st_size} are on disk. Send it anew.",
                    length=upload.length,
                    st_size=path.stat().st_size,
                )
                raise DigestMismatch(detail)
            yield path
        except FileNotFoundError:
            _as_it_is(upload)
            raise


def _check_complete(upload: Upload) -> None:
    if upload.state == UploadState.USED:
        made = used_for(upload) or say("something else")
        raise UploadUsed(say("The upload has become {made} already.", made=made))
    check_arrived(upload)


def check_arrived(upload: Upload) -> None:
    """Raises UploadIncomplete while bytes of it are missing."""
    if upload.state != UploadState.COMPLETE:
        detail = say(
            "{offset} of {length} bytes are here. Send the rest first.",
            offset=upload.offset,
            length=upload.length,
        )
        raise UploadIncomplete(detail)


def used_for(upload: Upload) -> str:
    """Public id of what was made of it, so that asking again answers the same; "" while nothing."""
    return str(upload.metadata.get(USED_FOR, "")) if upload.state == UploadState.USED else ""


def mark_used(upload: Upload, *, used_for: str) -> None:
    """Note what was made of it. Its file is removed: whoever used it has stored it elsewhere."""
    note_used(upload, used_for=used_for)
    remove_used(upload)


def note_used(upload: Upload, *, used_for: str) -> None:
    """In the row alone, such as within the transaction that makes something of it."""
    upload.metadata = {**upload.metadata, USED_FOR: used_for}
    upload.state = UploadState.USED
    # It may have been ended meanwhile: what was made of it stays.
    row = Upload.objects.filter(pk=upload.pk)
    row.update(metadata=upload.metadata, state=upload.state)


def remove_used(upload: Upload) -> None:
    file_of(upload).unlink(missing_ok=True)


def end_upload(upload: Upload, *, by: Any) -> None:
    """Forget an upload and its bytes. Raises UploadLocked while somebody writes to it."""
    with _locked(upload):
        Upload.objects.filter(pk=upload.pk).delete()
        file_of(upload).unlink(missing_ok=True)
    audit(account_of(by), "upload.ended", upload.public_id, length=upload.length)


@contextmanager
def gone_without_consent(upload: Upload, *, by: Any) -> Iterator[None]:
    """Where this ends in ConsentMissing, the upload ends too: its sound is not kept here, and the
    sender, who has it, begins anew once there is a consent."""
    try:
        yield
    except ConsentMissing:
        with suppress(UploadLocked, UploadUnknown):
            end_upload(upload, by=by)
        raise


def expired() -> QuerySet[Upload]:
    return Upload.objects.filter(Q(expires_at__lt=timezone.now()))
