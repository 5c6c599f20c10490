"""How close the two likeliest categories are (Scheffer 2001)."""

from __future__ import annotations

import numpy as np


def margin(posteriors: np.ndarray) -> np.ndarray:
    """1 minus the lead of the likeliest category over the next.

    Args:
        posteriors: (clips, categories), each row summing to 1.

    Returns:
        (clips,): 0 where one category is certain, 1 where the two likeliest are equal.
    """
    if posteriors.shape[1] < 2:
        return np.zeros(len(posteriors))
    second, first = np.sort(posteriors, axis=1)[:, -2:].T
    return 1 - (first - second)
