"""Stretches of True."""

from __future__ import annotations

import numpy as np


def runs_of(mask: np.ndarray, least: int = 1) -> np.ndarray:
    """(n, 2) first and past-the-last index of each stretch of at least `least` True, in order."""
    if np.count_nonzero(mask) < least:
        return np.zeros((0, 2), np.int64)  # often so, and ten times as fast as looking
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    return runs[runs[:, 1] - runs[:, 0] >= least]
