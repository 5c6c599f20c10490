"""Multi-label consensus."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.consensus import Vote, multi_label

BALLOTS = st.lists(
    st.dictionaries(st.sampled_from(["HAP", "ANG", "SAD"]), st.integers(0, 3)), max_size=7
)


def votes(*ballots):
    return [Vote(f"r{index}", list(ballot.items())) for index, ballot in enumerate(ballots)]


def levels(*ballots, **options):
    settled = multi_label(votes(*ballots), **options).levels
    return {code: level.eis for code, level in settled.items()}


def test_each_emotion_gets_its_mean_level():
    assert levels({"HAP": 3, "SAD": 1}, {"HAP": 2, "SAD": 1}, {"HAP": 3, "SAD": 2}) == {
        "HAP": 3,
        "SAD": 1,
    }


@pytest.mark.parametrize(("given_levels", "rounded"), [((1, 2), 2), ((2, 3), 2)])
def test_halves_are_rounded_to_even(given_levels, rounded):
    assert levels(*({"HAP": eis} for eis in given_levels)) == {"HAP": rounded}


def test_one_lone_voice_does_not_pass_the_gate():
    settled = multi_label(votes({"HAP": 3}, {"HAP": 0})).levels["HAP"]
    assert (settled.eis, settled.eis_score, settled.passed) == (0, 1.5, False)
    assert (settled.n_ratings, settled.n_present) == (2, 1)


def test_a_mean_of_exactly_a_half_does_not_pass():
    assert levels({"HAP": 1}, {"HAP": 1}, {"HAP": 0}, {"HAP": 0}) == {"HAP": 0}
    assert levels({"HAP": 1}, {"HAP": 1}, {"HAP": 0}) == {"HAP": 1}


def test_the_gate_can_be_set():
    assert levels({"HAP": 3}, {"HAP": 0}, min_raters=1) == {"HAP": 2}
    assert levels({"HAP": 2}, {"HAP": 2}, min_mean=2.0) == {"HAP": 0}
    assert levels(*[{"HAP": 1}] * 3, *[{"HAP": 0}] * 2, min_mean=0.6) == {"HAP": 0}


def test_an_absent_emotion_is_missing_and_not_0():
    settled = multi_label(votes({"HAP": 2}, {"HAP": 2, "SAD": 0}, {"SAD": 0})).levels
    assert (settled["HAP"].eis_score, settled["HAP"].n_ratings) == (2.0, 2)
    assert set(settled) == {"HAP", "SAD"}


def test_an_emotion_twice_in_one_vote_is_refused():
    with pytest.raises(ValueError, match="rated an emotion twice"):
        multi_label([Vote("x", [("HAP", 1), ("HAP", 2)])])


def test_a_rater_cannot_vote_twice():
    with pytest.raises(ValueError, match="'x' voted twice"):
        multi_label([Vote("x", [("HAP", 1)]), Vote("x", [("SAD", 1)])])


@given(BALLOTS, st.randoms(use_true_random=False))
def test_the_order_of_votes_plays_no_part(ballots, random):
    cast = votes(*ballots)
    settled, again = multi_label(cast), multi_label(random.sample(cast, len(cast)))
    assert settled == again
    assert list(settled.levels) == list(again.levels)


@given(BALLOTS)
def test_what_always_holds(ballots):
    settled = multi_label(votes(*ballots))
    assert settled.n_ratings == sum(bool(ballot) for ballot in ballots)
    assert set(settled.levels) == {code for ballot in ballots for code in ballot}
    for code, level in settled.levels.items():
        given_levels = [ballot[code] for ballot in ballots if code in ballot]
        assert min(given_levels) <= level.eis_score <= max(given_levels)
        assert level.n_present <= level.n_ratings == len(given_levels)
        assert (level.eis > 0) == level.passed
