"""Whether two stretches of speech say the same words: one prompt spoken again, or another one.

A stretch becomes a sketch: the spectrum's shape in ear-like bands every 40 ms, each coefficient
with mean 0 and deviation 1, so that neither loudness nor microphone nor voice counts. Two sketches
are laid along each other as well as time can be stretched (dynamic time warping); what is left
between them, a step, is their distance. No word is heard, and the speaker must be the same.

Measured on RAVDESS, whose two sentences share four of their six words: the same one again has a
distance of 0.70 +- 0.10, the other one 0.88 +- 0.08 (`python -m benchmarks.recording_long`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

STEP_S, WINDOW_S = 0.04, 0.03
BANDS, COEFFICIENTS = 20, 10
LOWEST_HZ, HIGHEST_HZ = 100.0, 7000.0
SPOKEN_DB = 45.0  # frames as far below the loudest are silence before and after
FEWEST_STEPS = 8  # a third of a second: what is shorter says nothing
LONGEST_S = 20.0  # of a stretch that is looked at
SAME, OTHER = (0.70, 0.10), (0.88, 0.08)
MOST_SURE = 3.0  # no single distance may decide more than odds of 20 to 1


def same_words(stretches: Iterable[np.ndarray], rate_hz: int) -> list[float]:
    """Of each stretch (frames,), how much likelier its distance to the one before is if both say
    the same: a natural logarithm, within MOST_SURE of 0; 0 for the first one, and where either is
    too short to tell."""
    odds: list[float] = []
    before: np.ndarray | None = None
    for samples in stretches:
        now = sketch(samples[: round(LONGEST_S * rate_hz)], rate_hz)
        if before is None or now is None:
            odds.append(0.0)
        else:
            odds.append(log_odds(distance(before, now)))
        before = now
    return odds


def log_odds(found: float) -> float:
    """Of the same words against others, given a distance."""
    like = [
        -0.5 * ((found - mean) / spread) ** 2 - np.log(spread) for mean, spread in (SAME, OTHER)
    ]
    return round(float(np.clip(like[0] - like[1], -MOST_SURE, MOST_SURE)), 3)


def sketch(samples: np.ndarray, rate_hz: int) -> np.ndarray | None:
    """(steps, COEFFICIENTS) of (frames,) samples of any scale; None where little is spoken."""
    window, hop = round(WINDOW_S * rate_hz), round(STEP_S * rate_hz)
    n = (len(samples) - window) // hop + 1
    if n < FEWEST_STEPS:
        return None
    at = np.arange(window)[None, :] + hop * np.arange(n)[:, None]
    size = 1 << (window - 1).bit_length()
    power = np.abs(np.fft.rfft(samples[at] * np.hanning(window), size)) ** 2
    level = power.sum(axis=1)
    spoken = np.flatnonzero(level > level.max() * 10 ** (-SPOKEN_DB / 10))
    if len(spoken) < FEWEST_STEPS:
        return None
    power = power[spoken[0] : spoken[-1] + 1]
    bands = power @ _bands(size, rate_hz)
    logs = np.log(bands + level.max() * 1e-9)
    waves = np.cos(np.pi / BANDS * np.outer(np.arange(BANDS) + 0.5, np.arange(1, COEFFICIENTS + 1)))
    shape = logs @ waves
    return np.asarray((shape - shape.mean(axis=0)) / (shape.std(axis=0) + 1e-3))


def _bands(size: int, rate_hz: int) -> np.ndarray:
    """(bins, BANDS): overlapping triangles, evenly spaced as pitch is heard."""
    highest_hz = min(HIGHEST_HZ, 0.48 * rate_hz)
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (LOWEST_HZ, highest_hz))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    hz = np.fft.rfftfreq(size, 1 / rate_hz)[:, None]
    rising = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Between two sketches, (n, COEFFICIENTS) and (m, COEFFICIENTS), a step of the best way along
    both; two steps at once count twice, so that no way is shorter than another."""
    apart = np.sqrt(np.square(one[:, None] - other[None]).mean(axis=2))
    n, m = apart.shape
    best = np.full((n + 1, m + 1), np.inf)
    best[0, 0] = 0.0
    for s in range(2, n + m + 1):  # along a diagonal nothing depends on anything else
        i = np.arange(max(1, s - m), min(n, s - 1) + 1)
        j = s - i
        here = apart[i - 1, j - 1]
        straight = best[i - 1, j - 1] + 2 * here
        best[i, j] = np.minimum(np.minimum(best[i - 1, j], best[i, j - 1]) + here, straight)
    return float(best[n, m] / (n + m))
