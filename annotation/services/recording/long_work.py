"""The jobs of long recordings: read a file, search it for silence, cut it into takes.

Each can be delivered twice: what a killed worker left is found again, and nothing is made twice.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from annotation.models import LongRecording, Region
from annotation.models.long_recording import LongState
from annotation.models.take import TakeKind, TakeSource
from annotation.recording import long_sound
from annotation.recording.silence import Search
from annotation.services.recording import consents, long_regions
from annotation.services.recording.durable import settle
from annotation.services.recording.errors import ConsentMissing
from annotation.services.recording.long_errors import LongThere
from annotation.services.recording.long_files import Reader, sound_path
from annotation.services.recording.long_uploads import used_upload
from annotation.services.recording.takes import store_take
from annotation.services.recording.uploads import SUFFIX as PIECES
from speecheq.errors import DomainError, NotFound
from speecheq.files import store_file
from speecheq.jobs import JobHandle
from speecheq.names import path_below, storage_name
from speecheq.outbox import audit
from speecheq.sentences import say

STEPS = 3  # of reading a file
READING, SEARCHING = gettext_noop("Reading the file."), gettext_noop("Searching for silence.")
SOUND, PEAKS = "long-recording", "long-peaks"  # kinds of stored files


# --- reading ----------------------------------------------------------------------------------


def ingest(job: JobHandle) -> dict[str, Any]:
    """The job `annotation.ingest_long`: hash, facts and waveform, then regions by silence."""
    recording = _recording(job)
    if recording.state == LongState.READY:
        return _told(recording)
    consents.require(recording.session.speaker)
    how = Search()
    with _file_of(recording, job.params) as path:
        job.progress(done=0, total=STEPS, message=READING)
        with Reader(long_sound.survey) as read:
            facts, blobs = read(path, channel=recording.channel)
        job.progress(done=1)
        noise = facts["noise_dbfs"]
        recording.search = long_regions.searched(how, noise)
        _keep(recording, path, facts, blobs["peaks"])
    job.progress(done=2, message=SEARCHING)
    found = _find(recording, how, noise)
    job.progress(done=STEPS, message="")
    with transaction.atomic():
        long_regions.replace_all(recording, found, noise_dbfs=noise, revision=None)
        LongRecording.objects.filter(pk=recording.pk).update(state=LongState.READY)
        told = {"sha256": facts["sha256"], "session": recording.session.public_id}
        audit(recording.created_by, "long_recording.read", recording.public_id, **told)
    recording.refresh_from_db()
    return _told(recording)


def ingest_failed(params: dict[str, Any], error: dict[str, Any]) -> None:
    """Say on the row what went wrong. A file that was read, and in which only the search failed,
    can be opened: to be searched in another way, or to have its regions drawn by hand."""
    rows = LongRecording.objects.filter(public_id=params["recording"], state=LongState.WAITING)
    rows.filter(peaks="").update(state=LongState.FAILED, problem=error)
    rows.exclude(peaks="").update(state=LongState.READY, problem=error)


def _recording(job: JobHandle) -> LongRecording:
    rows = LongRecording.objects.select_related(
        "session__corpus", "session__speaker", "session__script", "created_by"
    )
    found = rows.filter(public_id=job.params["recording"]).first()
    if found is None:
        raise NotFound(
            say("The long recording {recording!r} is gone.", recording=job.params["recording"])
        )
    return found


def _asker(job: JobHandle) -> Any:
    """Whoever asked for the job; None once the account is gone."""
    return get_user_model().objects.filter(pk=job.requested_by_id).first()


@contextmanager
def _file_of(recording: LongRecording, params: dict[str, Any]) -> Iterator[Path]:
    if recording.file:
        yield sound_path(recording)
    elif params.get("path"):
        yield path_below(settings.IMPORT_ROOT, params["path"])
    else:
        upload, by = params["upload"], recording.created_by
        with used_upload(upload, by=by, becomes=recording.public_id) as path:
            yield path


def _keep(recording: LongRecording, path: Path, facts: dict[str, Any], peaks: bytes) -> None:
    """Store the bytes as they came, once a corpus, and the waveform; then say so in the row."""
    recording.sha256 = facts["sha256"]
    recording.file_bytes = path.stat().st_size
    for name in ("sample_rate_hz", "channels", "bits", "frames"):
        setattr(recording, name, facts[name])
    new = []
    if not recording.file:
        recording.file.name = _same_file(recording)
    if not recording.file:
        recording.file.name = _stored(recording, path, facts["suffix"])
        new = [recording.file.name]
    name = storage_name(PEAKS, recording.public_id, ".bin")
    default_storage.delete(name)  # of an attempt that was killed
    recording.peaks.name = store_file(name, ContentFile(peaks))
    try:
        with transaction.atomic():
            # Reading took minutes: what was taken back meanwhile is seen, or waits for this row.
            consents.require(recording.session.speaker)
            recording.save()
    except (ConsentMissing, IntegrityError) as error:
        for stored in (*new, name):
            default_storage.delete(stored)
        if isinstance(error, ConsentMissing):
            raise
        raise LongThere(
            say(
                "Channel {channel} of this file is a long recording of the session "
                "already. Open that one.",
                channel=recording.channel,
            )
        ) from None


def _same_file(recording: LongRecording) -> str:
    """Where the corpus has these bytes already; "" where it has not."""
    same = LongRecording.objects.filter(
        sha256=recording.sha256, session__corpus=recording.session.corpus
    )
    names = same.exclude(file="").values_list("file", flat=True)
    return next((name for name in names if default_storage.exists(name)), "")


def _stored(recording: LongRecording, path: Path, suffix: str) -> str:
    """Give the file its name in the storage. An upload keeps its own until the row is written:
    whoever is killed in between loses nothing."""
    name = storage_name(SOUND, recording.public_id, suffix)
    default_storage.delete(name)  # of an attempt that was killed
    if path.suffix != PIECES or not _linked(path, Path(default_storage.path(name))):
        with path.open("rb") as source:
            store_file(name, File(source))
    settle(name)
    return name


def _linked(path: Path, target: Path) -> bool:
    """A second name instead of two gigabytes more; False where the folders are on two disks."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:
        return False
    return True


