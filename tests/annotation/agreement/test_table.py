"""Ratings become counts; what is missing stays missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.agreement import AgreementInputError, CountTable
from annotation.agreement import table as table_module


def test_ratings_are_counted_per_clip_and_value():
    table = CountTable.from_ratings(["a", "a", "b"], ["x", "y", "x"], ["HAP", "SAD", "HAP"])
    assert table.values == ("HAP", "SAD")
    assert table.counts.tolist() == [[1, 1], [1, 0]]
    assert (table.n_items, table.n_ratings, table.n_pairable) == (2, 3, 2)


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_a_missing_value_is_no_rating(missing):
    table = CountTable.from_ratings(["a", "a", "b"], ["x", "y", "x"], ["HAP", missing, missing])
    assert table.counts.tolist() == [[1]]


def test_nan_in_a_float_column_is_no_rating_and_zero_is_one():
    table = CountTable.from_ratings([1, 1], [1, 2], np.array([0.0, np.nan]))
    assert (table.values, table.counts.tolist()) == ((0.0,), [[1]])


def test_levels_are_in_ascending_order_and_not_in_the_order_of_their_names():
    table = CountTable.from_ratings(range(3), ["x"] * 3, [10.0, 9.0, 2.0])
    assert table.values == (2.0, 9.0, 10.0)


def test_values_on_offer_that_nobody_chose_keep_their_column():
    table = CountTable.from_ratings(["a"], ["x"], ["SAD"], order=["HAP", "SAD", "NEU"])
    assert table.counts.tolist() == [[0, 1, 0]]


def test_a_value_that_is_not_on_offer_is_refused():
    with pytest.raises(AgreementInputError, match="'JOY' is not one of HAP, SAD") as caught:
        CountTable.from_ratings(["a"], ["x"], ["JOY"], order=["HAP", "SAD"])
    assert caught.value.code == "unknown_value"


def test_a_rater_cannot_rate_a_clip_twice():
    with pytest.raises(AgreementInputError, match="'y' rated clip 'b' twice") as caught:
        CountTable.from_ratings(["a", "b", "b"], ["y", "y", "y"], [1.0, 2.0, 2.0])
    assert caught.value.code == "duplicate_rating"


def test_columns_of_different_length_are_refused():
    with pytest.raises(AgreementInputError, match="differ in length"):
        CountTable.from_ratings(["a", "b"], ["x"], [1.0])


@pytest.mark.parametrize("counts", [[[1, -1]], [[0.5, 1]], [[float("nan"), 1]]])
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_counts_must_be_whole_and_not_negative(counts):
    with pytest.raises(AgreementInputError, match="whole numbers"):
        CountTable.from_counts(counts, "ab")


def test_counts_must_fit_the_values():
    with pytest.raises(AgreementInputError, match="do not fit 3 values"):
        CountTable.from_counts([[1, 2]], "abc")


def test_a_clip_without_votes_is_no_item():
    assert CountTable.from_counts([[0, 0], [1, 0]], "ab").n_items == 1


def test_free_decimals_on_many_clips_are_refused_before_memory_runs_out(monkeypatch):
    monkeypatch.setattr(table_module, "MAX_CELLS", 10)
    with pytest.raises(AgreementInputError, match="4 different values on 4 clips"):
        CountTable.from_ratings(range(4), ["x"] * 4, [0.1, 0.2, 0.3, 0.4])


@given(arrays(np.int32, st.tuples(st.integers(1, 12), st.integers(1, 4)),
              elements=st.integers(0, 3)))  # fmt: skip
def test_patterns_are_the_distinct_rows_with_their_multiplicity(counts):
    table = CountTable.from_counts(counts, range(counts.shape[1]))
    rebuilt = np.repeat(table.patterns.vectors, table.patterns.multiplicity, axis=0)
    assert sorted(rebuilt.tolist()) == sorted(table.counts.tolist())
    assert len(np.unique(table.patterns.vectors, axis=0)) == len(table.patterns.vectors)


def test_patterns_of_a_very_wide_scale_do_not_overflow():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 10, (50, 101))
    table = CountTable.from_counts(np.vstack([counts, counts]), range(101))
    assert table.patterns.multiplicity.tolist() == [2] * 50
