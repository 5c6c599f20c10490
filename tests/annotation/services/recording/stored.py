"""Rows of takes for tests that look at sessions: no file, no sound."""

from __future__ import annotations

import hashlib
from typing import Any

from annotation.models import Prompt, Session, Take


def take(session: Session, prompt: Prompt | None, *, verdict: str = "green", **more: Any) -> Take:
    """The next take of a prompt; without one, of the room tone."""
    same = session.takes.filter(prompt=prompt)
    version = same.count() + 1
    name = f"{session.pk} {prompt and prompt.pk} {version}"
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return Take.objects.create(
        **{
            "session": session,
            "prompt": prompt,
            "kind": "speech" if prompt else "room_tone",
            "version": version,
            "consent": session.speaker.consents.last(),
            "file": "takes/none.wav",
            "sha256": sha256,
            "pcm_sha256": sha256,
            "file_bytes": 1,
            "duration_ms": 2000,
            "sample_rate_hz": 48_000,
            "channels": 1,
            "bits": 24,
            "qc": {"verdict": verdict, "reasons": []},
            "verdict": verdict,
            **more,
        }
    )
