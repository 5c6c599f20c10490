"""NEU if and only if level 0, in every prediction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.engine.decode import consistent_levels, decided, level_posteriors, softmax

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


@given(logits(3))
def test_levels_are_shares_also_where_thresholds_contradict_each_other(values):
    shares = level_posteriors(values)
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-12)


def test_levels_of_a_worked_example():
    odds = np.log(np.array([[0.9, 0.6, 0.1]]) / np.array([[0.1, 0.4, 0.9]]))
    assert level_posteriors(odds)[0] == pytest.approx([0.1, 0.3, 0.5, 0.1])


@given(logits(3), logits(3), st.sampled_from([CODES, ("HAP", "ANG", "SAD")]))
def test_level_zero_is_as_probable_as_neutral_and_decided_with_it(category, level, codes):
    categories = softmax(category)
    levels = consistent_levels(level_posteriors(level), categories, codes)
    neutral = categories[:, codes.index("NEU")] if "NEU" in codes else np.zeros(6)
    assert levels[:, 0] == pytest.approx(neutral)
    assert levels.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-9)
    chosen, strength = decided(levels, categories, codes)
    assert ((strength == 0) == (np.array(codes)[chosen] == "NEU")).all()
