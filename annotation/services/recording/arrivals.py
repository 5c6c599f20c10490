"""What is on its way of a speaker: uploads that became nothing yet, pieces whose end is to come.
Nothing of it is kept once they take their consent back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from os import O_RDONLY, close
from os import open as open_folder

from annotation.models import Speaker, Upload
from annotation.models.upload import UploadState
from annotation.services.recording.incoming import PIECE, UPLOAD, folder


@dataclass(frozen=True)
class Arrivals:
    """Uploads whose rows are gone, and sessions of which pieces may be here; by public id."""

    uploads: list[str]
    sessions: list[str]


def let_go(speaker: Speaker) -> Arrivals:
    """Forget the rows, in the transaction of the withdrawal: who counts a piece after it finds
    none. What it returns is for `remove`, once that is committed."""
    sessions = list(speaker.sessions.values_list("public_id", flat=True))
    waiting = Upload.objects.filter(session_public_id__in=sessions).exclude(state=UploadState.USED)
    found = Arrivals(list(waiting.values_list("public_id", flat=True)), sessions)
    waiting.delete()
    return found


def remove(arrivals: Arrivals) -> None:
    """Remove the files. Who writes to one meanwhile writes to nothing."""
    for upload in arrivals.uploads:
        (folder() / f"{upload}{UPLOAD}").unlink(missing_ok=True)
    with alone():
        remove_pieces(arrivals.sessions)


def remove_pieces(sessions: Iterable[str]) -> None:
    for session in sessions:
        for path in folder().glob(f"{session}.*{PIECE}"):
            path.unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else of this machine counts or names pieces meanwhile: what has been counted is so
    still. Held for moments only, never while sound is copied."""
    held = open_folder(folder(), O_RDONLY)
    try:
        flock(held, LOCK_EX)
        yield
    finally:
        close(held)
