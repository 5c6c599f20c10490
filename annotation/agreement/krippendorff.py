"""Krippendorff's alpha: agreement of several raters, corrected for chance.

Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability". Alpha is 1 - observed / expected
disagreement over all pairs of ratings of one clip, where a pair of values (c, k) counts

    nominal   1 if c != k
    interval  (c - k) ** 2
    ordinal   (p_c - p_k) ** 2, p being the mid-rank of a value among all pairable ratings

Each function takes the distinct count vectors and `weights`, shape (replicates, patterns): how
often each vector occurs. One row of weights gives one alpha, so a whole bootstrap is a few matrix
products. The answer has shape (replicates,), NaN where alpha is undefined: no clip has two ratings
or all ratings that can be compared are equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def nominal_alpha(vectors: Array, weights: Array) -> Array:
    """Alpha for categories. vectors: (patterns, values); weights: (replicates, patterns)."""
    vectors, weights, sizes = _pairable(vectors, weights)
    unequal = (sizes**2 - (vectors**2).sum(axis=1)) / (sizes - 1)  # (patterns,)
    totals = weights @ vectors  # (replicates, values)
    n = totals.sum(axis=1)
    expected = n**2 - (totals**2).sum(axis=1)
    return _alpha(weights @ unequal, expected, n, totals)


def ordinal_alpha(vectors: Array, weights: Array) -> Array:
    """Alpha for ordered levels; columns of `vectors` in ascending order.

    Mid-ranks depend on how often each level was given, so each replicate has its own.
    """
    vectors, weights, _ = _pairable(vectors, weights)
    totals = weights @ vectors  # (replicates, values)
    position = totals.cumsum(axis=1) - totals / 2  # mid-rank of each value in each replicate
    position -= totals.sum(axis=1, keepdims=True) / 2  # centred: keeps the squares small
    return _squared_alpha(vectors, weights, totals, position)


def interval_alpha(vectors: Array, weights: Array, *, levels: Sequence[float]) -> Array:
    """Alpha for levels whose distances mean something. levels: (values,), of `vectors`."""
    vectors, weights, _ = _pairable(vectors, weights)
    totals = weights @ vectors
    position = np.asarray(levels, dtype=np.float64)
    if len(position):
        position = position - (position.min() + position.max()) / 2
    return _squared_alpha(vectors, weights, totals, position[None, :])


def _squared_alpha(vectors: Array, weights: Array, totals: Array, position: Array) -> Array:
    """Alpha of squared distances. position: (replicates or 1, values).

    The sum of (a - b)**2 over all ordered pairs of m numbers is 2 (m sum a**2 - (sum a)**2): no
    table of pairs of values is needed, inside a clip or over the corpus.
    """
    sizes = vectors.sum(axis=1)
    first = position @ vectors.T  # (replicates or 1, patterns): sums over a clip's ratings
    second = position**2 @ vectors.T
    apart = 2 * (sizes * second - first**2) / (sizes - 1)
    observed = (weights * apart).sum(axis=1)
    n = totals.sum(axis=1)
    expected = 2 * (n * (totals * position**2).sum(axis=1) - (totals * position).sum(axis=1) ** 2)
    return _alpha(observed, expected, n, totals)


def _pairable(vectors: Array, weights: Array) -> tuple[Array, Array, Array]:
    """A clip with one rating has nothing to agree with and plays no part in alpha."""
    sizes = vectors.sum(axis=1)
    keep = sizes >= 2
    if keep.all():
        return vectors, weights, sizes
    return vectors[keep], weights[:, keep], sizes[keep]


def _alpha(observed: Array, expected: Array, n: Array, totals: Array) -> Array:
    """1 - observed / (expected / (n - 1)). Two values must occur, or nothing could differ."""
    defined = (totals > 0).sum(axis=1) >= 2
    alpha = np.full(len(n), np.nan)
    alpha[defined] = 1 - observed[defined] * (n[defined] - 1) / expected[defined]
    return alpha
