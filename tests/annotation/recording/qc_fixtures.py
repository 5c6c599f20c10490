"""Sounds with their figures, for the server's and the page's code alike.

`python -m tests.annotation.recording.qc_fixtures` writes tests/js/qc_fixtures.json anew: samples
(int16, base64), and what Python says of them. Do so when a figure's definition changes.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from annotation.recording.qc import Rules, as_json, judge, measure, syllables
from tests.annotation.recording.signals import noise, take

FILE = Path(__file__).resolve().parents[2] / "js" / "qc_fixtures.json"
RATE_HZ = 8_000
TEXTS = [
    ("Kids are talking by the door", "en"),
    ("The table walked while we wanted more cake.", "en-GB"),
    ("今天天气很好，我有 3 本 book。", "zh-Hans"),
    ("Der Hund läuft über die Straße", "de"),
    ("Добрый день", "ru"),
]


def sounds() -> dict[str, np.ndarray]:
    """Name to (frames,) float at 8 kHz; one for each thing that can be wrong."""
    good = {"lead_s": 0.12, "speech_s": 0.45, "tail_s": 0.12, "rate_hz": RATE_HZ}
    plain = take(**good)
    doubled, gaps, jump = plain.copy(), plain.copy(), take(**{**good, "level_dbfs": -14})
    doubled[3000:3128] = doubled[2872:3000]
    gaps[2000:2100] = 0
    gaps[3000:3100] = gaps[3000]
    high = 2000 + int(np.argmax(jump[2000:3000]))
    low = high + int(np.argmin(jump[high : high + 100]))
    return {
        "good": plain,
        "noisy": take(**good, noise_dbfs=-40),
        "hardly above the noise": take(**good, noise_dbfs=-32),
        "cut start": take(**{**good, "lead_s": 0.02}),
        "cut end": plain[: round(0.45 * RATE_HZ)],
        "quiet": take(**good, level_dbfs=-50, noise_dbfs=-85),
        "loud": take(**good, level_dbfs=-8),
        "clipped": np.clip(take(**good, level_dbfs=-1), -1, 32767 / 32768),
        "flat tops": 0.5 * np.clip(take(**good, level_dbfs=-4), -0.8, 0.8),
        "offset": plain + 0.02,
        "gaps": gaps,
        "doubled block": doubled,
        "jump": np.delete(jump, slice(high, low)),
        "late microphone": np.concatenate((np.zeros(1000), plain)),
        "two words": np.concatenate((plain, noise(0.3, -70, rate_hz=RATE_HZ), plain)),
        "noise alone": noise(0.3, -60, rate_hz=RATE_HZ),
        "zeros": np.zeros(3000),
        "three samples": np.array([0.5, -0.25, 0.125]),
    }


def described(name: str, samples: np.ndarray) -> dict[str, Any]:
    """One fixture: (frames,) int16 and what is said of it, as a take and as room tone."""
    figures = measure(samples / 32768, RATE_HZ)
    text, language = TEXTS[0]
    spoken = judge(figures, Rules(), text=text, language=language)
    room = judge(figures, Rules(), kind="room_tone")
    return {
        "name": name,
        "samples": base64.b64encode(samples.astype("<i2").tobytes()).decode(),
        "figures": asdict(figures),
        "speech": as_json(figures, spoken),
        "room_tone": as_json(figures, room),
    }


def fixtures() -> dict[str, Any]:
    return {
        "rate_hz": RATE_HZ,
        "rules": Rules().as_dict(),
        "text": TEXTS[0][0],
        "language": TEXTS[0][1],
        "syllables": [
            {"text": text, "language": language, "count": syllables(text, language)}
            for text, language in TEXTS
        ],
        "sounds": [
            described(name, np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16))
            for name, sound in sounds().items()
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(fixtures(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {FILE}.")
