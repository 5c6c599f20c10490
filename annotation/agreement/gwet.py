"""Gwet's AC1 (2008): agreement corrected by how uncertain the mean shares of the values are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.percent import mean_shares, percent

Array = NDArray[np.float64]


def ac1(vectors: Array, weights: Array) -> Array:
    """(agreed - chance) / (1 - chance), chance being sum(p (1 - p)) / (values - 1).

    The number of values is that of the columns: a value on offer that nobody chose counts.

    Args:
        vectors: distinct count vectors, shape (patterns, values).
        weights: clips with each vector, shape (replicates, patterns).

    Returns:
        Shape (replicates,), at most 1; NaN where no clip has two ratings or there is one value.
    """
    n_values = vectors.shape[1]
    if n_values < 2:
        return np.full(len(weights), np.nan)
    shares = mean_shares(vectors, weights)
    chance = (shares * (1 - shares)).sum(axis=1) / (n_values - 1)
    return np.asarray((percent(vectors, weights) - chance) / (1 - chance))
