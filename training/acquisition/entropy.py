"""How undecided the model is over all categories (Shannon 1948, as used by Lewis and Gale 1994)."""

from __future__ import annotations

import numpy as np


def entropy(posteriors: np.ndarray) -> np.ndarray:
    """Entropy of each clip's category posteriors, as a share of the largest possible.

    Args:
        posteriors: (clips, categories), each row summing to 1.

    Returns:
        (clips,): 0 where one category is certain, 1 where all are equal. 0 for one category.
    """
    n_categories = posteriors.shape[1]
    if n_categories < 2:
        return np.zeros(len(posteriors))
    logs = np.log(np.where(posteriors > 0, posteriors, 1.0))  # 0 log 0 = 0
    return -(posteriors * logs).sum(axis=1) / np.log(n_categories)
