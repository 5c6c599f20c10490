"""Two voices at known places: what long recordings are tried with."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import soundfile

RATE_HZ = 16_000
SPOKEN_MS = [(700, 1900), (2900, 4200), (5400, 6500), (7800, 9000)]
LENGTH_MS = 10_000


def dialogue(spoken_ms: list[tuple[int, int]] = SPOKEN_MS, *, length_ms: int = LENGTH_MS) -> Any:
    """(frames, 2) float: a voice in channel 0 at these times, another one in channel 1 half a
    second after each, over faint noise."""
    rng = np.random.default_rng(7)
    sound = rng.normal(0, 3e-4, (length_ms * RATE_HZ // 1000, 2))
    t = np.arange(len(sound)) / RATE_HZ
    for channel, hz in enumerate((140, 210)):
        voice = 0.08 * sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 6))
        for start, end in spoken_ms:
            later = 500 * channel
            part = slice((start + later) * RATE_HZ // 1000, (end + later) * RATE_HZ // 1000)
            sound[part, channel] += voice[part]
    return sound


def file_bytes(sound: Any, *, form: str = "WAV", bits: int = 16) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, RATE_HZ, format=form, subtype=f"PCM_{bits}")
    return buffer.getvalue()
