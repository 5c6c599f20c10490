"""NEU if and only if level 0, in every prediction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.engine.decode import decided, level_posteriors, softmax

CODES = ("HAP", "NEU", "SAD")
LOGITS = st.floats(-60, 60, width=32)


def logits(columns: int):
    return arrays(np.float32, st.tuples(st.just(6), st.just(columns)), elements=LOGITS)


@given(logits(8))
def test_posteriors_are_shares_that_sum_to_one(values):
    shares = softmax(values)
    assert shares.dtype == np.float64
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-12)


def thresholds(n: int = 2):
    return arrays(np.float32, st.tuples(st.just(6), st.just(3), st.just(n)), elements=LOGITS)


@given(thresholds(), logits(3), st.sampled_from([CODES, ("HAP", "ANG", "SAD")]))
def test_levels_agree_with_categories_whatever_the_thresholds_say(level, category, codes):
    categories = softmax(category)
    levels = level_posteriors(level, categories, codes)
    assert (levels >= 0).all()
    assert levels.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-9)
    neutral = categories[:, codes.index("NEU")] if "NEU" in codes else np.zeros(6)
    assert levels[:, 0] == pytest.approx(neutral)
    chosen, strength = decided(levels, categories, codes)
    assert ((strength == 0) == (np.array(codes)[chosen] == "NEU")).all()


def test_levels_of_a_worked_example():
    # HAP: 0.4 slight, 0.5 moderate, 0.1 strong; SAD always strong; NEU has no level but 0.
    odds = np.array([[[0.6, 0.1], [0.5, 0.5], [1 - 1e-12, 1 - 1e-12]]])
    categories = np.array([[0.5, 0.3, 0.2]])
    levels = level_posteriors(np.log(odds / (1 - odds)), categories, CODES)
    assert levels[0] == pytest.approx([0.3, 0.2, 0.25, 0.25])


def test_neutral_decides_for_level_zero_also_when_others_are_felt_more_strongly():
    categories = np.array([[0.3, 0.4, 0.3]])
    levels = np.array([[0.4, 0.0, 0.0, 0.6]])
    assert [one.tolist() for one in decided(levels, categories, CODES)] == [[1], [0]]
