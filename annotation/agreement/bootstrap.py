"""Bootstrap over clips, on distinct count vectors.

Drawing N clips with replacement and counting how often each count vector was drawn is a multinomial
draw over the vectors. So the vectors are drawn, not the clips: the same distribution, exactly, at a
cost that depends on the number of different vectors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.table import Patterns

REPLICATES = 1000
CHUNK_CELLS = 1_000_000
"""Replicates x patterns held at once: 8 MB of weights."""

DRAW_COST = 10
"""One multinomial cell costs about as much as drawing this many clips (measured, NumPy 2.4)."""


def bootstrap_weights(
    patterns: Patterns, *, replicates: int = REPLICATES, seed: int = 0
) -> Iterator[NDArray[np.float64]]:
    """Chunks of weights, shape (some replicates, patterns); rows sum to the number of clips."""
    rng = np.random.default_rng(seed)
    n_patterns, n_clips = len(patterns.multiplicity), int(patterns.multiplicity.sum())
    if n_clips == 0:
        return
    rows = max(1, CHUNK_CELLS // n_patterns)
    for start in range(0, replicates, rows):
        n = min(rows, replicates - start)
        if n_patterns * DRAW_COST <= n_clips:
            share = patterns.multiplicity / n_clips
            yield rng.multinomial(n_clips, share, size=n).astype(np.float64)
        else:
            yield _draw_clips(rng, patterns.multiplicity, n)


def _draw_clips(
    rng: np.random.Generator, multiplicity: NDArray[np.int64], n: int
) -> NDArray[np.float64]:
    """The same draw by clips: cheaper when almost every clip has a vector of its own."""
    pattern_of_clip = np.repeat(np.arange(len(multiplicity), dtype=np.int32), multiplicity)
    weights = np.empty((n, len(multiplicity)))
    for row in weights:
        drawn = rng.integers(0, len(pattern_of_clip), len(pattern_of_clip), dtype=np.int32)
        row[:] = np.bincount(pattern_of_clip[drawn], minlength=len(multiplicity))
    return weights


def percentile_interval(
    replicates: NDArray[np.float64], *, level: float = 0.95
) -> tuple[float, float]:
    """The middle `level` of the replicates; they must be defined (no NaN)."""
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return float(low), float(high)
