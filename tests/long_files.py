"""What tests of long recordings begin with: a file below the import root, read by its job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotation.models import LongRecording, Session
from annotation.services.recording import long_regions
from annotation.services.recording.long_files import request_cut, request_long
from speecheq.jobs import run_job
from speecheq.models import Job, User
from tests.long_sounds import dialogue, file_bytes


def below_import_root(settings: Any, folder: Path, name: str = "day.wav", **how: Any) -> str:
    """The dialogue as a file below the import root; its path there."""
    settings.IMPORT_ROOT = folder
    sound = how.pop("sound", None)
    written = file_bytes(dialogue() if sound is None else sound, **how)
    (folder / name).write_bytes(written)
    return name


def finished(job: Job) -> Job:
    """The job, done."""
    run_job(job.pk)
    job.refresh_from_db()
    return job


def read_long(session: Session, path: str, *, by: User, channel: int = 0) -> LongRecording:
    """A long recording that was read."""
    made, job = request_long(session.public_id, by=by, path=path, channel=channel)
    done = finished(job)
    assert done.state == "succeeded", done.error
    made.refresh_from_db()
    return made


def rows_of(long: LongRecording, **changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The regions as an editor sends them; `changes` by number."""
    rows = [
        {
            "id": region.public_id,
            "start_frame": region.start_frame,
            "end_frame": region.end_frame,
            "prompt": region.prompt.public_id if region.prompt else None,
        }
        for region in long_regions.regions_of(long)
    ]
    for n, change in changes.items():
        rows[int(n[1:])] |= change
    return rows


def save(long: LongRecording, rows: list[dict[str, Any]], operator: User) -> None:
    """What an editor does whose page is as the server is."""
    long_regions.save_regions(long, rows, revision=long.revision, by=operator)
    long.refresh_from_db()


def cut(long: LongRecording, operator: User) -> dict[str, Any]:
    """What the job says."""
    return finished(request_cut(long, by=operator)).result
