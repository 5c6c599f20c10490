"""Percent, Fleiss and AC1; undefined cases; intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.agreement import CountTable, bootstrap, count_scales
from annotation.agreement.bootstrap import bootstrap_weights
from annotation.agreement.coefficient import (
    ALL_EQUAL,
    NO_PAIR,
    NO_RATINGS,
    ONE_CLIP,
    UNSTABLE,
    coefficients,
)
from annotation.agreement.krippendorff import nominal_alpha, ordinal_alpha

# Fleiss (1971) in the form of many textbooks: 10 subjects, 14 raters, 5 categories.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def nominal(counts, **options):
    table = CountTable.from_counts(counts, "abcde"[: np.shape(counts)[1]] if len(counts) else "ab")
    return {row.coefficient: row for row in count_scales(table, "nominal", **options)}


def test_fleiss_kappa_of_the_textbook_example():
    assert nominal(FLEISS)["fleiss_kappa"].value == pytest.approx(0.2099, abs=5e-5)


def test_percent_is_the_mean_share_of_equal_pairs():
    found = nominal([[2, 0], [1, 1], [2, 1], [1, 0]])  # 1, 0 and 1/3; the last has no pair
    assert found["percent"].value == pytest.approx((1 + 0 + 1 / 3) / 3)


def test_ac1_by_hand():
    # Shares (3/4, 1/4), agreed 1/2, chance 2 * 3/4 * 1/4 / (2 - 1) = 3/8.
    assert nominal([[2, 0], [1, 1]])["ac1"].value == pytest.approx((1 / 2 - 3 / 8) / (1 - 3 / 8))


def test_ac1_counts_a_category_that_nobody_chose():
    few, many = nominal([[2, 0], [1, 1]])["ac1"], nominal([[2, 0, 0], [1, 1, 0]])["ac1"]
    assert many.value > few.value


@settings(max_examples=60, deadline=None)
@given(arrays(np.int64, (5, 3), elements=st.integers(0, 4)))
def test_no_coefficient_leaves_its_bounds(counts):
    for row in nominal(counts, replicates=20).values():
        assert row.value is None or -1e9 < row.value <= 1 + 1e-12
        if row.coefficient == "percent" and row.value is not None:
            assert row.value >= 0
        assert (row.value is None) <= bool(row.reason)
        assert (row.ci_low is None) == (row.ci_high is None)
        assert row.ci_low is None or row.ci_low <= row.ci_high


@settings(max_examples=60, deadline=None)
@given(arrays(np.int64, (4, 3), elements=st.integers(0, 4)), st.integers(2, 5))
def test_repeating_the_corpus_changes_only_small_sample_terms(counts, times):
    once = nominal(counts, replicates=0)
    again = nominal(np.tile(counts, (times, 1)), replicates=0)
    for name in ("percent", "fleiss_kappa", "ac1"):
        assert again[name].value == pytest.approx(once[name].value)


def test_without_ratings_every_value_is_missing_and_says_so():
    for row in nominal([]).values():
        assert (row.value, row.ci_low, row.ci_high) == (None, None, None)
        assert row.reason == NO_RATINGS


def test_without_a_clip_rated_twice_the_reason_says_so():
    for row in nominal([[1, 0], [0, 1]]).values():
        assert (row.value, row.reason) == (None, NO_PAIR)
        assert (row.n_items, row.n_ratings, row.n_pairable) == (2, 2, 0)


def test_equal_ratings_leave_agreement_beyond_chance_undefined():
    found = nominal([[3, 0], [2, 0]])
    assert (found["alpha_nominal"].value, found["alpha_nominal"].reason) == (None, ALL_EQUAL)
    assert (found["fleiss_kappa"].value, found["fleiss_kappa"].reason) == (None, ALL_EQUAL)
    assert found["percent"].value == 1


def test_a_single_clip_has_a_value_but_no_interval():
    row = nominal([[3, 1]])["alpha_nominal"]
    assert row.value is not None
    assert (row.ci_low, row.ci_high, row.reason) == (None, None, ONE_CLIP)


def test_an_interval_is_not_made_of_the_lucky_replicates_only():
    row = nominal([[2, 0], [0, 2]])["alpha_nominal"]  # half of the replicates are all equal
    assert row.value == 1
    assert (row.ci_low, row.ci_high, row.reason) == (None, None, UNSTABLE)


def test_a_row_has_exactly_the_fields_of_the_contract():
    row = nominal(FLEISS)["alpha_nominal"].as_json()
    assert list(row) == [
        "scale", "emotion", "coefficient", "value", "ci_low", "ci_high",
        "n_items", "n_ratings", "n_pairable", "reason",
    ]  # fmt: skip
    assert type(row["value"]) is float
    assert type(row["n_ratings"]) is int


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    first, same, other = (nominal(FLEISS, seed=s)["alpha_nominal"] for s in (1, 1, 2))
    assert first == same
    assert first.ci_low != other.ci_low


def test_every_replicate_draws_as_many_clips_as_there_are():
    patterns = CountTable.from_counts(FLEISS * 20, "abcde").patterns
    weights = np.concatenate(list(bootstrap_weights(patterns, replicates=50)))
    assert weights.shape == (50, 10)
    assert (weights.sum(axis=1) == 200).all()


def test_drawing_vectors_and_drawing_clips_are_the_same_distribution(monkeypatch):
    rng = np.random.default_rng(3)
    counts = rng.multinomial(4, [0.5, 0.3, 0.2], size=400)
    table = CountTable.from_counts(counts, "abc")
    intervals = []
    for cost in (0, 10**9):  # always vectors; always clips
        monkeypatch.setattr(bootstrap, "DRAW_COST", cost)
        row = coefficients(table, {"a": nominal_alpha}, scale="esc", replicates=4000)[0]
        intervals.append((row.ci_low, row.ci_high))
    width = intervals[0][1] - intervals[0][0]
    assert np.abs(np.subtract(*intervals)).max() < 0.08 * width


@pytest.mark.parametrize("measure", [nominal_alpha, ordinal_alpha])
def test_a_replicate_is_the_alpha_of_the_clips_drawn(measure):
    """Weights stand for clips: writing the drawn clips out gives the same alpha."""
    table = CountTable.from_counts(FLEISS, range(5))
    weights = np.concatenate(list(bootstrap_weights(table.patterns, replicates=5)))
    fast = measure(table.patterns.vectors, weights)
    for row, alpha in zip(weights.astype(int), fast, strict=True):
        written_out = np.repeat(table.patterns.vectors, row, axis=0)
        assert alpha == pytest.approx(measure(written_out, np.ones((1, len(written_out))))[0])


def test_chunks_of_replicates_do_not_change_the_interval(monkeypatch):
    whole = nominal(FLEISS)["alpha_nominal"]
    monkeypatch.setattr(bootstrap, "CHUNK_CELLS", 70)
    chunked = nominal(FLEISS)["alpha_nominal"]
    assert (chunked.ci_low, chunked.ci_high) == pytest.approx((whole.ci_low, whole.ci_high))


def test_the_interval_covers_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(11)
    shares, n_clips, covered = np.array([0.6, 0.4]), 150, 0
    for trial in range(100):  # independent raters: the true alpha is 0
        table = CountTable.from_counts(rng.multinomial(3, shares, size=n_clips), "ab")
        row = coefficients(table, {"a": nominal_alpha}, scale="esc", seed=trial)[0]
        covered += row.ci_low <= 0 <= row.ci_high
    assert 88 <= covered <= 100
