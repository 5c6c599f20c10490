import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.splits.errors import SplitRefused
from annotation.splits.groups import SplitClip, group_clips
from annotation.splits.leaks import LeakRow, leak_report
from annotation.splits.optimise import FREE, cost, feature_shares, place_groups
from annotation.splits.plan import SPLITS, assign_splits

RATIOS = {"train": 0.8, "dev": 0.1, "test": 0.1}


def corpus(n_speakers, *, seed=0, most=20):
    """Clips of `n_speakers`, each with 1 to `most` clips and its own mix of categories."""
    rng = random.Random(seed)
    clips = []
    for speaker in range(n_speakers):
        liked = rng.choices(["NEU", "HAP", "ANG", "SAD"], k=3)
        for take in range(rng.randint(1, most)):
            esc = rng.choice(liked)
            eis = 0 if esc == "NEU" else rng.choice([1, 2, 3, None])
            audio = f"{speaker}-{take}"
            clips.append(SplitClip(f"c{audio}", (f"s{speaker:02}",), (audio,), esc=esc, eis=eis))
    return clips


def split(clips, **changed):
    return assign_splits(clips, **({"ratios": RATIOS, "seed": 7} | changed))


def refused(clips, **changed):
    with pytest.raises(SplitRefused) as caught:
        split(clips, **changed)
    assert caught.value.detail.endswith(".")
    return caught.value.code, caught.value.field


def test_every_clip_gets_a_split_and_no_split_is_empty():
    plan = split(corpus(5))
    assert set(plan.clips) == {clip.id for clip in corpus(5)}
    assert min(plan.sizes().values()) > 0


def test_many_speakers_come_within_half_a_percent_of_the_ratios():
    clips = corpus(150)
    plan = split(clips)
    for name, ratio in RATIOS.items():
        assert plan.sizes()[name] / len(clips) == pytest.approx(ratio, abs=0.005)


def test_categories_and_intensities_are_balanced_too():
    clips = corpus(150)
    plan = split(clips)
    for attribute in ("esc", "eis"):
        for value in {getattr(clip, attribute) for clip in clips} - {None}:
            alike = [plan.clips[c.id] for c in clips if getattr(c, attribute) == value]
            assert alike.count("test") / len(alike) == pytest.approx(0.1, abs=0.01)


def test_both_sexes_are_in_every_split():
    clips = [
        SplitClip(f"c{n:02}-{k}", (f"s{n:02}",), esc="SAD", sex="female" if n < 12 else "male")
        for n in range(24)
        for k in range(60)
    ]
    plan = split(clips)
    found = {(plan.clips[clip.id], clip.sex) for clip in clips}
    assert len(found) == 6


def test_different_seeds_can_give_different_splits():
    plans = {tuple(sorted(split(corpus(30), seed=seed).clips.items())) for seed in range(5)}
    assert len(plans) > 1


def test_clips_of_unknown_speaker_go_to_train():
    clips = [*corpus(6), *(SplitClip(f"u{n}", (), (f"u{n}",), esc="SAD") for n in range(9))]
    plan = split(clips)
    assert {plan.clips[f"u{n}"] for n in range(9)} == {"train"}


def test_given_folds_are_kept_to_the_letter():
    folds = {f"s{n:02}": SPLITS[n % 3] for n in range(6)}
    assert split(corpus(6), assign=folds).speakers == folds


def test_a_split_at_ratio_zero_takes_assigned_speakers_only():
    ratios = {"train": 0.7, "dev": 0, "test": 0.3}
    plan = split(corpus(12), ratios=ratios, assign={"s03": "dev"})
    assert [s for s, where in plan.speakers.items() if where == "dev"] == ["s03"]


def test_one_split_needs_no_second_speaker():
    assert split(corpus(1), ratios={"test": 1.0}).speakers == {"s00": "test"}


def test_the_plan_says_how_large_its_largest_group_is():
    clips = [SplitClip(f"c{n}", (f"s{min(n, 2)}",)) for n in range(5)]
    plan = split(clips)
    assert (plan.n_groups, plan.largest_share) == (3, 0.6)


# What is refused


@pytest.mark.parametrize(
    ("ratios", "field"),
    [
        ({"train": 0.5, "test": 0.4}, "ratios"),
        ({}, "ratios"),
        ({"train": 1.2, "test": -0.2}, "ratios.train"),
        ({"train": math.nan, "test": 1}, "ratios.train"),
        ({"train": 0.5, "eval": 0.5}, "ratios.eval"),
    ],
)
def test_ratios_that_are_no_shares_are_refused(ratios, field):
    assert refused(corpus(5), ratios=ratios) == ("bad_ratios", field)


def test_an_unknown_kind_of_disjointness_is_refused():
    assert refused(corpus(5), disjoint=["mood"]) == ("bad_disjoint", "disjoint")


def test_no_clips_are_refused():
    assert refused([]) == ("no_clips", "corpora")


def test_one_speaker_is_refused():
    assert refused(corpus(1)) == ("one_speaker", "ratios")


def test_more_splits_than_groups_are_refused():
    assert refused(corpus(2)) == ("too_few_groups", "ratios")


