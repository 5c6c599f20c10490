"""`benchmarks/recording_browser.py`: what it makes of stored takes, without a browser."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from benchmarks.recording_browser import compare, longest_silence_s, table
from tests.support import fed


@pytest.fixture(scope="module")
def spoken():
    return [np.round(fed.voice(0.5, seed=seed) * 32767) / 32768 for seed in (1, 2)]


@pytest.fixture
def stored(tmp_path):
    """Stores sounds as takes between digital silence, as the recorder page does."""

    def store(*sounds):
        takes = []
        for n, sound in enumerate(sounds):
            path = tmp_path / f"{n}.wav"
            edge = np.zeros(2000)
            soundfile.write(path, np.concatenate([edge, sound, edge]), fed.RATE_HZ)
            takes.append({"path": str(path)})
        return takes

    return store


def test_takes_that_hold_what_was_spoken_reach_the_bar_in_any_order(spoken, stored):
    found = compare(stored(*reversed(spoken)), spoken)
    assert found.reached
    assert (found.stored, found.lost, found.doubled) == (2, 0, 0)
    assert min(found.correlations) > 0.9999
    assert "reached" in table({"nothing": found})


def test_a_take_that_is_missing_and_one_that_is_there_twice_are_told(spoken, stored):
    found = compare(stored(spoken[0], spoken[0]), spoken)
    assert (found.stored, found.lost, found.doubled) == (2, 1, 1)
    assert not found.reached


def test_noise_holds_no_sentence(spoken, stored):
    noise = np.random.default_rng(3).normal(0, 0.1, 20_000)
    found = compare(stored(spoken[0], noise), spoken)
    assert (found.lost, found.doubled) == (1, 0)
    assert not found.reached


def test_a_take_whose_end_is_missing_is_too_short(spoken, stored):
    found = compare(stored(spoken[0][:-2000], spoken[1]), spoken)
    assert min(found.lengths) < 0.99
    assert not found.reached


def test_without_any_take_all_is_lost(spoken):
    found = compare([], spoken)
    assert found.lost == 2
    assert "missed" in table({"a cut": found})


def test_a_silence_within_a_sentence_is_measured():
    sound = np.ones(2 * fed.RATE_HZ)
    sound[: fed.RATE_HZ // 2 + 1][1:-1] = 0
    assert longest_silence_s(sound) == pytest.approx(0.5, abs=0.001)
