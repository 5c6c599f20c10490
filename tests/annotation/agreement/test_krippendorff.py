"""Alpha against a published example, the definition itself and another library."""

from __future__ import annotations

from itertools import pairwise

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.agreement import CountTable, count_scales
from tests.annotation.agreement.direct import direct_alpha, table_of

N = np.nan
# Krippendorff (2011): 4 observers, 12 units.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)
LEVELS = ["nominal", "ordinal", "interval"]


def alpha(table: CountTable, level: str) -> float | None:
    return count_scales(table, level, replicates=0)[0].value


def ratings(max_value: int = 4):
    cell = st.one_of(st.just(N), st.integers(0, max_value).map(float))
    shape = st.tuples(st.integers(1, 5), st.integers(1, 7))
    return shape.flatmap(lambda s: arrays(np.float64, s, elements=cell))


@pytest.mark.parametrize(
    ("level", "expected"), [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107)]
)
def test_the_published_example_is_reproduced(level, expected):
    assert alpha(table_of(PUBLISHED), level) == pytest.approx(expected, abs=5e-7)


def test_the_published_example_counts_40_pairable_of_41_ratings():
    table = table_of(PUBLISHED)
    assert (table.n_items, table.n_ratings, table.n_pairable) == (12, 41, 40)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=60, deadline=None)
@given(matrix=ratings())
def test_alpha_is_what_its_definition_says(level, matrix):
    expected = direct_alpha(matrix, level)
    found = alpha(table_of(matrix), level)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-9))


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_is_what_another_library_says(level):
    rng = np.random.default_rng(7)
    matrix = rng.integers(0, 5, (6, 80)).astype(float)
    matrix[rng.random(matrix.shape) < 0.4] = N
    other = krippendorff.alpha(matrix, level_of_measurement=level)
    assert alpha(table_of(matrix), level) == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(matrix=ratings(), seed=st.integers(0, 99))
def test_the_order_of_clips_and_raters_plays_no_part(level, matrix, seed):
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(rng.permutation(matrix, axis=0), axis=1)
    assert alpha(table_of(shuffled), level) == alpha(table_of(matrix), level)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(matrix=ratings())
def test_alpha_is_never_above_one(level, matrix):
    found = alpha(table_of(matrix), level)
    assert found is None or found <= 1


@settings(max_examples=40, deadline=None)
@given(matrix=ratings(), names=st.permutations("abcde"))
def test_nominal_alpha_does_not_care_what_categories_are_called(matrix, names):
    table = table_of(matrix)
    renamed = CountTable.from_counts(table.counts[:, ::-1], names[: len(table.values)])
    assert alpha(renamed, "nominal") == pytest.approx(alpha(table, "nominal"))


@pytest.mark.parametrize("level", ["ordinal", "interval"])
@settings(max_examples=40, deadline=None)
@given(matrix=ratings())
def test_a_scale_read_backwards_gives_the_same_alpha(level, matrix):
    backwards = table_of(-matrix)
    assert alpha(backwards, level) == pytest.approx(alpha(table_of(matrix), level))


@settings(max_examples=40, deadline=None)
@given(matrix=ratings())
def test_ordinal_alpha_knows_the_order_of_levels_not_their_distance(matrix):
    stretched = alpha(table_of(np.exp(matrix)), "ordinal")
    assert stretched == pytest.approx(alpha(table_of(matrix), "ordinal"))


@settings(max_examples=40, deadline=None)
@given(matrix=ratings(), factor=st.floats(0.1, 50), shift=st.floats(-100, 100))
def test_interval_alpha_does_not_care_about_the_unit(matrix, factor, shift):
    other_unit = alpha(table_of(matrix * factor + shift), "interval")
    assert other_unit == pytest.approx(alpha(table_of(matrix), "interval"), abs=1e-6)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(matrix=ratings())
def test_alpha_settles_when_the_same_corpus_is_seen_again_and_again(level, matrix):
    """Only the small-sample term n - 1 changes, so each doubling moves alpha by less."""
    table = table_of(matrix)
    copies = [
        CountTable.from_counts(np.tile(table.counts, (k, 1)), table.values) for k in (1, 2, 4, 8)
    ]
    found = [alpha(copy, level) for copy in copies]
    if found[0] is None:
        assert found == [None] * 4
        return
    steps = [abs(b - a) for a, b in pairwise(found)]
    assert steps[0] >= steps[1] - 1e-12
    assert steps[1] >= steps[2] - 1e-12


def test_two_ordered_values_are_as_good_as_two_names():
    matrix = np.where(np.isnan(PUBLISHED), N, PUBLISHED > 2).astype(float)
    found = {round(alpha(table_of(matrix), level), 12) for level in LEVELS}
    assert len(found) == 1


def test_a_clip_with_one_rating_changes_no_alpha():
    alone = np.hstack([PUBLISHED, [[5.0], [N], [N], [N]]])
    for level in LEVELS:
        assert alpha(table_of(alone), level) == alpha(table_of(PUBLISHED), level)
