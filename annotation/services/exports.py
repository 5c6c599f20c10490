"""Files made from a release: one job each, the same bytes every time."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any, cast

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from annotation.exports import FORMATS, Destination, ExportContext
from annotation.exports.rows import ReleaseRow
from annotation.models import Clip, Export, Release
from annotation.models.ids import clip_id
from annotation.services.releases import READERS, refuse_unfinished, release_rows
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, NotFound, field_error
from speecheq.files import store_file
from speecheq.jobs import JobHandle, submit_job
from speecheq.models import Job
from speecheq.models.job import OPEN_STATES
from speecheq.names import download_name, storage_name
from speecheq.outbox import audit
from speecheq.sentences import say, word

MAKE = "annotation.export_release"
PROGRESS_EVERY = 200

Watch = Callable[[Iterator[ReleaseRow]], Iterator[ReleaseRow]]
"""Passes the rows on and notes how far they are."""


class ExportNotReady(Conflict):
    code = "export_not_ready"


def request_export(
    release: Release, *, format: str, audio: bool = True, by: Any
) -> tuple[Export, Job]:
    """Queue the making of a file; one that is being made already is answered again.

    Args:
        audio: put the audio inside, where the format can hold it.
        by: the user who asks; None is the operator's shell.

    Raises:
        RuleBroken: unknown_format.
        Conflict: release_not_ready.
    """
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise field_error(
            "format",
            "unknown_format",
            say("No format {format!r}. Known: {known}.", format=format, known=known),
        )
    refuse_unfinished(release)
    with transaction.atomic():
        Release.objects.select_for_update().get(pk=release.pk)  # one request at a time
        underway = _underway(release, format, audio)
        if underway is not None:
            return underway
        export = Export.objects.create(release=release, format=format, created_by=by)
        audit(by, "export.requested", export.public_id, release=release.public_id, format=format)
        job = submit_job(
            kind=MAKE, params={"export_id": export.pk, "audio": audio}, requested_by=by
        )
    return export, job


def _underway(release: Release, format: str, audio: bool) -> tuple[Export, Job] | None:
    building = Export.objects.filter(release=release, format=format, state="building")
    for export in building:
        params = {"export_id": export.pk, "audio": audio}
        job = Job.objects.filter(kind=MAKE, params=params, state__in=OPEN_STATES).first()
        if job is not None:
            return export, job
    return None


def find_export(public_id: str, *, user: Any) -> Export:
    """An export of a release that `user` may read. Raises NotFound, Forbidden."""
    visible = Release.objects.visible_to(user)
    found = Export.objects.filter(release__in=visible).select_related("release")
    export = found.filter(public_id=public_id).first()
    if export is None:
        raise NotFound(say("No export {id!r}.", id=public_id))
    for corpus in export.release.corpora.all():
        require_role(user, corpus, *READERS)
    return export


def refuse_unmade(export: Export) -> None:
    """Raise ExportNotReady unless the file is there."""
    if export.state != "ready":
        raise ExportNotReady(
            say("This export is {state}: there is no file to download.", state=word(export.state))
        )


def release_file_name(release: Release, format: str) -> str:
    """What the file is called for whoever gets it."""
    return download_name(release.name, release.version, suffix=FORMATS[format].suffix)


def build_export(export_id: int, job: JobHandle, *, audio: bool) -> dict[str, Any]:
    """Do the work of `annotation.export_release`. Safe to start again after a crash."""
    export = Export.objects.select_related("release__label_space").get(pk=export_id)
    if export.state == "ready":
        return {"export": export.public_id}
    with tempfile.TemporaryFile() as file:
        hashed = HashingFile(file)
        total = export.release.manifest["counts"]["all"]["clips"]
        watch = partial(_report, job, total)
        write_export(export.release, export.format, hashed, audio=audio, watch=watch)
        size = file.tell()
        file.seek(0)
        name = storage_name("export", export.public_id, FORMATS[export.format].suffix)
        if default_storage.exists(name):  # left by an attempt that did not finish
            default_storage.delete(name)
        name = store_file(name, File(file))
    with transaction.atomic():
        job.progress()
        building = Export.objects.filter(pk=export.pk, state="building")
        building.update(state="ready", file=name, sha256=hashed.sha256, bytes=size, error=None)
        audit(export.created_by, "export.made", export.public_id, sha256=hashed.sha256)
    return {"export": export.public_id, "sha256": hashed.sha256, "bytes": size}


def export_failed(params: dict[str, Any], error: dict[str, Any]) -> None:
    """Keep the reason on an export whose job did not succeed."""
    building = Export.objects.filter(pk=params["export_id"], state="building")
    building.update(state="failed", error=error)


def write_export(
    release: Release,
    format: str,
    destination: Destination,
    *,
    audio: bool,
    watch: Watch,
) -> None:
    """Write the release in `format`. Memory does not grow with its rows."""
    context = ExportContext(
        manifest=release.manifest,
        categories=tuple(release.label_space.categories),
        levels=tuple(release.label_space.levels),
        audio_url=_audio_url,
        open_audio=_open_audio if audio else None,
    )
    FORMATS[format].write(watch(release_rows(release)), destination, context)


def _report(job: JobHandle, total: int, rows: Iterator[ReleaseRow]) -> Iterator[ReleaseRow]:
    for done, row in enumerate(rows):
        if done % PROGRESS_EVERY == 0:
            job.progress(done=done, total=total)
        yield row
    job.progress(done=total, total=total)


def _audio_url(row: ReleaseRow) -> str:
    return reverse("api:clip-audio", args=[clip_id(row["corpus"], row["key"])])


def _open_audio(row: ReleaseRow) -> IO[bytes] | None:
    if row["audio_sha256"] is None:
        return None
    clip = Clip.objects.only("audio16k").get(public_id=clip_id(row["corpus"], row["key"]))
    return cast(IO[bytes], clip.audio16k.open("rb"))


class HashingFile:
    """Passes what is written on to a file, and hashes it on the way. It cannot go back."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: Any) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        self._file.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False
