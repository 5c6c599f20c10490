"""A clip as one vector: how its spectrum, pitch and level are spread and how they move.

The convolutional encoder sees patterns of some tenths of a second; these see the whole clip, and
with few hours of speech they are learned much faster (see docs/training.md for what each group
brought).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.fft import dct

N_CEPSTRA = 24
N_BANDS = 20
QUANTILES = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98])
VOICED_ABOVE = 0.5
VOICED_WITHIN_DB = 35.0  # of the loudest frame
LEAST_VOICED = 6  # frames; fewer say nothing of pitch
MODULATION_EDGES = (1, 5, 10, 20, 35, 55, 80, 110, 150)  # bins of MODULATION_POINTS
PITCH_MODULATION = (1, 2, 3, 4, 6, 8, 10, 14, 18, 24, 32, 40, 50)
MODULATION_POINTS = 512
CONTOUR_POINTS, CEPSTRAL_POINTS = 12, 8


def clip_statistics(mel: np.ndarray, prosody: np.ndarray, *, hop_ms: float) -> np.ndarray:
    """mel: (T, n_mels) log power; prosody: (T, 3) as `track_pitch`. Returns (n,) float32.

    Always finite and of the same length, also for a clip without a voiced frame.
    """
    cepstra = dct(mel, norm="ortho", axis=1)[:, :N_CEPSTRA]
    bands = _bands(mel)
    voiced, contour, middle = _voiced_part(prosody)
    spoken = np.flatnonzero(voiced)
    inside = slice(spoken[0], spoken[-1] + 1) if len(spoken) >= LEAST_VOICED else slice(None)
    parts = [
        *_spectral(cepstra, bands),
        np.array([len(mel) * hop_ms / 1000]),
        *_prosodic(prosody, voiced, middle),
        *_spread(cepstra[voiced] if len(spoken) >= LEAST_VOICED else cepstra),
        *_course(contour[inside] - middle, cepstra[inside]),
        *_modulation(bands, contour[inside] - middle),
    ]
    return np.concatenate([np.ravel(part) for part in parts]).astype(np.float32)


def n_statistics() -> int:
    """Length of the vector; it does not depend on the number of mel bands."""
    return len(clip_statistics(np.zeros((8, N_CEPSTRA)), np.zeros((8, 3)), hop_ms=10.0))


def _bands(mel: np.ndarray) -> np.ndarray:
    """(T, n_mels) -> (T, N_BANDS): means over neighbouring bands."""
    edges = np.linspace(0, mel.shape[1], N_BANDS + 1).astype(int)
    widths = np.maximum(np.diff(edges), 1)
    return np.add.reduceat(mel, edges[:-1], axis=1) / widths


def _spread(values: np.ndarray) -> list[np.ndarray]:
    """Mean, deviation and quantiles over frames: (T, n) -> vectors of n."""
    ordered = np.sort(values, axis=0)
    where = QUANTILES * (len(values) - 1)
    left = where.astype(int)
    right = np.minimum(left + 1, len(values) - 1)
    share = (where - left)[:, None]
    return [
        values.mean(axis=0),
        values.std(axis=0),
        ordered[left] * (1 - share) + ordered[right] * share,
    ]


def _difference(values: np.ndarray, step: int) -> np.ndarray:
    """values[t + step] - values[t]; one row of zeros for a clip too short to have one."""
    return values[step:] - values[:-step] if len(values) > step else np.zeros_like(values[:1])


def _spectral(cepstra: np.ndarray, bands: np.ndarray) -> list[np.ndarray]:
    slope = _difference(cepstra, 4)
    bend = _difference(slope, 4)[:, : N_CEPSTRA // 2]
    moving = np.abs(slope).mean(axis=0)
    return [*_spread(cepstra), *_spread(slope), *_spread(bend), *_spread(bands), moving]


def _voiced_part(prosody: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Which frames are voiced (T,), the pitch bridged over the others (T,), and its median."""
    pitch, voicing, level = prosody.T
    voiced = (voicing > VOICED_ABOVE) & (level > level.max() - VOICED_WITHIN_DB)
    where = np.flatnonzero(voiced)
    if len(where) < LEAST_VOICED:
        return np.zeros_like(voiced), np.zeros(len(pitch)), 0.0
    middle = float(np.median(pitch[where]))
    return voiced, np.interp(np.arange(len(pitch)), where, pitch[where]), middle


def _prosodic(prosody: np.ndarray, voiced: np.ndarray, middle: float) -> list[np.ndarray]:
    """How pitch (in octaves), voicing and level are spread and how fast they move."""
    enough = voiced.any()
    pitch = prosody[voiced, :1] if enough else np.zeros((1, 1))
    step = np.diff(pitch, axis=0) if len(pitch) > 1 else np.zeros((1, 1))
    low, high = np.quantile(pitch, [0.05, 0.95])
    level = prosody[:, 2:]
    return [
        *_spread(pitch),
        *_spread(pitch - middle),
        *_spread(step),
        np.array([voiced.mean(), pitch.std(), np.abs(step).mean(), high - low]),
        *_spread(prosody[voiced, 1:2] if enough else prosody[:, 1:2]),
        *_spread(level),
        np.abs(_difference(level, 1)).mean(axis=0),
    ]


def _course(contour: np.ndarray, cepstra: np.ndarray) -> list[np.ndarray]:
    """Where pitch and spectrum go from the first voiced frame to the last."""
    low_order = cepstra[:, :8] - cepstra[:, :8].mean(axis=0)
    time = np.linspace(-1, 1, len(contour))
    cubic = np.polynomial.legendre.legvander(time, 3)
    fitted, *_ = np.linalg.lstsq(cubic, contour, rcond=None)
    return [
        _resampled(contour[:, None], CONTOUR_POINTS),
        _resampled(low_order, CEPSTRAL_POINTS),
        fitted,
    ]


def _resampled(values: np.ndarray, n: int) -> np.ndarray:
    """(T, k) -> (n, k) by linear interpolation over the whole length."""
    where = np.linspace(0, len(values) - 1, n)
    left = where.astype(int)
    right, share = np.minimum(left + 1, len(values) - 1), (where - left)[:, None]
    return values[left] * (1 - share) + values[right] * share


def _modulation(bands: np.ndarray, contour: np.ndarray) -> list[np.ndarray]:
    """Log strength of the slow movements of each band and of the pitch."""
    moving = (bands - bands.mean(axis=0)) * np.hanning(len(bands))[:, None]
    strength = np.abs(np.fft.rfft(moving, MODULATION_POINTS, axis=0)) / np.sqrt(len(bands))
    edges = pairwise(MODULATION_EDGES)
    grouped = np.stack([strength[low:high].mean(axis=0) for low, high in edges])
    pitch = np.abs(np.fft.rfft(contour, MODULATION_POINTS))[list(PITCH_MODULATION)]
    return [np.log(grouped + 1e-3), np.log(pitch + 1e-2)]
