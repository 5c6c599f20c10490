"""Long recordings: asked for, found, listened to. A job reads each file once it is there.

Two speakers of a dialogue are two rows over one stored file: whoever comes second with the same
bytes in the same corpus, or names the first recording, gets the file that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from annotation.audio.errors import AudioRefused
from annotation.models import LongRecording, Session
from annotation.models.long_recording import LongState
from annotation.models.session import EventKind, SessionState
from annotation.recording.long_sound import (
    REGION_MAX_S,
    check_channel,
    cut,
    needs_decoder,
    open_long,
)
from annotation.recording.peaks_file import Peaks, read_peaks
from annotation.recording.silence import Search
from annotation.services.recording import consents, events
from annotation.services.recording.errors import SessionNotOpen
from annotation.services.recording.long_errors import (
    LongNotReady,
    LongRefused,
    LongThere,
    RegionsWrong,
)
from annotation.services.recording.long_uploads import keep_for_job, source_upload
from annotation.services.recording.visitors import RECORDERS, find_session
from speecheq.authorisation import require_role
from speecheq.errors import NotFound, field_error
from speecheq.jobs import submit_job
from speecheq.limits import ChildRaised, LimitedWorker, LimitExceeded, Limits
from speecheq.models import Job
from speecheq.names import UnsafeName, path_below
from speecheq.sentences import restored, say

INGEST, SEARCH, CUT = (
    "annotation.ingest_long",
    "annotation.search_long",
    "annotation.cut_long",
)
# 3 h of stereo FLAC decode in well under a minute; a slow disk is no reason to give up.
LIMITS = Limits(cpu_s=900, wall_s=3600, output_bytes=256 << 20)


# --- asking -----------------------------------------------------------------------------------


def request_long(
    session_id: str,
    *,
    by: Any,
    channel: int = 0,
    upload: str = "",
    path: str = "",
    recording: str = "",
) -> tuple[LongRecording, Job]:
    """Make a channel of a file a long recording of a session; a job reads it.

    Args:
        upload: id of a finished upload; or
        path: a file below the import root; or
        recording: id of a long recording of the same corpus whose file it is too.

    What a WAV file's header tells is refused at once, and the upload stays to be asked for again,
    such as with another channel. Raises NotFound, Forbidden, ConsentMissing, SessionNotOpen,
    RuleBroken, Conflict.
    """
    session = find_session(session_id, user=by)
    consents.require(session.speaker)
    if session.state == SessionState.CLOSED:
        raise SessionNotOpen(say("The session is closed. Open it again to add a recording to it."))
    if sum(map(bool, (upload, path, recording))) != 1:
        detail = say(
            "Name an `upload`, a `path` below the import root, or another `recording`: one."
        )
        raise field_error("upload", "no_source", detail)
    source = _source(session, by=by, upload=upload, path=path, recording=recording, channel=channel)
    return _create(session, source, channel=channel, by=by)


def _source(
    session: Session, *, by: Any, upload: str, path: str, recording: str, channel: int
) -> dict[str, Any]:
    """What is known of the file before it is read: columns, and `params` of the job."""
    if recording:
        return _source_recording(session, recording, by=by, channel=channel)
    if path:
        return _source_path(path, channel=channel)
    known, became = source_upload(upload, by=by)
    if became:
        return _source_recording(session, became, by=by, channel=channel)
    _check_header(known.pop("lies_at"), channel)
    return {**known, "sha256": provisional_sha256(f"upload:{upload}")}


def _source_recording(session: Session, public_id: str, *, by: Any, channel: int) -> dict[str, Any]:
    other = find_long(public_id, user=by)
    if other.session.corpus_id != session.corpus_id:
        detail = say("{id} belongs to another corpus. Upload the file again.", id=public_id)
        raise field_error("recording", "other_corpus", detail)
    if other.state != LongState.READY:
        raise LongNotReady(
            say("{id} was not read yet, or could not be. Try again once it was.", id=public_id)
        )
    try:
        check_channel(channel, of=other.channels or 0)
    except AudioRefused as refusal:
        raise LongRefused(refusal.detail, code=refusal.code) from None
    return {
        "file": other.file.name,
        "sha256": other.sha256,
        "file_bytes": other.file_bytes,
        "original_name": other.original_name,
        "params": {},
    }


def _source_path(path: str, *, channel: int) -> dict[str, Any]:
    try:
        found = path_below(settings.IMPORT_ROOT, path)
    except UnsafeName as error:
        raise field_error("path", error.code, error.detail) from None
    if not found.is_file():
        detail = say("There is no file at {path!r} below the import root.", path=path)
        raise field_error("path", "path_not_found", detail)
    _check_header(found, channel)
    return {
        "sha256": provisional_sha256(f"path:{path}"),
        "file_bytes": found.stat().st_size,
        "original_name": found.name[:255],
        "params": {"path": path},
    }


def _check_header(path: Path, channel: int) -> None:
    """Raises LongRefused. FLAC waits for its job, which may call a decoder."""
    if needs_decoder(path):
        return
    try:
        check_channel(channel, of=open_long(path).channels)
    except AudioRefused as refusal:
        raise LongRefused(refusal.detail, code=refusal.code) from None


def provisional_sha256(words: str) -> str:
    """Stands for the hash of a file until the job has read it: unique for where it comes from."""
    return hashlib.sha256(f"not read yet: {words}".encode()).hexdigest()


def _create(
    session: Session, source: dict[str, Any], *, channel: int, by: Any
) -> tuple[LongRecording, Job]:
    params = source.pop("params")
    try:
        with transaction.atomic():
            consents.require(session.speaker)
            _let_go_of_failed(session, source["sha256"], channel)
            made = LongRecording.objects.create(
                session=session, channel=channel, created_by=by, **source
            )
            events.note(
                session,
                EventKind.CHANGE,
                by=by,
                long_recording=made.public_id,
                channel=channel,
            )
            if upload := params.get("upload"):
                keep_for_job(upload)
            job = _submit(INGEST, made, by=by, **params)
    except IntegrityError:
        raise LongThere(
            say(
                "Channel {channel} of this file is a long recording of the session already.",
                channel=channel,
            )
        ) from None
    return made, job


def _let_go_of_failed(session: Session, sha256: str, channel: int) -> None:
    """What could not be read may be asked for again, as the file may have been put right; but not
    what is there by another name."""
    rows = LongRecording.objects.filter(session=session, sha256=sha256, channel=channel)
    failed = rows.filter(state=LongState.FAILED).first()
    if failed is not None and (failed.problem or {}).get("code") != LongThere.code:
        rows.update(sha256=provisional_sha256(f"failed:{failed.public_id}"))


def _submit(kind: str, recording: LongRecording, *, by: Any, **params: Any) -> Job:
    return submit_job(
        kind=kind,
        params={"recording": recording.public_id, **params},
        requested_by=by,
        corpus=recording.session.corpus.slug,
        dedupe_key=f"{kind}:{recording.public_id}",
    )


def request_search(
    recording: LongRecording, search: Search, *, preview: bool, revision: int | None, by: Any
) -> Job:
    """Search for silence again. A preview only counts; otherwise regions are replaced, unless they
    are no longer at `revision`."""
    require_ready(recording)
    return _submit(
        SEARCH, recording, by=by, search=asdict(search), preview=preview, revision=revision
    )


def request_cut(recording: LongRecording, *, by: Any) -> Job:
    """Make takes of the regions that have a prompt and were not cut as they are now."""
    require_ready(recording)
    consents.require(recording.session.speaker)
    return _submit(CUT, recording, by=by)


# --- finding ----------------------------------------------------------------------------------


def long_recordings_of(session: Session) -> QuerySet[LongRecording]:
    return session.long_recordings.select_related("session__corpus").order_by("-pk")


def files_of_corpus(session: Session) -> QuerySet[LongRecording]:
    """Files of the corpus with more channels than one, which may hold this speaker too."""
    ready = LongRecording.objects.filter(session__corpus=session.corpus, state=LongState.READY)
    others = ready.filter(channels__gt=1).exclude(session=session)
    return others.select_related("session__speaker").order_by("-pk")[:50]


def find_long(public_id: str, *, user: Any) -> LongRecording:
    """A long recording whose session `user` operates. Raises NotFound, Forbidden."""
    rows = LongRecording.objects.visible_to(user)
    found = (
        rows.select_related("session__corpus", "session__speaker", "session__script")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound(say("No long recording {id!r} among those of your corpora.", id=public_id))
    require_role(user, found.session.corpus, *RECORDERS)
    return found


def require_ready(recording: LongRecording) -> None:
    if recording.state == LongState.READY:
        return
    if recording.state == LongState.FAILED:
        why = restored(recording.problem or {})
        raise LongNotReady(say("The file could not be read: {why} Send another one.", why=why))
    raise LongNotReady(say("The file is still being read. Try again in a minute."))


def latest_job(recording: LongRecording) -> Job | None:
    """The newest job about it, finished or not."""
    jobs = Job.objects.filter(kind__in=[INGEST, SEARCH, CUT], params__recording=recording.public_id)
    return jobs.order_by("-pk").first()


# --- listening and looking --------------------------------------------------------------------


def peaks_of(recording: LongRecording, *, start: int, end: int, bins: int) -> Peaks:
    """The waveform of frames [start, end) in about `bins` stretches; what is past the end is left
    out. Raises RegionsWrong."""
    require_ready(recording)
    if start >= min(end, recording.frames or 0):
        raise _no_stretch(recording, start, end)
    with default_storage.open(str(recording.peaks.name)) as file:
        return read_peaks(file, start, end, bins)


def stretch_of(recording: LongRecording, *, start: int, end: int) -> bytes:
    """Frames [start, end) of its channel as a WAV file. Raises RegionsWrong, LongRefused."""
    require_ready(recording)
    frames = recording.frames or 0
    if not 0 <= start < end <= frames:
        raise _no_stretch(recording, start, end)
    if end - start > REGION_MAX_S * (recording.sample_rate_hz or 1):
        raise RegionsWrong(say("A stretch to listen to has {most} s at most.", most=REGION_MAX_S))
    with Reader(cut) as read:
        place = {"channel": recording.channel, "start": start, "end": end}
        return read(sound_path(recording), **place)[1]["wav"]


def _no_stretch(recording: LongRecording, start: int, end: int) -> RegionsWrong:
    frames = recording.frames or 0
    return RegionsWrong(
        say(
            "Frames {start} to {end} are no stretch of a recording of {frames}.",
            start=start,
            end=end,
            frames=frames,
        )
    )


class Reader:
    """Runs a function of `long_sound` on files: plain WAV here, FLAC in a limited child, which
    stays for the next call."""

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self._child: LimitedWorker | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.close()

    def __call__(self, path: Path, **arguments: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Facts and blobs. Raises LongRefused in words."""
        if needs_decoder(path):
            facts, blobs = self._by_child(path=str(path), **arguments)
        else:
            facts, blobs = self.function(path=str(path), **arguments)
        if refused := facts.get("refused"):
            raise LongRefused(restored(refused), code=refused["code"])
        return facts, blobs

    def _by_child(self, **arguments: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
        if self._child is None:
            target = f"{self.function.__module__}:{self.function.__name__}"
            self._child = LimitedWorker(target, limits=LIMITS)
        try:
            answer = self._child.call(**arguments)
        except LimitExceeded as error:
            detail = say("Reading the file was stopped. {why}", why=error.detail)
            raise LongRefused(detail, code=error.code) from None
        except ChildRaised as error:
            detail = say("The file cannot be read: {error}", error=str(error))
            raise LongRefused(detail, code="unreadable") from None
        return answer.value, answer.blobs


def sound_path(recording: LongRecording) -> Path:
    """Where its file lies; hours of sound are read in place, never loaded."""
    return Path(default_storage.path(str(recording.file.name)))
