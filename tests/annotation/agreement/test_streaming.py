"""Streaming sums equal the batch, whatever came and went."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.agreement import CoincidenceMatrix, CountTable, NominalSums
from annotation.agreement.coefficient import point_value
from annotation.agreement.krippendorff import nominal_alpha, ordinal_alpha

VALUES = (0, 1, 2, 3)
KINDS = [(NominalSums, nominal_alpha), (CoincidenceMatrix, ordinal_alpha)]
# (clip, value) adds a rating; a clip alone takes back one of its ratings, if it has any.
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 4), st.integers(0, 3)), st.tuples(st.integers(0, 4), st.none())
    ),
    max_size=60,
)


def play(sums, changes):
    """Apply the changes one by one; the counts at the end, shape (5, 4)."""
    counts = np.zeros((5, len(VALUES)), dtype=int)
    for clip, value in changes:
        before = counts[clip].tolist()
        if value is not None:
            sums.add(before, value)
            counts[clip, value] += 1
        elif counts[clip].any():
            present = int(counts[clip].argmax())
            sums.remove(before, present)
            counts[clip, present] -= 1
    return counts


@pytest.mark.parametrize(("kind", "measure"), KINDS)
@settings(max_examples=80, deadline=None)
@given(changes=CHANGES)
def test_running_sums_equal_the_batch(kind, measure, changes):
    sums = kind(VALUES)
    table = CountTable.from_counts(play(sums, changes), VALUES)
    assert sums.alpha() == pytest.approx(point_value(table, measure), abs=1e-12)
    assert (sums.n_items, sums.n_ratings, sums.n_pairable) == (
        table.n_items, table.n_ratings, table.n_pairable,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [NominalSums, CoincidenceMatrix])
@settings(max_examples=40, deadline=None)
@given(before=CHANGES, after=CHANGES)
def test_the_state_survives_json_and_goes_on(kind, before, after):
    through_json, straight = kind(VALUES), kind(VALUES)
    play(through_json, before)
    play(straight, before)
    through_json = kind.from_json(json.loads(json.dumps(through_json.to_json())))
    play(through_json, after)
    play(straight, after)
    assert through_json.to_json() == straight.to_json()


@pytest.mark.parametrize("kind", [NominalSums, CoincidenceMatrix])
def test_what_is_added_and_taken_back_leaves_no_trace(kind):
    sums = kind(VALUES)
    play(sums, [(0, 1), (0, 2), (0, 2), (0, None), (0, None), (0, None)])
    assert sums.to_json() == kind(VALUES).to_json()


@pytest.mark.parametrize("kind", [NominalSums, CoincidenceMatrix])
def test_ratings_of_one_value_have_no_alpha(kind):
    sums = kind(VALUES)
    sums.replace([0, 0, 0, 0], [0, 3, 0, 0])
    assert sums.alpha() is None


def test_the_coincidence_matrix_sums_to_the_pairable_ratings():
    matrix = CoincidenceMatrix(VALUES)
    matrix.replace([0] * 4, [1, 2, 0, 1])
    matrix.replace([0] * 4, [0, 0, 1, 0])
    coincidences = matrix.coincidences()
    assert coincidences.sum() == pytest.approx(4)
    assert (coincidences == coincidences.T).all()


@pytest.mark.parametrize("kind", [NominalSums, CoincidenceMatrix])
def test_a_rating_that_is_not_there_cannot_be_taken_back(kind):
    sums = kind(VALUES)
    with pytest.raises(ValueError, match="-1 ratings"):
        sums.remove([1, 0, 0, 0], 2)
    assert sums.to_json() == kind(VALUES).to_json()


@pytest.mark.parametrize("kind", [NominalSums, CoincidenceMatrix])
def test_an_unknown_value_and_a_short_vector_are_refused(kind):
    with pytest.raises(ValueError, match="7 is not one of 0, 1, 2, 3"):
        kind(VALUES).add([0, 0, 0, 0], 7)
    with pytest.raises(ValueError, match="2 counts do not fit 4 values"):
        kind(VALUES).replace([0, 0], [0, 0, 0, 1])
