"""Regions and prompts: simulated speakers who repeat, miss and cough."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.recording.alignment import Chances, Match, _Walk
from annotation.recording.alignment import align as align_counts
from annotation.recording.qc.syllables import syllables as count_syllables

TEXTS = [
    "Kids are talking by the door.",
    "No.",
    "The report will be on your desk before noon tomorrow morning.",
    "He took the blue umbrella with him.",
    "Yes, please.",
    "Nobody expected the train to arrive eleven minutes early today.",
    "The window is open.",
    "We can meet in front of the library after the lecture.",
]


def syllables(text: str) -> int:
    return count_syllables(text, "en") or 1


def align(durations: list[float], texts: list[str]) -> list[Match]:
    return align_counts(durations, [syllables(t) for t in texts])


def spoken(texts: list[str], *, tempo_ms: float = 200, seed: int = 0) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float((syllables(t) + 1) * tempo_ms * rng.lognormal(0, 0.1)) for t in texts]


def places(durations: list[float], texts: list[str] = TEXTS) -> list[int | None]:
    return [match.place for match in align(durations, texts)]


@pytest.mark.parametrize("tempo_ms", [120, 200, 380])
def test_a_script_read_through_is_itself_at_any_tempo(tempo_ms):
    found = align(spoken(TEXTS, tempo_ms=tempo_ms), TEXTS)
    assert [m.place for m in found] == list(range(len(TEXTS)))
    assert min(m.confidence for m in found) > 0.9
    assert all(m.last for m in found)


def test_a_prompt_said_again_is_one_prompt_and_the_last_is_taken():
    order = [0, 1, 2, 2, 2, 3, 4, 5, 6, 7]
    found = align(spoken([TEXTS[k] for k in order]), TEXTS)
    assert [m.place for m in found] == order
    assert [m.last for m in found] == [True, True, False, False, *[True] * 6]


def test_a_missed_prompt_moves_none_of_the_others():
    order = [0, 1, 3, 4, 5, 6, 7]
    assert places(spoken([TEXTS[k] for k in order])) == order


def test_a_door_that_slams_is_no_prompt():
    durations = spoken(TEXTS)
    with_noise = [*durations[:3], 60.0, *durations[3:6], 14_000.0, *durations[6:]]
    assert places(with_noise) == [0, 1, 2, None, 3, 4, 5, None, 6, 7]


def test_what_cannot_be_told_is_said_to_be_unsure():
    alike = ["Dogs are sitting by the door."] * 8
    whole = align(spoken(alike), alike)
    short = align(spoken(alike[:6]), alike)
    assert min(m.confidence for m in whole) > 0.9
    assert min(m.confidence for m in short) < 0.6


def test_nothing_found_and_nothing_to_say_are_answers():
    assert align([], TEXTS) == []
    assert [m.place for m in align([900.0, 80.0], [])] == [None, None]


@given(
    durations=st.lists(st.floats(20, 40_000), min_size=1, max_size=12),
    n=st.integers(1, 8),
)
@settings(max_examples=40, deadline=None)
def test_places_never_go_back_and_confidences_are_probabilities(durations, n):
    found = align(durations, TEXTS[:n])
    kept = [m.place for m in found if m.place is not None]
    assert kept == sorted(kept)
    assert all(0 <= m.confidence <= 1.0001 for m in found)
    assert sum(m.last for m in found) == len(set(kept))


def counted_out(walk: _Walk, chances: Chances, kinds: list[int]) -> dict[tuple, float]:
    """The log-likelihood of every walk, region by region."""
    n_regions, n = walk.spoken.shape
    scores = {}
    for path in itertools.product([*range(n), None], repeat=n_regions):
        place, was_spoken, score = 0, False, 0.0
        for i, prompt in enumerate(path):
            if prompt is None:
                score, was_spoken = score + walk.noise, False
                continue
            missed = prompt - place
            if missed < -1:
                score = -np.inf
                break
            if place == 0:
                score += walk.going + never_reached(missed, n, chances)
            elif missed == -1:
                score += np.log(chances.again)
            else:
                score += walk.going + missed * np.log(chances.missed)
            near = missed < walk.near
            if was_spoken and near and place and kinds[prompt] == kinds[place - 1]:
                score += walk.odds[i]
            score += walk.spoken[i, prompt]
            place, was_spoken = prompt + 1, True
        scores[path] = score + never_reached(n - place, n, chances)
    return scores


def never_reached(missed: int, n: int, chances: Chances) -> float:
    """At either end of the script: one after the other, or all of them as another recording's."""
    return float(max(missed * np.log(chances.missed), np.log(chances.part / n)))


