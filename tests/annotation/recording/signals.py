"""Sounds whose figures are known, for tests of quality."""

from __future__ import annotations

import numpy as np

RATE_HZ = 16_000


def noise(seconds: float, level_dbfs: float, *, seed: int = 1, rate_hz: int = RATE_HZ):
    """(frames,) white noise of this level."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 10 ** (level_dbfs / 20), round(seconds * rate_hz))


def rumble(seconds: float, level_dbfs: float, *, slope: float, seed: int = 1):
    """(frames,) noise whose power falls with the frequency to the `slope`, from 20 Hz on: 1 is
    pink, 2 is what ventilation sounds like."""
    spectrum = np.fft.rfft(noise(seconds, 0, seed=seed))
    hz = np.fft.rfftfreq(round(seconds * RATE_HZ), 1 / RATE_HZ)
    sound = np.fft.irfft(spectrum * np.maximum(hz, 20) ** (-slope / 2))
    return sound * 10 ** (level_dbfs / 20) / np.sqrt(np.mean(sound**2))


def voice(seconds: float, level_dbfs: float, *, rate_hz: int = RATE_HZ):
    """(frames,) a sum of harmonics of 140 Hz of exactly this level, without an envelope."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    sound = sum(np.sin(2 * np.pi * 140 * k * at + k * k) / k for k in range(1, 12))
    return sound * 10 ** (level_dbfs / 20) / np.sqrt(np.mean(sound**2))


def take(
    *,
    lead_s: float = 0.4,
    speech_s: float = 1.5,
    tail_s: float = 0.4,
    level_dbfs: float = -26,
    noise_dbfs: float = -70,
    seed: int = 1,
    rate_hz: int = RATE_HZ,
):
    """(frames,) noise all along, and a voice in it."""
    sound = noise(lead_s + speech_s + tail_s, noise_dbfs, seed=seed, rate_hz=rate_hz)
    first, spoken = round(lead_s * rate_hz), voice(speech_s, level_dbfs, rate_hz=rate_hz)
    sound[first : first + len(spoken)] += spoken
    return sound
