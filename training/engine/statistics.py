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
FINE_STEPS = (1, 12, 25)  # frames between what is compared, beside the 4 of the main slope
N_CORRELATED = 13  # cepstra, beside the three of prosody
LOUD_WITHIN_DB, SYLLABLE_WITHIN_DB = 25.0, 20.0
ROLL_OFF = 0.85
TINY = 1e-9


def clip_statistics(mel: np.ndarray, prosody: np.ndarray, *, hop_ms: float) -> np.ndarray:
    """mel: (T, n_mels) log power; prosody: (T, 3) as `track_pitch`. Returns (n,) float32.

    Always finite and of the same length, also for a clip without a voiced frame.
    """
    cepstra = dct(mel, norm="ortho", axis=1)[:, :N_CEPSTRA]
    bands = _bands(mel)
    voiced, contour, middle = _voiced_part(prosody)
    spoken = np.flatnonzero(voiced)
    enough = len(spoken) >= LEAST_VOICED
    inside = slice(spoken[0], spoken[-1] + 1) if enough else slice(None)
    sounding = voiced if enough else np.ones_like(voiced)
    parts = [
        *_spectral(cepstra, bands),
        np.array([len(mel) * hop_ms / 1000]),
        *_prosodic(prosody, voiced, middle),
        *_spread(cepstra[sounding]),
        *_course(contour[inside] - middle, cepstra[inside]),
        *_modulation(bands, contour[inside] - middle),
        *(part for step in FINE_STEPS for part in _spread(_difference(cepstra[:, :12], step))),
        *_thirds(cepstra[inside], prosody[inside]),
        _rhythm(voiced, prosody[:, 2]),
        _correlations(np.concatenate([cepstra[:, :N_CORRELATED], prosody], axis=1)[sounding]),
        *_timbre(_bands(np.exp(mel)), sounding),
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


def _thirds(cepstra: np.ndarray, prosody: np.ndarray) -> list[np.ndarray]:
    """Spectrum, pitch and level at the beginning, in the middle and at the end."""
    edges = np.linspace(0, len(cepstra), 4).astype(int)
    parts: list[np.ndarray] = []
    for low, high in pairwise(edges):
        part = slice(low, high) if high > low else slice(None)
        spectrum, tone = cepstra[part, :N_CORRELATED], prosody[part]
        parts += [spectrum.mean(axis=0), spectrum.std(axis=0), tone.mean(axis=0), tone.max(axis=0)]
    return parts


def _rhythm(voiced: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Lengths of voiced stretches and of the gaps between them, and peaks of level, in 0.1 s."""
    change = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    stretch = ends - starts if len(starts) else np.zeros(1)
    gap = starts[1:] - ends[:-1] if len(starts) > 1 else np.zeros(1)
    loud = level > level.max() - LOUD_WITHIN_DB
    high = (level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:])
    peaks = (high & (level[1:-1] > level.max() - SYLLABLE_WITHIN_DB)).sum()
    lengths = [stretch.mean(), stretch.max(), stretch.std(), gap.mean(), gap.max(), voiced.sum()]
    shares = [len(starts), voiced.mean(), loud.mean(), peaks, 100 * peaks / len(level)]
    return np.array([*lengths, *shares]) / 10


def _correlations(values: np.ndarray) -> np.ndarray:
    """How the columns move together: the upper triangle of their correlations, 0 where constant."""
    centred = values - values.mean(axis=0)
    length = np.sqrt(np.square(centred).sum(axis=0))
    steady = centred / np.where(length > 1e-4, length, np.inf)
    return (steady.T @ steady)[np.triu_indices(values.shape[1], 1)]


def _timbre(power: np.ndarray, sounding: np.ndarray) -> list[np.ndarray]:
    """Where the power of each frame lies and how evenly. power: (T, N_BANDS), not its log."""
    total = power.sum(axis=1, keepdims=True)
    share = power / np.maximum(total, TINY)
    centre = share @ np.arange(N_BANDS)[:, None]
    flatness = np.log(power + TINY).mean(axis=1, keepdims=True) - np.log(total / N_BANDS + TINY)
    flux = np.sqrt(np.square(_difference(share, 1)).sum(axis=1, keepdims=True))
    roll_off = (np.cumsum(share, axis=1) < ROLL_OFF).sum(axis=1, keepdims=True).astype(float)
    return [
        np.log(share[sounding].mean(axis=0) + 1e-5),
        *(part for one in (centre, flatness, flux, roll_off) for part in _spread(one)),
        *_spread(centre[sounding]),
        *_spread(flatness[sounding]),
    ]
