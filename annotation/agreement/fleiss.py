"""Fleiss' kappa (1971), in the form for clips with unequal numbers of ratings (Gwet 2014)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.percent import mean_shares, percent

Array = NDArray[np.float64]


def fleiss_kappa(vectors: Array, weights: Array) -> Array:
    """(agreed - chance) / (1 - chance), chance being the sum of squared mean shares.

    Equal to Fleiss' own kappa where every clip has the same number of ratings.

    Args:
        vectors: distinct count vectors, shape (patterns, values).
        weights: clips with each vector, shape (replicates, patterns).

    Returns:
        Shape (replicates,), at most 1; NaN where no clip has two ratings or all are equal.
    """
    shares = mean_shares(vectors, weights)
    chance = (shares**2).sum(axis=1)
    chance[(shares > 0).sum(axis=1) < 2] = np.nan
    return np.asarray((percent(vectors, weights) - chance) / (1 - chance))
