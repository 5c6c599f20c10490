"""Where a clip's files lie, and how they get there.

Names derive from the clip's id and the hash of its sound, so an import that was killed and runs
again finds what it had stored, and two imports at once cannot overwrite each other's sound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from annotation.models import Clip
from annotation.services.decoding import Prepared
from speecheq.names import storage_name

DERIVATIVES = {
    "audio": ("clip-audio", ".flac"),
    "peaks": ("clip-peaks", ".json"),
    "spectrogram": ("clip-spectrogram", ".png"),
}


@dataclass(frozen=True)
class StoredFiles:
    """Names in the storage, and the size of the original in bytes."""

    original: str
    audio: str
    peaks: str
    spectrogram: str
    original_bytes: int


def store_files(public_id: str, sound: Prepared) -> StoredFiles:
    """Keep the original bytes and the derivatives of a clip. Storing again changes nothing."""
    part = f".{sound.sha256[:8]}"
    suffix = str(sound.facts["suffix"])
    original = storage_name("clip-original", public_id, part + suffix)
    with sound.path.open("rb") as source:
        size = keep(original, File(source))
    names = {}
    for what, (kind, ending) in DERIVATIVES.items():
        names[what] = storage_name(kind, public_id, part + ending)
        keep(names[what], ContentFile(sound.blobs[what]))
    return StoredFiles(original=original, original_bytes=size, **names)


def forget_files(clips: Iterable[Clip]) -> None:
    """Remove the files of clips that were not written after all; of one that has its row, none."""
    unsaved = {clip.public_id: clip for clip in clips if clip.original}
    for known in Clip.objects.filter(public_id__in=unsaved).values_list("public_id", flat=True):
        del unsaved[known]
    for clip in unsaved.values():
        for file in (clip.original, clip.audio16k, clip.peaks, clip.spectrogram):
            default_storage.delete(str(file.name))


def keep(name: str, content: File[bytes]) -> int:
    """Store under exactly this name; what a killed import left half written is replaced."""
    size = content.size
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return size
        default_storage.delete(name)
    stored = default_storage.save(name, content)
    if stored != name:  # somebody stored it a moment ago: theirs is the same sound
        default_storage.delete(stored)
    return size