@pytest.mark.parametrize("near", [1, 2, 12])
@pytest.mark.parametrize("kinds", [[0, 1, 2, 3], [0, 1, 0, 0]])
@pytest.mark.parametrize("odds", [[0.0, 0, 0, 0], [0.0, 2.5, -2, 1]])
def test_the_best_walk_and_its_probability_are_those_of_all_walks_counted_out(near, kinds, odds):
    chances = Chances(missed=0.2, noise=0.1)
    lengths = np.log([900.0, 400.0, 1500.0, 1000.0])
    expected = np.log([1000.0, 450.0, 1200.0, 1000.0])
    walk = _Walk(lengths, expected, chances, np.array(odds), np.array(kinds), near=near)
    scores = counted_out(walk, chances, kinds)
    path, score = walk.best()
    assert tuple(path) == max(scores, key=lambda p: scores[p])
    assert score == pytest.approx(max(scores.values()))
    total = sum(np.exp(s) for s in scores.values())
    for prompt in [0, 1, 2, 3, None]:
        shares = [
            sum(np.exp(s) for p, s in scores.items() if p[i] == prompt) / total for i in range(4)
        ]
        assert walk.confidence([prompt] * 4) == pytest.approx(shares)


@pytest.mark.parametrize("part", [range(20), range(20, 40), range(40, 60)])
def test_a_recording_of_a_part_of_the_script_is_found_there(part):
    rng = np.random.default_rng(2)
    texts = [" ".join(["sun"] * int(rng.integers(2, 20))) for _ in range(60)]
    assert places(spoken([texts[k] for k in part]), texts) == list(part)


def test_among_equals_the_sound_tells_a_repetition_from_the_next_prompt():
    alike = ["Dogs are sitting by the door.", "Kids are talking by the door."] * 4
    counts = [syllables(text) for text in alike]
    order = [0, 1, 2, 2, 3, 4, 5, 6, 7]
    heard = [0.0, -2, -2, 2, -2, -2, -2, -2, -2]
    durations = spoken([alike[k] for k in order])
    found = align_counts(durations, counts, same_words=heard, texts=alike)
    assert [m.place for m in found] == order


def test_among_equals_the_sound_tells_where_one_was_missed():
    alike = ["Dogs are.", "Dogs are.", "Kids are.", "Kids are."] * 3
    counts = [syllables(text) for text in alike]
    order = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    heard = [0.0] + [2.0 if alike[a] == alike[b] else -2.0 for a, b in itertools.pairwise(order)]
    found = align_counts(spoken([alike[k] for k in order]), counts, same_words=heard, texts=alike)
    assert [m.place for m in found][6:] == order[6:]


def simulated(rng: np.random.Generator) -> tuple[list[float], list[str], list[int | None]]:
    """A session of 60 prompts: one in 20 said again, one in 50 missed, one noise in 30."""
    words = ["sun", "table", "window", "umbrella", "yesterday", "information"]
    texts = [" ".join(rng.choice(words, rng.integers(2, 9))) for _ in range(60)]
    truth: list[int | None] = []
    for k in range(len(texts)):
        if rng.random() < 0.02:
            continue
        truth += [k] * (2 if rng.random() < 0.05 else 1)
        if rng.random() < 1 / 30:
            truth.append(None)
    tempo = rng.uniform(140, 320)
    durations = [
        float(rng.uniform(60, 3000))
        if k is None
        else float((syllables(texts[k]) + 1) * tempo * rng.lognormal(0, 0.18))
        for k in truth
    ]
    return durations, texts, truth


def test_of_simulated_sessions_nearly_every_region_finds_its_prompt():
    rng = np.random.default_rng(4)
    right, sure_and_right, sure, n = 0, 0, 0, 0
    for _ in range(12):
        durations, texts, truth = simulated(rng)
        for match, k in zip(align(durations, texts), truth, strict=True):
            n += 1
            right += match.place == k
            sure += match.confidence > 0.9
            sure_and_right += match.confidence > 0.9 and match.place == k
    assert right / n > 0.9
    assert sure_and_right / sure > 0.98
