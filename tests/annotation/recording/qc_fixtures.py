"""Sounds with their figures, for the server's and the page's code alike.

`python -m tests.annotation.recording.qc_fixtures` writes tests/js/qc_fixtures.json anew: samples
(int16, base64), and what Python says of them; and of the files that a page writes of some that it
heard. Do so when a figure's definition changes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from annotation.recording.qc import Rules, as_json, judge, measure, syllables
from annotation.recording.wav import open_wav
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
    doubled, gaps, hole = plain.copy(), plain.copy(), plain.copy()
    jump = take(**{**good, "level_dbfs": -14})
    doubled[3000:3128] = doubled[2872:3000]
    gaps[2000:2100] = 0
    gaps[3000:3100] = gaps[3000]
    hole[2000:3500] = 0
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
        "a long hole": hole,
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


# A page heard `gain` times a sound of above: what it writes of that in so many bits.
HEARD = [
    ("as it is", "good", 1.0),
    ("a whisper below the last of 16 bits", "good", 1.2e-4),
    ("one below the last of 24 bits", "good", 2e-7),
    ("above full scale", "jump", 3.0),
]


def heard(samples: np.ndarray, gain: float) -> np.ndarray:
    """(frames,) int16 -> (frames,) float32 as a microphone gave them, also above full scale."""
    return (samples / 32768 * gain).astype(np.float32)


def pcm(sound: np.ndarray, bits: int) -> bytes:
    """(frames,) float as little-endian integers, half up, cut at full scale."""
    scale = 2 ** (bits - 1)
    whole = np.floor(sound.astype(np.float64) * scale + 0.5)
    clipped = np.clip(whole, -scale, scale - 1).astype("<i4")
    return clipped.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


def wav_of(content: bytes, bits: int) -> bytes:
    """A file of one channel, as a page writes it."""
    width, padding = bits // 8, len(content) % 2
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, RATE_HZ * width, width, bits)
    data = b"data" + struct.pack("<I", len(content)) + content + b"\0" * padding
    riff = b"WAVEfmt " + form + data
    return b"RIFF" + struct.pack("<I", len(riff)) + riff


def judged_file(path: Path) -> dict[str, Any]:
    """What the server says of a file of speech, read by its own reader."""
    file = open_wav(path)
    figures = measure(file.read()[:, 0], file.sample_rate_hz)
    text, language = TEXTS[0]
    return as_json(figures, judge(figures, Rules(), text=text, language=language))


def written(name: str, of: str, gain: float, bits: int) -> dict[str, Any]:
    """One file: what it is made of, its bytes by their SHA-256, and the server's word on them."""
    samples = as_int16(sounds()[of])
    content = wav_of(pcm(heard(samples, gain), bits), bits)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.wav"
        path.write_bytes(content)
        said = judged_file(path)
    sha256 = hashlib.sha256(content).hexdigest()
    return {"name": name, "of": of, "gain": gain, "bits": bits, "sha256": sha256, "speech": said}


def as_int16(sound: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


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
        "sounds": [described(name, as_int16(sound)) for name, sound in sounds().items()],
        "written": [written(*each, bits) for each in HEARD for bits in (16, 24)],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(fixtures(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {FILE}.")
