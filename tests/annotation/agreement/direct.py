"""Slow, direct versions: every pair of ratings is looked at. Oracles for tests only."""

from __future__ import annotations

import numpy as np

from annotation.agreement import CountTable


def direct_alpha(matrix: np.ndarray, level: str) -> float | None:
    """Krippendorff's alpha by its definition. matrix: (raters, clips), NaN where missing."""
    clips = [[v for v in column if not np.isnan(v)] for column in matrix.T]
    clips = [clip for clip in clips if len(clip) >= 2]
    pooled = sorted(v for clip in clips for v in clip)
    distance = _distance(pooled, level)
    observed = 0.0
    for clip in clips:
        for i, a in enumerate(clip):
            for j, b in enumerate(clip):
                if i != j:
                    observed += distance(a, b) / (len(clip) - 1)
    expected = 0.0
    for i, a in enumerate(pooled):
        for j, b in enumerate(pooled):
            if i != j:
                expected += distance(a, b) / (len(pooled) - 1)
    return None if expected == 0 else 1 - observed / expected


def _distance(pooled: list[float], level: str):
    if level == "nominal":
        return lambda a, b: float(a != b)
    if level == "interval":
        return lambda a, b: (a - b) ** 2

    def ordinal(a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(low <= v <= high for v in pooled)
        ends = (pooled.count(low) + pooled.count(high)) / 2
        return 0.0 if low == high else (between - ends) ** 2

    return ordinal


def table_of(matrix: np.ndarray) -> CountTable:
    """The count table of a (raters, clips) matrix."""
    raters, clips = np.indices(matrix.shape)
    return CountTable.from_ratings(clips.ravel(), raters.ravel(), matrix.ravel())
