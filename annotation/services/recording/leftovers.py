"""What killed processes and forgotten uploads leave behind, and how it goes away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from django.core.files.storage import default_storage
from django.utils import timezone

from annotation.models import LongRecording, Take, Upload
from annotation.models.long_recording import LongState
from annotation.services.recording import incoming, uploads
from annotation.services.recording.long_work import PEAKS, SOUND
from annotation.services.recording.take_errors import UploadLocked, UploadUnknown
from annotation.services.recording.take_files import STORED

GRACE = timedelta(hours=1)  # no request takes so long from its file to its row
# A database put back from a backup names none of the takes that came after it: they wait to be
# found, as nobody could speak them again.
TAKES_KEPT = timedelta(days=30)
SETTLED_KEPT = timedelta(days=1)  # longer than any job reads


def remove_orphan_takes() -> int:
    """Remove stored files of takes that no row has named for 30 days; how many."""
    removed = 0
    for names in _stored_folders(STORED):
        known = set(Take.objects.filter(file__in=names).values_list("file", flat=True))
        removed += sum(_removed(name, TAKES_KEPT) for name in sorted(set(names) - known))
    return removed


def remove_orphan_long_files() -> int:
    """Remove sound and waveforms of long recordings that no row names; how many.

    Where a recording was read or refused and names another file, or none, it is nobody's for sure
    and goes after a day. Without a row, a database put back may yet bring one: 30 days.
    """
    removed = 0
    for kind, field in ((SOUND, "file"), (PEAKS, "peaks")):
        for names in _stored_folders(kind):
            rows = LongRecording.objects.filter(**{f"{field}__in": names})
            orphans = sorted(set(names) - set(rows.values_list(field, flat=True)))
            ids = {name: PurePosixPath(name).stem for name in orphans}
            read = LongRecording.objects.filter(public_id__in=ids.values())
            read = read.exclude(state=LongState.WAITING)  # may be between its file and its row
            settled = set(read.values_list("public_id", flat=True))
            removed += sum(
                _removed(name, SETTLED_KEPT if ids[name] in settled else TAKES_KEPT)
                for name in orphans
            )
    return removed


def _removed(name: str, kept: timedelta) -> bool:
    """Delete a stored file unless it was written within `kept`; whether it went."""
    if default_storage.get_modified_time(name) >= timezone.now() - kept:
        return False
    default_storage.delete(name)
    return True


def _stored_folders(kind: str) -> Iterator[list[str]]:
    """Names of stored files of a kind, one folder at a time."""
    if not default_storage.exists(kind):
        return
    for part in default_storage.listdir(kind)[0]:
        yield [f"{kind}/{part}/{name}" for name in default_storage.listdir(f"{kind}/{part}")[1]]


def remove_expired_uploads() -> int:
    """Forget uploads past their time, and files in their folder that belong to none; how many."""
    removed = 0
    for upload in uploads.expired().order_by("pk")[:1000]:
        try:
            uploads.end_upload(upload, by=None)
        except UploadLocked:
            continue  # a piece is coming in: it will count for another day
        except UploadUnknown:  # the file has gone before
            Upload.objects.filter(pk=upload.pk).delete()
        removed += 1
    return removed + _remove_stray_files()


def _remove_stray_files() -> int:
    before = timezone.now() - GRACE
    old = [path for path in incoming.folder().iterdir() if _modified(path) < before]
    ids = [path.stem for path in old if path.suffix == uploads.SUFFIX]
    known = set(Upload.objects.filter(public_id__in=ids).values_list("public_id", flat=True))
    strays = [path for path in old if path.suffix == incoming.SUFFIX]
    strays += [path for path in old if path.suffix == uploads.SUFFIX and path.stem not in known]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _modified(path: Path) -> datetime:
    """When it was last written; now for a file that has gone meanwhile."""
    try:
        written = path.stat().st_mtime
    except FileNotFoundError:
        return timezone.now()
    return datetime.fromtimestamp(written, tz=timezone.get_current_timezone())
