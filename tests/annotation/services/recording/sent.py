"""Takes that are sent as a request sends them: with a file and its sound."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from annotation.models import ConsentWithdrawal
from annotation.services.recording import takes
from tests import recording

GOOD = recording.wav(recording.speech(2.6))
OTHER = recording.wav(recording.speech(2.6, seed=2))


def store(session, prompt, content=GOOD, *, kind="speech", **more):
    """Store `content` as a request does: from a file that is gone afterwards."""
    path = Path(settings.SPEECHEQ_UPLOADS) / f"{threading.get_ident()}.wav"
    path.write_bytes(content)
    given = {"sha256": hashlib.sha256(content).hexdigest(), "by": None} | more
    return takes.store_take(session=session, prompt=prompt, kind=kind, path=path, **given)


def files() -> list[str]:
    """Every file of a take that is stored."""
    return sorted(str(path.name) for path in Path(settings.MEDIA_ROOT, "takes").rglob("*.wav"))


def withdraw(session) -> None:
    ConsentWithdrawal.objects.create(
        speaker=session.speaker, purposes=["record"], withdrawn_at=timezone.now()
    )
