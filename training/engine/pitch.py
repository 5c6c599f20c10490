"""Pitch by normalised autocorrelation and a smoothest path (after Boersma 1993).

Boersma P (1993), Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound. The candidates of a frame are the highest peaks of its
autocorrelation, divided by that of the window; the path weighs their strength against jumps.
"""

from __future__ import annotations

import numpy as np
import torch

from training.config import FeatureConfig

LOW_HZ, HIGH_HZ = 65, 800
WINDOW_S = 0.064
N_CANDIDATES = 5
OCTAVE_COST = 0.03  # per octave, in favour of the higher of equal peaks
JUMP_COST = 0.6  # per octave between frames, one octave at most
LEVEL_FLOOR = 1e-9


def track_pitch(samples: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Prosody per frame: (n,) -> (1 + n // hop, 3) float32.

    Columns: log2 of the pitch in Hz (defined everywhere, meaningful where voiced), voicing (the
    autocorrelation at that lag, 0 to 1), level in dB of mean square, full scale 0.
    """
    rate = config.sample_rate_hz
    correlation, level = _autocorrelation(samples, config)
    low, high = rate // HIGH_HZ, rate // LOW_HZ
    lags, strengths = _candidates(correlation, rate, low, high)
    at_frame = np.arange(len(lags))
    lag = lags[at_frame, _smoothest_path(np.log2(rate / lags), strengths)]
    before, peak, after = (correlation[at_frame, lag + step] for step in (-1, 0, 1))
    bend = before - 2 * peak + after
    shift = np.where(bend < -1e-6, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0.0)
    pitch = np.log2(rate / (lag + shift.clip(-0.5, 0.5)))
    return np.stack([pitch, peak.clip(0, 1), level], axis=1).astype(np.float32)


def at_speed(prosody: np.ndarray, speed: float, n_frames: int) -> np.ndarray:
    """What tracking the clip played at `speed` would give: (T, 3) -> (n_frames, 3)."""
    if speed == 1.0 and len(prosody) == n_frames:
        return prosody
    where = np.minimum(np.arange(n_frames) * speed, len(prosody) - 1)
    left = where.astype(int)
    right, share = np.minimum(left + 1, len(prosody) - 1), (where - left)[:, None]
    moved = prosody[left] * (1 - share) + prosody[right] * share
    moved[:, 0] += np.log2(speed)
    return moved.astype(np.float32)


def _autocorrelation(samples: np.ndarray, config: FeatureConfig) -> tuple[np.ndarray, np.ndarray]:
    """Normalised autocorrelation (T, lags) and level (T,) in dB of frames centred on each hop."""
    rate = config.sample_rate_hz
    hop, size = round(config.hop_ms * rate / 1000), round(WINDOW_S * rate)
    n_lags = rate // LOW_HZ + 2
    window = torch.hann_window(size)
    half = torch.zeros(size // 2)
    padded = torch.cat([half, torch.from_numpy(samples), half])
    frames = padded.unfold(0, size, hop) * window  # (T, size)
    frames = frames - frames.mean(dim=1, keepdim=True)
    raw = torch.fft.irfft(torch.fft.rfft(frames, 2 * size).abs().square())[:, :n_lags]
    of_window = torch.fft.irfft(torch.fft.rfft(window, 2 * size).abs().square())[:n_lags]
    energy = raw[:, :1].clamp(min=LEVEL_FLOOR)
    level = 10 * torch.log10(energy[:, 0] / size + LEVEL_FLOOR)
    return (raw / energy / (of_window / of_window[0])).numpy(), level.numpy()


def _candidates(
    correlation: np.ndarray, rate: int, low: int, high: int
) -> tuple[np.ndarray, np.ndarray]:
    """The best peaks of each frame: lags (T, N_CANDIDATES) and what they are worth."""
    middle = correlation[:, low:high]
    peak = (middle >= correlation[:, low - 1 : high - 1]) & (
        middle >= correlation[:, low + 1 : high + 1]
    )
    octaves = np.log2(rate / np.arange(low, high) / LOW_HZ)
    worth = np.where(peak, middle + OCTAVE_COST * octaves, -1.0)
    best = np.argpartition(-worth, N_CANDIDATES, axis=1)[:, :N_CANDIDATES]
    return best + low, np.take_along_axis(worth, best, axis=1)


def _smoothest_path(octaves: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Viterbi: the candidate of each frame that keeps worth high and jumps small. (T,) int."""
    n_frames = len(worth)
    jumps = np.abs(octaves[1:, :, None] - octaves[:-1, None, :])  # (T - 1, now, before)
    cost = JUMP_COST * np.minimum(jumps, 1.0)
    back = np.zeros(worth.shape, dtype=int)
    total = worth[0]
    for frame in range(1, n_frames):
        options = total - cost[frame - 1]
        back[frame] = options.argmax(axis=1)
        total = options.max(axis=1) + worth[frame]
    path = np.zeros(n_frames, dtype=int)
    path[-1] = int(total.argmax())
    for frame in range(n_frames - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path
