"""Rounds ask for what teaches most, beside a control arm whose probabilities are true."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.acquisition.entropy import entropy
from training.acquisition.margin import margin
from training.acquisition.round import (
    ACQUISITIONS,
    control_size,
    inclusion_probabilities,
    pool_hash,
    select,
)


def pool(n: int, seed: int = 0) -> dict[str, dict[str, float]]:
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet([0.5, 0.5, 0.5], n)
    return {f"clip-{i:03}": dict(zip("ABC", row, strict=True)) for i, row in enumerate(rows)}


def test_entropy_is_zero_when_certain_and_one_when_all_are_equal():
    assert entropy(np.array([[1.0, 0, 0, 0], [0.25] * 4])) == pytest.approx([0, 1])


def test_entropy_of_a_worked_example():
    # 1/2, 1/4, 1/4 is 1.5 bits of at most log2(3).
    assert entropy(np.array([[0.5, 0.25, 0.25]])) == pytest.approx([1.5 / np.log2(3)])


def test_margin_sees_only_the_two_likeliest():
    assert margin(np.array([[0.5, 0.4, 0.1], [0.45, 0.45, 0.1]])) == pytest.approx([0.9, 1.0])


def test_a_single_category_leaves_nothing_to_ask():
    assert entropy(np.ones((2, 1))).tolist() == margin(np.ones((2, 1))).tolist() == [0, 0]


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
def test_the_same_seed_gives_the_same_round_whatever_the_order_of_the_pool(acquisition):
    scores = pool(30)
    turned = dict(reversed(scores.items()))
    asked = {"acquisition": acquisition, "budget": 8, "control_share": 0.25}
    assert select(scores, seed=4, **asked) == select(turned, seed=4, **asked)
    assert select(scores, seed=4, **asked) != select(scores, seed=5, **asked)


def test_without_control_the_most_uncertain_clips_come_first():
    scores = pool(40)
    asked = select(scores, acquisition="entropy", budget=10, control_share=0, seed=0)
    table = np.array([list(one.values()) for one in scores.values()])
    best = [list(scores)[i] for i in np.argsort(-entropy(table), kind="stable")[:10]]
    assert [one.key for one in asked] == best
    assert [one.rank for one in asked] == list(range(1, 11))
    assert {one.probability for one in asked} == {1.0}


def test_equal_scores_go_by_key():
    scores = {key: {"A": 0.5, "B": 0.5} for key in ("c", "a", "b")}
    asked = select(scores, acquisition="entropy", budget=2, control_share=0, seed=0)
    assert [one.key for one in asked] == ["a", "b"]


@given(
    n=st.integers(1, 40),
    budget=st.integers(1, 50),
    share=st.floats(0, 1),
    acquisition=st.sampled_from(ACQUISITIONS),
    seed=st.integers(0, 2**32),
)
def test_a_round_holds_each_clip_once_and_the_control_share(n, budget, share, acquisition, seed):
    asked = select(pool(n), acquisition=acquisition, budget=budget, control_share=share, seed=seed)
    n_round = min(n, budget)
    assert len({one.key for one in asked}) == len(asked) == n_round
    assert sum(one.arm == "control" for one in asked) == control_size(n_round, share)
    assert all(0 < one.probability <= 1 for one in asked)


@pytest.mark.parametrize(("n_pool", "n_round", "n_control"), [(7, 4, 2), (6, 6, 2), (8, 3, 3)])
def test_probabilities_equal_the_count_over_every_possible_draw(n_pool, n_round, n_control):
    held = np.zeros(n_pool)
    draws = list(combinations(range(n_pool), n_control))
    for draw in draws:
        chosen = [rank for rank in range(n_pool) if rank not in draw][: n_round - n_control]
        held[[*draw, *chosen]] += 1
    exact = inclusion_probabilities(n_pool, n_round, n_control)
    assert exact == pytest.approx(held / len(draws))


@given(st.integers(1, 300), st.data())
def test_probabilities_of_a_pool_sum_to_the_round(n_pool, data):
    n_round = data.draw(st.integers(1, n_pool))
    n_control = data.draw(st.integers(0, n_round))
    assert inclusion_probabilities(n_pool, n_round, n_control).sum() == pytest.approx(n_round)


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
def test_stored_probabilities_are_how_often_a_clip_is_asked_for(acquisition):
    scores, n_rounds = pool(12), 3000
    seen: dict[str, int] = dict.fromkeys(scores, 0)
    stored: dict[str, float] = {}
    for seed in range(n_rounds):
        asked = select(scores, acquisition=acquisition, budget=5, control_share=0.4, seed=seed)
        for one in asked:
            seen[one.key] += 1
            stored[one.key] = one.probability
    assert stored.keys() == scores.keys()
    for key, probability in stored.items():
        assert seen[key] / n_rounds == pytest.approx(probability, abs=0.04)  # over 4 sigma


def test_the_control_arm_is_a_uniform_sample_of_the_whole_pool():
    scores, n_rounds = pool(10), 3000
    seen: dict[str, int] = dict.fromkeys(scores, 0)
    for seed in range(n_rounds):
        asked = select(scores, acquisition="entropy", budget=4, control_share=0.5, seed=seed)
        for one in asked:
            seen[one.key] += one.arm == "control"
    assert np.array(list(seen.values())) / n_rounds == pytest.approx([0.2] * 10, abs=0.04)


def test_a_small_share_still_gives_a_control_clip():
    assert [control_size(5, share) for share in (0, 0.01, 0.3, 1)] == [0, 1, 2, 5]


def test_an_empty_pool_gives_an_empty_round():
    assert select({}, acquisition="entropy", budget=5, control_share=0.2, seed=0) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"acquisition": "psychic"}, "Known: random, entropy, margin"),
        ({"budget": 0}, "at least 1"),
        ({"control_share": 1.5}, "outside 0 to 1"),
        ({"scores": {"a": {"A": 0.5, "B": 0.2}}}, "clip a are not shares"),
        ({"scores": {"a": {"A": float("nan"), "B": 1.0}}}, "clip a are not shares"),
        ({"scores": {"a": {"A": 1.5, "B": -0.5}}}, "clip a are not shares"),
    ],
)
def test_wrong_values_are_refused(change, words):
    asked = {"scores": pool(3), "acquisition": "entropy", "budget": 2, "control_share": 0.5}
    with pytest.raises(ValueError, match=words):
        select(**{**asked, "seed": 0, **change})  # type: ignore[arg-type]


def test_the_pool_hash_names_the_set_of_clips():
    assert pool_hash(["b", "a"]) == pool_hash(["a", "b", "a"])
    assert pool_hash(["a", "b"]) != pool_hash(["ab"])
    assert len(pool_hash([])) == 64
