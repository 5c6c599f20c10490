"""What killed processes and forgotten uploads leave behind, and how it goes away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils import timezone

from annotation.models import Take, Upload
from annotation.services.recording import incoming, uploads
from annotation.services.recording.take_errors import UploadLocked, UploadUnknown
from annotation.services.recording.takes import STORED

GRACE = timedelta(hours=1)  # no request takes so long from its file to its row
# A database put back from a backup names none of the takes that came after it: they wait to be
# found, as nobody could speak them again.
TAKES_KEPT = timedelta(days=30)


def remove_orphan_takes() -> int:
    """Remove stored files of takes that no row has named for 30 days; how many."""
    removed = 0
    for names in _stored_folders():
        known = set(Take.objects.filter(file__in=names).values_list("file", flat=True))
        for name in sorted(set(names) - known):
            if default_storage.get_modified_time(name) < timezone.now() - TAKES_KEPT:
                default_storage.delete(name)
                removed += 1
    return removed


def _stored_folders() -> Iterator[list[str]]:
    """Names of stored takes, one folder at a time."""
    if not default_storage.exists(STORED):
        return
    for part in default_storage.listdir(STORED)[0]:
        yield [f"{STORED}/{part}/{name}" for name in default_storage.listdir(f"{STORED}/{part}")[1]]


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
