"""From samples to figures, in one pass over frames of 20 ms.

Everything is plain arithmetic that the page repeats in JavaScript with the same result, and cheap:
ten seconds at 48 kHz take a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.recording.qc.dropouts import Lost, lost_sound
from annotation.recording.qc.figures import (
    FLOOR_DBFS,
    Figures,
    db_of_power,
    half_up,
    power_of_db,
)
from annotation.recording.qc.runs import runs_of

FRAME_MS = 20  # one period of mains hum, whose power is then the same in every frame
NOISE_QUANTILE = 0.10
LOUD_FRAMES = 5  # the loudest 100 ms say how loud speech gets; a click is shorter
# Speech is what rises over the noise by this share of the way to the loudest 100 ms.
RISE_SHARE = 0.35
RISE_DB = (4.5, 15.0)
LEAST_RISE_DB = 10.0  # steady noise, rumble too, does not rise so far over its own floor
HOLE_FRAMES = 2  # the closure of a stop consonant does not end a word
BURST_FRAMES = 3  # shorter than any syllable: a click, a knock
PAUSE_FRAMES = 15  # longer gaps are pauses and no part of speech_ms

FULL_SCALE = 0.9999
FULL_SCALE_RUN = 2
FLAT_TOLERANCE = 6e-5  # two steps of a 16-bit converter
FLAT_RUN_S = 8e-5
FLAT_TOPS = 3  # a voice does not reach the very same extreme so often
FLAT_LEAST_PEAK = 0.1


@dataclass(frozen=True)
class Speech:
    """Where speech is. `runs`: (n, 2) first and past-the-last frame of each run, in order."""

    runs: np.ndarray
    frames: int

    @property
    def found(self) -> bool:
        return len(self.runs) > 0

    def mask(self) -> np.ndarray:
        """(frames,) bool: within a run."""
        mask = np.zeros(self.frames, bool)
        for first, last in self.runs:
            mask[first:last] = True
        return mask


def measure(samples: np.ndarray, rate_hz: int) -> Figures:
    """Figures of one channel.

    Args:
        samples: (frames,) float, full scale 1, at least one, all finite.
        rate_hz: of the samples.

    The noise floor is the level that a tenth of the frames stay below: 0.3 to 1 dB too low for
    steady noise, lower still for noise that comes and goes, too high where a take has next to no
    pause. SNR errs the other way; and below about 5 dB only the loudest part of speech is taken
    for speech, so that it reads too high. What that amounts to is measured in docs/quality.md.

    Raises ValueError for other shapes, no samples, or samples that are not finite.
    """
    sound = _checked(samples)
    size = max(1, half_up(rate_hz * FRAME_MS / 1000))
    powers = frame_powers(sound, size)
    noise = noise_power(powers)
    speech = find_speech(powers, noise)
    level = float(powers[speech.mask()].mean() if speech.found else powers.mean())
    peak = float(max(sound.max(), -sound.min()))
    span = (int(speech.runs[0, 0]) * size, int(speech.runs[-1, 1]) * size) if speech.found else None
    lost = lost_sound(sound, rate_hz, span, level) if span else Lost()
    ms = 1000 * size / rate_hz
    return Figures(
        duration_ms=max(1, half_up(1000 * len(sound) / rate_hz)),
        rate_hz=rate_hz,
        peak_dbfs=db_of_power(peak * peak),
        level_dbfs=db_of_power(level),
        noise_dbfs=db_of_power(noise),
        snr_db=_snr_db(level, noise) if speech.found else None,
        clipped_share=clipped_samples(sound, rate_hz) / len(sound),
        lead_ms=half_up(1000 * span[0] / rate_hz) if span else None,
        tail_ms=half_up(1000 * max(0, len(sound) - span[1]) / rate_hz) if span else None,
        speech_ms=half_up(_spoken_frames(speech) * ms),
        dc_offset=float(sound.mean()),
        dropouts=lost.places,
        missing_ms=half_up(1000 * lost.samples / rate_hz),
    )


def _checked(samples: np.ndarray) -> np.ndarray:
    sound = np.asarray(samples, np.float64)
    if sound.ndim != 1 or len(sound) == 0:
        raise ValueError(f"Samples of one channel are wanted, at least one; shape {sound.shape}.")
    if not np.isfinite(sound).all():
        raise ValueError(f"{int((~np.isfinite(sound)).sum())} samples are NaN or infinite.")
    return sound


def frame_powers(sound: np.ndarray, size: int) -> np.ndarray:
    """(n,) mean squares of whole frames of `size` samples about their own straight lines: DC and
    rumble below some 50 Hz, which heaves so slowly that a frame sees a slope, are no voice. A frame
    of one value has none. A rest at the end is left out."""
    whole = len(sound) // size
    if whole == 0:
        return np.array([float(np.var(sound))])
    framed = sound[: whole * size].reshape(whole, size)
    ramp = np.arange(size) - (size - 1) / 2
    ramp /= np.sqrt(max(float(ramp @ ramp), 1e-12))
    means, slopes = framed.mean(axis=1), np.einsum("ij,j->i", framed, ramp)
    powers = np.einsum("ij,ij->i", framed, framed) / size - means * means - slopes * slopes / size
    still = framed.max(axis=1) == framed.min(axis=1)
    return np.where(still, 0.0, np.maximum(powers, 0.0))


def noise_power(powers: np.ndarray) -> float:
    """The level that a tenth of the frames stay below; frames that stand still tell nothing of the
    room and are left out."""
    alive = powers[powers > power_of_db(FLOOR_DBFS)]
    if len(alive) == 0:
        return 0.0
    rank = int(NOISE_QUANTILE * (len(alive) - 1))
    return float(np.partition(alive, rank)[rank])


def find_speech(powers: np.ndarray, noise: float) -> Speech:
    """Frames that rise over the noise, holes closed and clicks dropped."""
    nothing = Speech(np.zeros((0, 2), int), len(powers))
    rank = max(0, len(powers) - LOUD_FRAMES)
    loud = float(np.partition(powers, rank)[rank])
    rise = db_of_power(loud) - db_of_power(noise)
    if rise < LEAST_RISE_DB:
        return nothing
    above = min(max(RISE_SHARE * rise, RISE_DB[0]), RISE_DB[1])
    runs = runs_of(powers > max(noise, power_of_db(FLOOR_DBFS)) * power_of_db(above))
    runs = _joined(runs, HOLE_FRAMES)
    return Speech(runs[_lengths(runs) >= BURST_FRAMES], len(powers))


def _joined(runs: np.ndarray, gap: int) -> np.ndarray:
    """Runs with gaps of up to `gap` closed."""
    if len(runs) == 0:
        return runs
    apart = runs[1:, 0] - runs[:-1, 1] > gap
    firsts = np.concatenate(([True], apart))
    lasts = np.concatenate((apart, [True]))
    return np.stack([runs[firsts, 0], runs[lasts, 1]], axis=1)


def _spoken_frames(speech: Speech) -> int:
    joined = _joined(speech.runs, PAUSE_FRAMES)
    return int(_lengths(joined).sum())


def _snr_db(level: float, noise: float) -> float:
    floor = max(noise, power_of_db(FLOOR_DBFS))
    return db_of_power(max(level - noise, 0.0) / floor)


def clipped_samples(sound: np.ndarray, rate_hz: int) -> int:
    """Samples in runs at full scale, and on flat tops: runs at the file's own extreme, which an
    input stage leaves that saturates before the converter does."""
    count = int(_lengths(runs_of(np.abs(sound) >= FULL_SCALE, FULL_SCALE_RUN)).sum())
    flat = max(3, half_up(FLAT_RUN_S * rate_hz))
    for top in (sound, -sound):
        peak = float(top.max())
        if FLAT_LEAST_PEAK <= peak < FULL_SCALE:
            tops = runs_of(top >= peak - FLAT_TOLERANCE, flat)
            count += int(_lengths(tops).sum()) if len(tops) >= FLAT_TOPS else 0
    return count


def _lengths(runs: np.ndarray) -> np.ndarray:
    return np.asarray(runs[:, 1] - runs[:, 0])
