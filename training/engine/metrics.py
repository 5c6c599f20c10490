"""How good predictions are. Pure NumPy; a measure without data is absent, never 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def confusion(truth: np.ndarray, guess: np.ndarray, n_classes: int) -> np.ndarray:
    """Counts, rows the truth, columns the guess: (n_classes, n_classes) int."""
    counts = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(counts, (truth, guess), 1)
    return counts


def recalls(counts: np.ndarray) -> np.ndarray:
    """Recall per class; NaN for a class that does not occur. (n,)"""
    totals = counts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(totals > 0, np.diag(counts) / np.maximum(totals, 1), np.nan)


def unweighted_accuracy(counts: np.ndarray) -> float:
    """UA: mean recall over the classes that occur; NaN when none does."""
    each = recalls(counts)
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


def weighted_accuracy(counts: np.ndarray) -> float:
    """WA: share of clips guessed right; NaN without clips."""
    return float(np.trace(counts) / counts.sum()) if counts.sum() else float("nan")


def concordance(truth: np.ndarray, guess: np.ndarray) -> float:
    """Lin's concordance correlation (1989), -1 to 1; NaN when both are constant and equal."""
    spread = truth.var() + guess.var() + (truth.mean() - guess.mean()) ** 2
    covariance = ((truth - truth.mean()) * (guess - guess.mean())).mean()
    return float(2 * covariance / spread) if spread > 0 else float("nan")


def edit_distance(truth: Sequence[str], guess: Sequence[str]) -> int:
    """Levenshtein: fewest insertions, deletions and substitutions."""
    row = list(range(len(guess) + 1))
    for i, wanted in enumerate(truth, start=1):
        above_left, row[0] = row[0], i
        for j, given in enumerate(guess, start=1):
            above_left, row[j] = row[j], min(
                row[j] + 1, row[j - 1] + 1, above_left + (wanted != given)
            )  # fmt: skip
    return row[-1]


def phoneme_error_rate(truth: Sequence[Sequence[str]], guess: Sequence[Sequence[str]]) -> float:
    """Edits per spoken phoneme over all clips; may pass 1; NaN without a spoken phoneme."""
    spoken = sum(len(one) for one in truth)
    edits = sum(edit_distance(one, other) for one, other in zip(truth, guess, strict=True))
    return edits / spoken if spoken else float("nan")
