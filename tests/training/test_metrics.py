"""Figures against worked examples and slow direct versions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.engine.metrics import (
    concordance,
    confusion,
    edit_distance,
    phoneme_error_rate,
    recalls,
    unweighted_accuracy,
    weighted_accuracy,
)

COUNTS = np.array([[3, 1, 0], [0, 0, 0], [1, 1, 0]])


def test_unweighted_accuracy_is_the_mean_recall_of_classes_that_occur():
    assert recalls(COUNTS) == pytest.approx([0.75, np.nan, 0.0], nan_ok=True)
    assert unweighted_accuracy(COUNTS) == pytest.approx(0.375)
    assert weighted_accuracy(COUNTS) == pytest.approx(0.5)


def test_without_clips_there_is_no_accuracy():
    assert np.isnan(unweighted_accuracy(np.zeros((3, 3), dtype=int)))
    assert np.isnan(weighted_accuracy(np.zeros((3, 3), dtype=int)))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=50))
def test_confusion_counts_every_pair(pairs):
    truth, guess = np.array(pairs).T
    counts = confusion(truth, guess, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == pairs.count((i, j))


def test_concordance_punishes_a_shift_that_correlation_forgives():
    truth = np.array([0.0, 1.0, 2.0, 3.0])
    assert concordance(truth, truth) == pytest.approx(1.0)
    assert concordance(truth, truth + 1) == pytest.approx(2 * 1.25 / (1.25 + 1.25 + 1))
    assert concordance(truth, -truth + 3) == pytest.approx(-1.0)
    assert np.isnan(concordance(np.ones(3), np.ones(3)))


def direct_distance(a: str, b: str) -> int:
    if not a or not b:
        return len(a) + len(b)
    return min(
        direct_distance(a[1:], b) + 1,
        direct_distance(a, b[1:]) + 1,
        direct_distance(a[1:], b[1:]) + (a[0] != b[0]),
    )


@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_edit_distance_equals_the_direct_recursion(a, b):
    assert edit_distance(a, b) == direct_distance(a, b)


def test_phoneme_error_counts_edits_per_spoken_phoneme():
    truth, guess = [["a", "b", "c"], ["a"]], [["a", "c"], ["b", "b"]]
    assert phoneme_error_rate(truth, guess) == pytest.approx((1 + 2) / 4)
    assert np.isnan(phoneme_error_rate([[]], [["a"]]))