def _told(recording: LongRecording) -> dict[str, Any]:
    return {"long_recording": recording.public_id, "regions": recording.regions.count()}


# --- searching --------------------------------------------------------------------------------


def search(job: JobHandle) -> dict[str, Any]:
    """The job `annotation.search_long`: regions by other parameters, counted or put in place."""
    recording = _recording(job)
    noise = float(recording.search.get("noise_dbfs", 0.0))
    job.progress(done=0, total=1, message=SEARCHING)
    found = _find(recording, Search(**job.params["search"]), noise)
    told = {
        "long_recording": recording.public_id,
        "regions": len(found["regions"]),
        "spoken_s": round(sum(found["spoken_ms"]) / 1000, 1),
        "threshold_dbfs": found["threshold_dbfs"],
    }
    if not job.params["preview"]:
        revision = job.params["revision"]
        told["unchosen"] = long_regions.replace_all(
            recording, found, noise_dbfs=noise, revision=revision, by=_asker(job)
        )
    job.progress(done=1, message="")
    return told


def _find(recording: LongRecording, how: Search, noise_dbfs: float) -> dict[str, Any]:
    with Reader(long_sound.find_regions) as read:
        return read(
            sound_path(recording),
            channel=recording.channel,
            search=asdict(how),
            noise_dbfs=noise_dbfs,
        )[0]


# --- cutting ----------------------------------------------------------------------------------


def cut(job: JobHandle) -> dict[str, Any]:
    """The job `annotation.cut_long`: takes of what was not cut as it is now.

    The result counts `added` takes, those `known` already, and `refused` regions with the reason.
    """
    recording = _recording(job)
    by = _asker(job)
    regions = enumerate(long_regions.regions_of(recording), start=1)
    waiting = [(n, r) for n, r in regions if r.prompt and not long_regions.is_cut(r)]
    added, known, refused = 0, 0, []
    with Reader(long_sound.cut) as read:
        for done, (number, region) in enumerate(waiting):
            job.progress(done=done, total=len(waiting))
            try:
                is_new = _cut_one(recording, region, read, by=by)
            except DomainError as error:
                refused.append(_refused(number, region, error))
                continue
            added, known = added + is_new, known + (not is_new)
    job.progress(done=len(waiting), total=len(waiting))
    return {
        "long_recording": recording.public_id,
        "added": added,
        "known": known,
        "refused": refused,
    }


def _refused(number: int, region: Region, error: DomainError) -> dict[str, Any]:
    """A line of the report: `line` as the editor counts regions, `key` of the prompt."""
    told = {"line": number, "key": region.prompt.key if region.prompt else ""}
    return {**told, "region": region.public_id, "code": error.code, "detail": error.detail}


def _cut_one(recording: LongRecording, region: Region, read: Reader, *, by: Any) -> bool:
    """Store the take of a region, and whether it is new. Raises RegionChanged where somebody
    changed the region while its sound was read and judged, which no transaction waits for."""
    assert region.prompt is not None  # only those are cut
    note = f"{recording.public_id} {region.start_frame}-{region.end_frame} {region.prompt.key}"
    place = {"channel": recording.channel, "start": region.start_frame, "end": region.end_frame}
    sound = read(sound_path(recording), note=note, **place)[1]["wav"]
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(sound)
        file.flush()
        _take, is_new = store_take(
            session=recording.session,
            prompt=region.prompt,
            kind=TakeKind.SPEECH,
            path=Path(file.name),
            sha256=None,
            by=by,
            source=TakeSource.LONG,
            reported={"cut_from": long_regions.origin_of(region)},
            together=partial(long_regions.give_take, region, by=by),
        )
    return is_new
