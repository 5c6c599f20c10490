"""The waveform of hours as a file: extremes of stretches, and of ever longer stretches.

A magic, the length of a JSON header (uint32), the header, then level by level (min, max) pairs of
int16, little-endian, full scale 32767. A stretch of level 0 is BIN_FRAMES frames, one of each next
level four of the level before; the last stretch of a level may be short. 3 h at 48 kHz are 11 MB,
and any view of it is a few kilobytes read from one place.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC = b"SQPEAKS1"
BIN_FRAMES = 256
FACTOR = 4
SMALLEST_LEVEL = 16  # no level has fewer stretches, but the first
_PAIR = 4  # bytes


class PeaksWriter:
    """Takes a channel in blocks; whole stretches are reduced as they come."""

    def __init__(self) -> None:
        self._bins: list[np.ndarray] = []
        self._rest = np.empty(0, np.int16)
        self._frames = 0

    def feed(self, samples: np.ndarray) -> None:
        """(n,) int16, or int32 left-justified."""
        self._frames += len(samples)
        if samples.dtype == np.int32:
            samples = (samples >> 16).astype(np.int16)
        samples = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(samples) // BIN_FRAMES * BIN_FRAMES
        if whole:
            self._bins.append(_extremes(samples[:whole].reshape(-1, BIN_FRAMES)))
        self._rest = samples[whole:].copy()

    def finish(self, rate_hz: int) -> bytes:
        """The file."""
        bins = list(self._bins)
        if len(self._rest):
            bins.append(_extremes(self._rest[None, :]))
        levels = [np.concatenate(bins) if bins else np.empty((0, 2), np.int16)]
        while len(levels[-1]) > SMALLEST_LEVEL * FACTOR:
            levels.append(_coarser(levels[-1]))
        head = {
            "frames": self._frames,
            "rate_hz": rate_hz,
            "bin_frames": BIN_FRAMES,
            "factor": FACTOR,
            "levels": [len(level) for level in levels],
        }
        text = json.dumps(head).encode()
        out = io.BytesIO()
        out.write(MAGIC + struct.pack("<I", len(text)) + text)
        for level in levels:
            out.write(level.astype("<i2").tobytes())
        return out.getvalue()


def _extremes(rows: np.ndarray) -> np.ndarray:
    """(n, frames) -> (n, 2): least and greatest of each."""
    return np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1)


def _coarser(level: np.ndarray) -> np.ndarray:
    at = np.arange(0, len(level), FACTOR)
    low = np.minimum.reduceat(level[:, 0], at)
    high = np.maximum.reduceat(level[:, 1], at)
    return np.stack([low, high], axis=1)


@dataclass(frozen=True)
class Peaks:
    """A part of a waveform. Pair k covers `bin_frames` frames from start + k * bin_frames on."""

    start: int
    bin_frames: int
    pairs: np.ndarray  # (bins, 2) int16

    def as_json(self) -> dict[str, object]:
        return {
            "start": self.start,
            "bin_frames": self.bin_frames,
            "min": self.pairs[:, 0].tolist(),
            "max": self.pairs[:, 1].tolist(),
        }


def read_peaks(file: Any, start: int, end: int, bins: int) -> Peaks:
    """Frames [start, end) in at most about `bins` pairs, as fine as the file has them.

    file: open for reading bytes, and seekable.

    Raises ValueError when the file is none of ours.
    """
    head, offset = _head(file)
    width = int(head["bin_frames"])
    levels: list[int] = head["levels"]
    for count in levels[:-1]:
        if (end - start) / width <= bins:
            break
        offset += count * _PAIR
        width *= int(head["factor"])
    count = levels[_level(head, width)]
    first = min(max(start // width, 0), count)
    last = min(max(-(-end // width), first), count)
    file.seek(offset + first * _PAIR)
    raw = file.read((last - first) * _PAIR)
    return Peaks(first * width, width, np.frombuffer(raw, "<i2").reshape(-1, 2))


def _level(head: dict[str, object], width: int) -> int:
    level, at = 0, int(str(head["bin_frames"]))
    while at < width:
        level, at = level + 1, at * int(str(head["factor"]))
    return level


def _head(file: Any) -> tuple[dict, int]:
    file.seek(0)
    start = file.read(len(MAGIC) + 4)
    if start[: len(MAGIC)] != MAGIC:
        raise ValueError("This is no file of peaks.")
    (length,) = struct.unpack("<I", start[len(MAGIC) :])
    return json.loads(file.read(length)), len(start) + length
