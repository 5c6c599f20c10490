"""Features kept on disk as float16, so that a clip is decoded and analysed once.

A file's name is the clip's PCM hash, the hash of the feature configuration and the speed, so a
changed configuration never reads old features. Files appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from speecheq.sentences import say
from training.config import FeatureConfig
from training.engine.features import N_PROSODY, Features, clip_features, read_mono
from training.engine.rows import BadData, ClipRow
from training.engine.statistics import n_statistics

VERSION = 2  # raise it when the same configuration gives other features
_HASH = re.compile(r"[0-9a-f]{16,64}")


class FeatureCache:
    """Features by clip and speed, from memory, else mapped from disk, else computed."""

    def __init__(self, folder: Path, config: FeatureConfig, *, memory_bytes: int = 512 << 20):
        described = json.dumps({"version": VERSION, **asdict(config)}, sort_keys=True)
        self.config = config
        self._folder = folder / hashlib.sha256(described.encode()).hexdigest()[:16]
        self._width = config.n_mels + N_PROSODY
        self._n_statistics = n_statistics()
        self._memory: dict[tuple[str, float], Features] = {}
        self._room = memory_bytes

    def get(self, row: ClipRow, speed: float = 1.0) -> Features:
        """Features of a clip. Raises BadData when its audio cannot be used."""
        kept = self._memory.get((row.audio_sha256, speed))
        if kept is not None:
            return kept
        if not self._path(row, speed).exists():
            self.fill(row, (speed,))
        return self._remember(row, speed)

    def fill(self, row: ClipRow, speeds: Sequence[float]) -> None:
        """Compute what is missing on disk; the sound is decoded once for all speeds."""
        missing = tuple(speed for speed in speeds if not self._path(row, speed).exists())
        if not missing:
            return
        try:
            samples = read_mono(row.path, self.config)
        except BadData as error:
            raise BadData(
                say("Clip {key}: {why}", key=row.key, why=error.detail), code=error.code
            ) from error
        for speed, features in clip_features(samples, self.config, missing).items():
            packed = np.concatenate([features.statistics, features.frames.ravel()])
            _write_whole(self._path(row, speed), packed)

    def n_frames(self, row: ClipRow, speed: float = 1.0) -> int:
        return len(self.get(row, speed).frames)

    def _remember(self, row: ClipRow, speed: float) -> Features:
        packed = np.load(self._path(row, speed), mmap_mode="r")
        if self._room >= packed.nbytes:
            packed = np.array(packed)
        frames = packed[self._n_statistics :].reshape(-1, self._width)
        features = Features(frames, packed[: self._n_statistics])
        if not isinstance(packed, np.memmap):
            self._room -= packed.nbytes
            self._memory[row.audio_sha256, speed] = features
        return features

    def _path(self, row: ClipRow, speed: float) -> Path:
        if not _HASH.fullmatch(row.audio_sha256):
            raise BadData(
                say(
                    "Clip {key} has the audio hash {audio_sha256!r}; give the SHA-256 of its "
                    "PCM in hexadecimal.",
                    key=row.key,
                    audio_sha256=row.audio_sha256,
                ),
                code="bad_audio_hash",
                field="audio_sha256",
            )
        name = f"{row.audio_sha256}-{speed:.4f}.npy"
        return self._folder / row.audio_sha256[:2] / name


def _write_whole(path: Path, values: np.ndarray) -> None:
    """Two writers at once write the same bytes; a reader sees a whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, values)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
