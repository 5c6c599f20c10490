"""Sound that a fake microphone is fed with, and what came of it in a stored take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import oaconvolve

RATE_HZ = 44_100  # of Chromium's fake microphone: at another one it would resample the file
EDGE = RATE_HZ // 100  # a block of the microphone, 10 ms
GAP = RATE_HZ // 4  # no utterance is silent for so long


def voice(seconds: float, *, seed: int) -> np.ndarray:
    """(frames,) float: syllables of noise-rich voice; no stretch of it is like another."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    pitch = 120 + 30 * np.cumsum(rng.normal(0, 1, n)) / np.sqrt(n)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    voiced = np.asarray(sum(np.sin(k * phase) / k for k in range(1, 9)))
    syllables = 0.15 + 0.85 * np.sin(2 * np.pi * 2.0 * t) ** 2
    return np.asarray(0.1 * syllables * (voiced + rng.normal(0, 0.5, n)))


def fed_file(path: Path, *spoken: np.ndarray, lead_s: float, gap_s: float) -> Path:
    """Digital silence, then each utterance with digital silence after it: where speech begins and
    ends is exact. The microphone plays the file over and over unless told otherwise."""
    parts = [np.zeros(round(lead_s * RATE_HZ))]
    for utterance in spoken:
        parts += [utterance, np.zeros(round(gap_s * RATE_HZ))]
    soundfile.write(path, np.concatenate(parts), RATE_HZ, subtype="PCM_16")
    return path


def sounding(samples: np.ndarray) -> np.ndarray:
    """(frames,) without the digital silence before and after."""
    heard = np.flatnonzero(np.abs(samples) > 1e-6)
    return samples[heard[0] : heard[-1] + 1] if len(heard) else samples[:0]


def aligned(take: np.ndarray, fed: np.ndarray) -> tuple[float, int]:
    """Correlation of two (frames,) where they fit best, over all that they share; and by how many
    frames `take` begins later in `fed` (negative: earlier)."""
    score = oaconvolve(take, fed[::-1])
    lag = len(fed) - 1 - int(np.argmax(score))
    ours, theirs = take[max(0, -lag) :], fed[max(0, lag) :]
    n = min(len(ours), len(theirs))
    return float(np.corrcoef(ours[:n], theirs[:n])[0, 1]), lag


def holds(fed: np.ndarray, piece: np.ndarray) -> bool:
    """Whether a short `piece` (frames,) is somewhere in `fed`, sample for sample."""
    energy = np.cumsum(np.concatenate([[0.0], fed**2]))
    louder = np.sqrt(np.maximum(energy[len(piece) :] - energy[: -len(piece)], 1e-9))
    lag = int(np.argmax(oaconvolve(fed, piece[::-1], mode="valid") / louder))
    return float(np.corrcoef(piece, fed[lag : lag + len(piece)])[0, 1]) > 0.999


def is_from(fed: np.ndarray, piece: np.ndarray) -> bool:
    """Whether `piece` (frames,) is a stretch of `fed`, or all of it, without a tear."""
    return holds(fed, piece[EDGE:-EDGE])


def utterances(take: np.ndarray) -> list[np.ndarray]:
    """(frames,) of each stretch of sound that digital silence parts, longer than a few edges. The
    take may have begun or ended in the midst of the first and the last."""
    return [take[start:end] for start, end in _stretches(take)]


def whole(take: np.ndarray) -> list[np.ndarray]:
    """Of these the ones with silence before and after: nobody pressed a key while they sounded."""
    inside = [(a, b) for a, b in _stretches(take) if a >= EDGE and b <= len(take) - EDGE]
    return [take[start:end] for start, end in inside]


def _stretches(take: np.ndarray) -> list[tuple[int, int]]:
    heard = np.flatnonzero(np.abs(take) > 1e-6)
    if not len(heard):
        return []
    after = np.flatnonzero(np.diff(heard) > GAP)
    starts, ends = heard[np.r_[0, after + 1]], heard[np.r_[after, len(heard) - 1]] + 1
    found = zip(starts.tolist(), ends.tolist(), strict=True)
    return [(start, end) for start, end in found if end - start > 6 * EDGE]


def read(path: str | Path) -> np.ndarray:
    """(frames,) of a stored take; its rate must be that of the microphone."""
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == RATE_HZ and samples.ndim == 1
    return np.asarray(samples)