def test_texts_that_join_everybody_are_refused():
    clips = [SplitClip(f"c{n}", (f"s{n}",), text="Kids talk.") for n in range(8)]
    assert refused(clips, disjoint=["text"]) == ("too_few_groups", "ratios")


def test_a_split_for_which_nobody_is_left_is_refused():
    everyone = {f"s{n:02}": "train" for n in range(5)}
    assert refused(corpus(5), assign=everyone) == ("empty_split", "ratios.dev")


def test_unknown_speakers_alone_cannot_fill_a_test_split():
    clips = [SplitClip(f"u{n}", ()) for n in range(9)]
    assert refused(clips) == ("empty_split", "ratios.dev")


def test_an_assigned_split_that_does_not_exist_is_refused():
    assert refused(corpus(5), assign={"s01": "eval"}) == ("bad_assign", "assign.speaker.s01")


def test_an_assigned_speaker_without_clips_is_refused():
    assert refused(corpus(5), assign={"who": "dev"}) == ("bad_assign", "assign.speaker.who")


def test_an_assignment_that_parts_the_same_audio_is_refused():
    clips = [*corpus(5), SplitClip("x", ("s01",), ("h",)), SplitClip("y", ("s02",), ("h",))]
    asked = {"s01": "train", "s02": "test"}
    assert refused(clips, assign=asked) == ("assign_conflict", "assign.speaker.s01")


def test_an_assignment_against_the_ledger_is_refused():
    found = refused(corpus(5), assign={"s01": "test"}, ledger={"s01": "train"})
    assert found == ("ledger_conflict", "assign.speaker.s01")


def test_new_audio_that_joins_two_frozen_splits_is_refused():
    clips = [*corpus(5), SplitClip("x", ("s01",), ("h",)), SplitClip("y", ("s02",), ("h",))]
    ledger = {"s01": "train", "s02": "test"}
    assert refused(clips, ledger=ledger) == ("ledger_conflict", "disjoint")


def test_a_test_speaker_joined_to_an_unknown_speaker_is_refused():
    clips = [*corpus(5), SplitClip("x", ("s01",), ("h",)), SplitClip("u", (), ("h",))]
    found = refused(clips, ledger={"s01": "test"})
    assert found == ("unknown_speaker_outside_train", "disjoint")


# What always holds

some_clips = st.builds(
    lambda seed, n, joined: [
        *corpus(n, seed=seed, most=6),
        *(SplitClip(f"j{i}", (f"s{a:02}", f"s{b:02}")) for i, (a, b) in enumerate(joined)),
    ],
    st.integers(0, 10**6),
    st.integers(6, 16),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=2),
)


@settings(max_examples=40, deadline=None)
@given(some_clips, st.integers(0, 99))
def test_splits_never_share_a_speaker_or_audio(clips, seed):
    plan = split(clips, seed=seed)
    rows = (LeakRow(plan.clips[clip.id], clip.speakers, clip.audio) for clip in clips)
    report = leak_report(rows)
    assert all(pair["speakers"] == pair["audio"] == 0 for pair in report["pairs"])
    assert report["components"] == plan.n_groups


@settings(max_examples=25, deadline=None)
@given(some_clips, st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_order_of_clips_changes_nothing(clips, seed, shuffler):
    shuffled = shuffler.sample(clips, len(clips))
    assert split(shuffled, seed=seed) == split(clips, seed=seed)


@settings(max_examples=25, deadline=None)
@given(st.integers(6, 12), st.integers(1, 12), st.integers(0, 99))
def test_a_frozen_speaker_never_moves_when_others_join(n_old, n_new, seed):
    everyone = corpus(n_old + n_new, seed=seed)
    old = [clip for clip in everyone if clip.speakers[0] < f"s{n_old:02}"]
    frozen = split(old, seed=seed).speakers
    grown = split(everyone, seed=seed + 1, ledger=frozen).speakers
    assert {speaker: grown[speaker] for speaker in frozen} == frozen


def test_new_speakers_fill_the_split_that_lacks_most():
    clips = [SplitClip(f"c{n:02}", (f"s{n:02}",), esc="SAD") for n in range(10)]
    ledger = {f"s{n:02}": "train" for n in range(8)}
    assert split(clips, ledger=ledger).sizes() == {"train": 8, "dev": 1, "test": 1}


def exhaustive(shares, ratios, fixed):
    """The least cost of all placements in which no split is empty."""
    free = np.flatnonzero(fixed == FREE)
    best = np.inf
    for chosen in itertools.product(range(len(ratios)), repeat=len(free)):
        places = fixed.copy()
        places[free] = chosen
        if len(set(places)) == len(ratios):
            best = min(best, cost(shares, places, ratios))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_what_trying_everything_finds(seed):
    groups = group_clips(corpus(7, seed=seed))
    shares, ratios = feature_shares(groups), np.array([0.6, 0.2, 0.2])
    fixed = np.full(len(groups), FREE)
    fixed[0] = seed % 3
    found = place_groups(shares, ratios, fixed, seed=seed)
    assert cost(shares, found, ratios) <= exhaustive(shares, ratios, fixed) * 1.02 + 1e-9
    assert found[0] == seed % 3
