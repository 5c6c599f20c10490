"""Sound to features: log mel bands and prosody per frame, and statistics of a whole clip.

Nothing is normalised per speaker and no level is taken away: loudness carries intensity. The only
normalisation, by the mean and deviation of the training split, is part of the model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from speecheq.sentences import say
from training.config import FeatureConfig
from training.engine.pitch import at_speed, track_pitch
from training.engine.rows import BadData
from training.engine.statistics import clip_statistics

N_PROSODY = 3  # log2 pitch in Hz, voicing 0 to 1, level in dB
SPECTRUM_FLOOR = 1e-8  # power; about the rounding noise of 16-bit sound


@dataclass(frozen=True)
class Features:
    """frames: (T, n_mels + N_PROSODY) float16; statistics: (n_statistics,) float16."""

    frames: np.ndarray
    statistics: np.ndarray


def read_mono(path: Path, config: FeatureConfig) -> np.ndarray:
    """Samples as (n,) float32 at the configured rate, cut at the longest duration.

    Raises BadData for a file that is missing, unreadable, empty or holds values that are no number.
    """
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        # Their own words hold the whole path, which is nobody's business but the server's.
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", "")
        raise BadData(
            say("{name} cannot be read: {error}", name=path.name, error=str(reason)),
            code="unreadable_audio",
        ) from error
    if not len(samples):
        raise BadData(say("{name} holds no samples.", name=path.name), code="empty_audio")
    if not np.isfinite(samples).all():
        raise BadData(
            say("{name} holds values that are no number.", name=path.name), code="audio_not_finite"
        )
    mono = samples[: int(config.max_duration_s * rate)].mean(axis=1)
    if rate != config.sample_rate_hz:
        mono = soxr.resample(mono, rate, config.sample_rate_hz)
    return np.ascontiguousarray(mono, dtype=np.float32)


def clip_features(
    samples: np.ndarray, config: FeatureConfig, speeds: tuple[float, ...] = (1.0,)
) -> dict[float, Features]:
    """Features of a clip at each speed; pitch and formants move with the speed, as on a tape.

    samples: (n,) float32 at the configured rate. Pitch is tracked once and moved along.
    """
    native = track_pitch(samples, config)
    made = {}
    for speed in speeds:
        played = samples
        if speed != 1.0:
            rate = config.sample_rate_hz
            played = soxr.resample(samples, rate * speed, rate, quality="MQ")
        mel = log_mel(played, config)
        prosody = at_speed(native, speed, len(mel))
        frames = np.concatenate([mel, prosody], axis=1)  # (T, n_mels + N_PROSODY)
        statistics = clip_statistics(mel, prosody, hop_ms=config.hop_ms)
        made[speed] = Features(frames.astype(np.float16), statistics.astype(np.float16))
    return made


def log_mel(samples: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Natural log of mel band power: (n,) -> (1 + n // hop, n_mels) float32."""
    window, hop, n_fft = frame_sizes(config)
    padded = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32))
    spectrum = torch.stft(
        padded,
        n_fft,
        hop,
        window,
        torch.hann_window(window),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )  # (bins, T)
    power = spectrum.real.square() + spectrum.imag.square()
    return torch.log(mel_filterbank(config) @ power + SPECTRUM_FLOOR).T.contiguous().numpy()


def frame_sizes(config: FeatureConfig) -> tuple[int, int, int]:
    """Window, hop and transform length in samples; the last is the next power of two."""
    window = round(config.window_ms * config.sample_rate_hz / 1000)
    hop = round(config.hop_ms * config.sample_rate_hz / 1000)
    return window, hop, 1 << (window - 1).bit_length()


@lru_cache(maxsize=8)
def mel_filterbank(config: FeatureConfig) -> torch.Tensor:
    """Triangles of height 1, evenly spaced in mel (2595 log10(1 + f / 700)): (n_mels, bins)."""
    n_fft = frame_sizes(config)[2]
    low_mel, high_mel = (2595 * math.log10(1 + f / 700) for f in (config.low_hz, config.high_hz))
    edges = 700 * (10 ** (np.linspace(low_mel, high_mel, config.n_mels + 2) / 2595) - 1)  # in Hz
    bins = np.linspace(0, config.sample_rate_hz / 2, n_fft // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    triangles = np.clip(np.minimum(rising, falling), 0, None)
    return torch.from_numpy(triangles.astype(np.float32))
