"""Finished uploads that become long recordings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from annotation.models import Upload
from annotation.models.upload import UploadState
from annotation.services.recording.take_errors import UploadUsed
from annotation.services.recording.uploads import (
    check_arrived,
    file_of,
    find_upload,
    mark_used,
    taken,
    used_for,
)
from speecheq.sentences import say

MAX_NAME = 255
WAITS = timedelta(days=7)  # for the job that reads it, or to be asked for again where that failed


def source_upload(public_id: str, *, by: Any) -> tuple[dict[str, Any], str]:
    """What is known of an upload's file, with its path as `lies_at`, and the long recording that it
    has become already, if any.

    Raises UploadUnknown, UploadIncomplete, and UploadUsed where it has become something else.
    """
    upload = find_upload(public_id, user=by)
    if upload.state == UploadState.USED:
        made = used_for(upload)
        if not made.startswith("lrc_"):
            raise UploadUsed(
                say("The upload has become {made} already. Upload the file again.", made=made)
            )
        return {}, made
    check_arrived(upload)
    known = {
        "file_bytes": upload.length,
        "original_name": upload.name[:MAX_NAME],
        "params": {"upload": public_id},
        "lies_at": file_of(upload),
    }
    return known, ""


def keep_for_job(public_id: str) -> None:
    """Somebody was told that it will be read: it waits for a worker longer than for a sender."""
    Upload.objects.filter(public_id=public_id).update(expires_at=timezone.now() + WAITS)


@contextmanager
def used_upload(public_id: str, *, by: Any, becomes: str) -> Iterator[Path]:
    """The file of an upload, which goes when all went well: the storage has it then."""
    upload = find_upload(public_id, user=by)
    with taken(upload) as path:
        yield path
        mark_used(upload, used_for=becomes)
