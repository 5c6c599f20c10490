"""Raw agreement: how often two raters of the same clip gave the same value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def percent(vectors: Array, weights: Array) -> Array:
    """Share of equal pairs per clip, averaged over the clips with two ratings or more, 0 to 1.

    Not corrected for chance: two raters who always say "neutral" reach 1.

    Args:
        vectors: distinct count vectors, shape (patterns, values).
        weights: clips with each vector, shape (replicates, patterns).

    Returns:
        Shape (replicates,); NaN where no clip has two ratings.
    """
    sizes = vectors.sum(axis=1)
    keep = sizes >= 2
    pairs = sizes[keep] * (sizes[keep] - 1)
    equal = ((vectors[keep] ** 2).sum(axis=1) - sizes[keep]) / pairs  # (patterns,)
    clips = weights[:, keep].sum(axis=1)
    agreed = np.full(len(weights), np.nan)
    some = clips > 0
    agreed[some] = (weights[:, keep] @ equal)[some] / clips[some]
    return agreed


def mean_shares(vectors: Array, weights: Array) -> Array:
    """Share of each value in a clip's ratings, averaged over clips, shape (replicates, values).

    Every rated clip weighs the same, however many ratings it has (Gwet 2014, section 2.3).
    """
    shares = vectors / vectors.sum(axis=1, keepdims=True)
    clips = weights.sum(axis=1, keepdims=True)
    return np.asarray((weights @ shares) / np.where(clips > 0, clips, np.nan))
