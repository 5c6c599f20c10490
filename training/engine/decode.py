"""Logits to posteriors that agree with each other: NEU if and only if level 0."""

from __future__ import annotations

import numpy as np

NEUTRAL = "NEU"


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, in float64, so that the posteriors sum to 1 to 12 digits."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    exponent = np.exp(shifted)
    return exponent / exponent.sum(axis=-1, keepdims=True)


def level_posteriors(
    logits: np.ndarray, categories: np.ndarray, codes: tuple[str, ...]
) -> np.ndarray:
    """Threshold logits per category (B, n, K) and category posteriors (B, n) to levels (B, K + 2).

    Level 0 is exactly as probable as NEU (0 where NEU is no category). Every other category has
    level 1 or more; its thresholds share its probability out, and the shares are summed. A higher
    threshold is never more probable than a lower one: the running minimum sees to it.
    """
    above = 1 / (1 + np.exp(-logits.astype(np.float64)))
    above = np.minimum.accumulate(above, axis=2)
    one, none = np.ones((*above.shape[:2], 1)), np.zeros((*above.shape[:2], 1))
    within = -np.diff(np.concatenate([one, above, none], axis=2), axis=2)  # (B, n, K + 1)
    neutral = np.array([code == NEUTRAL for code in codes])
    felt = np.einsum("bn,bnk->bk", categories[:, ~neutral], within[:, ~neutral])
    return np.concatenate([categories[:, neutral].sum(axis=1, keepdims=True), felt], axis=1)


def decided(
    levels: np.ndarray, categories: np.ndarray, codes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Category index (B,) and level (B,): the likeliest category, then the likeliest level that
    it allows, which is 0 for NEU and 1 or more for any other."""
    category = categories.argmax(axis=1)
    level = 1 + levels[:, 1:].argmax(axis=1)
    if NEUTRAL in codes:
        level[category == codes.index(NEUTRAL)] = 0
    return category, level
