"""Made-up speech for the engine's tests: buzzes whose pitch, level and length tell the labels."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from training.config import RunConfig
from training.engine.rows import ClipRow

RATE = 16_000
PITCH = {"NEU": 0.0, "HAP": 0.4, "SAD": -0.3}  # octaves above the speaker's own
TINY: dict[str, Any] = {
    "features": {"n_mels": 32},
    "encoder": {
        "stem_channels": 4,
        "channels": [8, 16],
        "dim": 24,
        "attention_dim": 8,
        "statistics_dim": 32,
    },
    "augment": {"speeds": [1.0, 1.1]},
    "optimiser": {"epochs": 3, "batch_frames": 800, "average_decay": 0.8, "learning_rate": 3e-3},
    "scoring": {"speeds": [1.0], "batch_frames": 1000},
}


def tiny_config(**changes: Any) -> RunConfig:
    merged = {**TINY, **changes}
    return RunConfig.preset("quick", merged)


def buzz(pitch_hz: float, seconds: float, *, level: float = 0.3, seed: int = 0) -> np.ndarray:
    """Harmonics that fall off, with some noise: (n,) float32."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, int(7000 // pitch_hz) + 1)[:, None]
    voice = (np.cos(2 * np.pi * pitch_hz * harmonics * time) / harmonics).sum(axis=0)
    noise = 0.02 * rng.standard_normal(len(time))
    return (level * (0.5 * voice + noise)).astype(np.float32)


def clip(folder: Path, key: str, samples: np.ndarray, **labels: Any) -> ClipRow:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}.flac"
    soundfile.write(path, samples, RATE)
    digest = hashlib.sha256(samples.tobytes()).hexdigest()
    return ClipRow(key=key, path=path, audio_sha256=digest, **labels)


def corpus(folder: Path, *, n_train: int = 24, n_dev: int = 9, n_test: int = 9) -> list[ClipRow]:
    """Clips of three categories and both sexes; NEU has EIS 0, the others 2 or 3 by level."""
    rows = []
    for split, count in (("train", n_train), ("dev", n_dev), ("test", n_test)):
        for i in range(count):
            esc = list(PITCH)[i % 3]
            sex = ("female", "male")[i // 3 % 2]
            eis = 0 if esc == "NEU" else 2 + i // 6 % 2
            pitch = {"female": 220.0, "male": 110.0}[sex] * 2 ** PITCH[esc]
            seed = {"train": 0, "dev": 1000, "test": 2000}[split] + i
            samples = buzz(pitch, 0.5 + 0.05 * (i % 5), level=0.1 + 0.15 * (eis == 3), seed=seed)
            said = {"transcript": "go on", "language": "en"} if i % 4 else {}
            row = clip(
                folder, f"{split}-{i:02}", samples, split=split, speaker=f"{split}-{sex}",
                esc=esc, eis=eis, sex=sex, **said,
            )  # fmt: skip
            rows.append(row)
    return rows
