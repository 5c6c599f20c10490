"""The file of a take: its digest, its place in the storage, and whether it is all there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from annotation.models import Take
from annotation.services.recording import consents
from annotation.services.recording.durable import durable, settle
from annotation.services.recording.take_errors import DigestMismatch
from speecheq.errors import DomainError
from speecheq.files import store_file
from speecheq.names import storage_name
from speecheq.sentences import say

STORED = "takes"
MAX_BYTES = 64 << 20  # 7 minutes at 48 kHz and 24 bit: what is longer is a long recording


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked_digest(path: Path, announced: str | None) -> str:
    """SHA-256 of a file, in hex. Raises DigestMismatch where another one was announced."""
    found = digest_of(path)
    if announced is not None and found != announced:
        raise DigestMismatch(
            say(
                "What arrived has the SHA-256 {found}, not {announced} as announced. "
                "Send it again.",
                found=found,
                announced=announced,
            )
        )
    return found


def keep_file(public_id: str, path: Path) -> str:
    """Keep the file at `path`, on disk; the name it has in the storage."""
    with path.open("rb") as source:
        stored = store_file(storage_name(STORED, public_id, ".wav"), File(source))
    try:
        settle(stored)
    except BaseException:
        default_storage.delete(stored)
        raise
    return stored


def with_file(take: Take, path: Path) -> Take:
    """A known take with its file: the sender lets go of its own copy once we answer. Where the file
    is gone, as after a backup was put back, `path` has the same bytes and takes its place; unless
    the consent is gone too, as nothing is kept then that was not there. Raises ConsentMissing."""
    if has_file(take):
        return take
    speaker = take.session.speaker
    consents.require(speaker)
    stored = keep_file(take.public_id, path)
    try:
        with durable():
            consents.require(speaker)
            Take.objects.filter(pk=take.pk).update(file=stored)
    except DomainError:
        default_storage.delete(stored)
        raise
    take.file.name = stored
    return take


def has_file(take: Take) -> bool:
    """Whether the storage has as many bytes as the take."""
    try:
        return take.file.size == take.file_bytes
    except FileNotFoundError:
        return False
