"""Logits to posteriors that agree with each other: NEU if and only if level 0."""

from __future__ import annotations

import numpy as np

NEUTRAL = "NEU"


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, in float64, so that the posteriors sum to 1 to 12 digits."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    exponent = np.exp(shifted)
    return exponent / exponent.sum(axis=-1, keepdims=True)


def level_posteriors(logits: np.ndarray) -> np.ndarray:
    """Threshold logits (B, K - 1) to levels (B, K), in float64.

    A higher threshold is never more probable than a lower one: the running minimum sees to it.
    """
    above = 1 / (1 + np.exp(-logits.astype(np.float64)))
    above = np.minimum.accumulate(above, axis=1)
    ends = np.ones((len(above), 1)), np.zeros((len(above), 1))
    return -np.diff(np.concatenate([ends[0], above, ends[1]], axis=1), axis=1)


def consistent_levels(
    levels: np.ndarray, categories: np.ndarray, codes: tuple[str, ...]
) -> np.ndarray:
    """Level posteriors (B, K) made to agree with the category posteriors (B, n).

    Level 0 gets the probability of NEU (0 where NEU is no category), and the others share the rest
    in the proportions the intensity head gives them.
    """
    has_neutral = NEUTRAL in codes
    neutral = categories[:, codes.index(NEUTRAL)] if has_neutral else np.zeros(len(categories))
    rest = levels[:, 1:] + 1e-12  # never 0 / 0
    rest = rest / rest.sum(axis=1, keepdims=True) * (1 - neutral)[:, None]
    return np.concatenate([neutral[:, None], rest], axis=1)


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
