"""Single-label consensus."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.consensus import Vote, plurality

LABEL = st.one_of(
    st.just(("NEU", 0)),
    st.tuples(st.sampled_from(["HAP", "ANG", "SAD"]), st.sampled_from([None, 1, 2, 3])),
    st.tuples(st.sampled_from(["OTH", "UNK"]), st.none()),
)
LABELS = st.lists(LABEL, max_size=9)


def votes(*labels):
    return [Vote(f"r{index}", [label]) for index, label in enumerate(labels)]


def test_the_category_most_raters_chose_wins():
    row = plurality(votes(("HAP", 2), ("HAP", 1), ("SAD", 3)))
    assert (row.esc, row.tie, row.n_ratings) == ("HAP", False, 3)
    assert row.votes == {"HAP": 2, "SAD": 1}
    assert row.soft_esc == {"HAP": 2 / 3, "SAD": 1 / 3}


def test_intensity_is_the_mean_over_those_who_chose_the_winner():
    row = plurality(votes(("HAP", 2), ("HAP", 3), ("HAP", 3), ("SAD", 1)))
    assert row.eis_score == pytest.approx(8 / 3)
    assert row.eis == 3


@pytest.mark.parametrize(("levels", "rounded"), [((1, 2), 2), ((2, 3), 2), ((1, 1, 1, 3), 2)])
def test_halves_are_rounded_to_even(levels, rounded):
    assert plurality(votes(*(("HAP", eis) for eis in levels))).eis == rounded


def test_a_missing_intensity_is_missing_and_never_0():
    row = plurality(votes(("HAP", None), ("HAP", 3)))
    assert (row.eis, row.eis_score) == (3, 3.0)


def test_a_winner_nobody_rated_has_no_intensity():
    row = plurality(votes(("HAP", None), ("HAP", None), ("SAD", 2)))
    assert (row.esc, row.eis, row.eis_score) == ("HAP", None, None)


def test_neutral_has_intensity_0():
    row = plurality(votes(("NEU", 0), ("NEU", None), ("HAP", 3)))
    assert (row.esc, row.eis, row.eis_score) == ("NEU", 0, 0.0)


def test_a_tie_is_unknown_and_keeps_its_votes():
    row = plurality(votes(("HAP", 2), ("SAD", 2)))
    assert (row.esc, row.eis, row.eis_score, row.tie) == ("UNK", None, None, True)
    assert row.soft_esc == {"HAP": 0.5, "SAD": 0.5}


def test_a_tie_for_the_second_place_is_no_tie():
    row = plurality(votes(("HAP", 1), ("HAP", 1), ("SAD", 1), ("ANG", 1)))
    assert (row.esc, row.tie) == ("HAP", False)


def test_a_winner_below_the_asked_share_is_unknown_but_no_tie():
    labels = votes(("HAP", 2), ("HAP", 2), ("SAD", 1), ("ANG", 1))
    assert plurality(labels, min_share=0.5).esc == "HAP"
    row = plurality(labels, min_share=0.51)
    assert (row.esc, row.tie) == ("UNK", False)


def test_a_share_that_is_met_exactly_is_met():
    labels = votes(*[("HAP", 1)] * 11, *[("SAD", 1)] * 9)
    assert plurality(labels, min_share=0.55).esc == "HAP"


def test_other_wins_like_any_category():
    row = plurality(votes(("OTH", None), ("OTH", None), ("HAP", 1)))
    assert (row.esc, row.eis, row.votes) == ("OTH", None, {"HAP": 1, "OTH": 2})


def test_unknown_wins_without_being_a_tie():
    row = plurality(votes(("UNK", None), ("UNK", None), ("HAP", 1)))
    assert (row.esc, row.tie) == ("UNK", False)


def test_an_unknown_vote_lowers_the_share_of_the_others():
    labels = votes(("HAP", 1), ("HAP", 1), ("UNK", None), ("OTH", None))
    assert plurality(labels).soft_esc["HAP"] == 0.5
    assert plurality(labels, min_share=0.6).esc == "UNK"


def test_without_votes_nothing_is_concluded():
    row = plurality([])
    assert (row.esc, row.eis, row.eis_score, row.soft_esc, row.n_ratings, row.tie) == (
        None, None, None, {}, 0, False,
    )  # fmt: skip


def test_votes_without_rater_count_each():
    assert plurality([Vote(None, [("HAP", None)]), Vote(None, [("HAP", None)])]).n_ratings == 2


def test_a_rater_cannot_vote_twice():
    with pytest.raises(ValueError, match="'x' voted twice"):
        plurality([Vote("x", [("HAP", 1)]), Vote("x", [("SAD", 1)])])


@pytest.mark.parametrize("labels", [[], [("HAP", 1), ("SAD", 1)]])
def test_a_single_label_vote_has_one_label(labels):
    with pytest.raises(ValueError, match="has one label"):
        plurality([Vote("x", labels)])


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_0_to_1_is_refused(share):
    with pytest.raises(ValueError, match="outside 0 to 1"):
        plurality([], min_share=share)


@given(LABELS, st.randoms(use_true_random=False))
def test_the_order_of_votes_plays_no_part(labels, random):
    cast = votes(*labels)
    shuffled = random.sample(cast, len(cast))
    found, again = plurality(cast), plurality(shuffled)
    assert found == again
    assert (list(found.votes), list(found.soft_esc)) == (list(again.votes), list(again.soft_esc))


@given(LABELS, st.floats(0, 1))
def test_what_always_holds(labels, min_share):
    row = plurality(votes(*labels), min_share=min_share)
    assert sum(row.votes.values()) == row.n_ratings == len(labels)
    assert not labels or sum(row.soft_esc.values()) == pytest.approx(1)
    assert list(row.votes) == sorted(row.votes)
    if row.tie:
        assert row.esc == "UNK"
    if row.esc == "NEU":
        assert row.eis == 0
    elif row.eis is not None:
        given_levels = [eis for esc, eis in labels if esc == row.esc and eis is not None]
        assert row.eis == round(Fraction(sum(given_levels), len(given_levels))) >= 1
    if row.esc not in (None, "UNK"):
        assert row.votes[row.esc] == max(row.votes.values())
        assert row.soft_esc[row.esc] >= min_share


@given(LABELS.filter(bool), st.integers(2, 4))
def test_repeating_every_vote_changes_no_conclusion(labels, times):
    once, often = plurality(votes(*labels)), plurality(votes(*labels * times))
    assert (once.esc, once.eis, once.tie) == (often.esc, often.eis, often.tie)
    assert once.soft_esc == pytest.approx(often.soft_esc)
