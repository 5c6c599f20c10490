"""Whether two stretches say the same: sounds whose resonances move as words do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.recording.likeness import MOST_SURE, distance, log_odds, same_words, sketch

RATE_HZ = 16_000


def said(words: list[int], *, hz=120.0, tempo=1.0, rate_hz=RATE_HZ, gain=1.0, seed=0) -> np.ndarray:
    """(frames,) a voice whose vowels are those of `words`, 0.15 s each, in faint noise."""
    rng = np.random.default_rng(seed)
    resonances = np.random.default_rng(99).uniform([300, 900, 2300], [800, 2200, 3300], (12, 3))
    n = round(0.15 * tempo * rate_hz)
    centres = np.repeat(resonances[words], n, axis=0)
    smooth = np.ones(n // 2) / (n // 2)
    centres = np.stack([np.convolve(c, smooth, "same") for c in centres.T], axis=1)
    phase = 2 * np.pi * np.cumsum(np.full(len(centres), hz)) / rate_hz
    voice = np.zeros(len(centres))
    for k in range(1, int(3800 / hz)):
        weight = np.exp(-0.5 * ((k * hz - centres) / 120) ** 2).sum(axis=1)
        voice += weight * np.sin(k * phase)
    return gain * (voice + rng.normal(0, 0.01, len(voice)))


ONE, OTHER = [0, 3, 7, 1, 9, 4, 2], [5, 8, 2, 10, 6, 0, 11]


@pytest.mark.parametrize(
    "again",
    [
        said(ONE, seed=1),
        said(ONE, hz=150, seed=1),
        said(ONE, tempo=1.3, seed=1),
        said(ONE, gain=0.05, seed=1),
        np.concatenate([np.zeros(8000), said(ONE, seed=1), np.zeros(3000)]),
    ],
    ids=["again", "higher", "slower", "softer", "with silence around"],
)
def test_the_same_words_are_nearer_than_others(again):
    first = sketch(said(ONE), RATE_HZ)
    other = sketch(said(OTHER), RATE_HZ)
    assert distance(first, sketch(again, RATE_HZ)) < distance(first, other) - 0.1


@pytest.mark.parametrize("rate_hz", [8_000, 48_000, 192_000])
def test_any_rate_will_do(rate_hz):
    stretches = [said(words, rate_hz=rate_hz, seed=n) for n, words in enumerate([ONE, ONE, OTHER])]
    first, again, other = same_words(stretches, rate_hz)
    assert first == 0
    assert again > other


def test_whole_numbers_of_any_scale_are_samples():
    sound = said(ONE)
    wide = (sound / np.abs(sound).max() * 2**30).astype(np.int32)
    assert np.allclose(sketch(sound, RATE_HZ), sketch(wide, RATE_HZ), atol=1e-3)


@pytest.mark.parametrize(
    "sound", [np.zeros(0), np.zeros(16_000), said([1]), np.zeros(100, np.int16)]
)
def test_of_what_is_too_short_or_silent_nothing_is_said(sound):
    assert sketch(sound, RATE_HZ) is None
    assert same_words([said(ONE), sound, said(ONE)], RATE_HZ) == [0, 0, 0]


@given(st.floats(0, 10))
@settings(max_examples=40)
def test_no_distance_decides_alone(found):
    assert abs(log_odds(found)) <= MOST_SURE
    assert log_odds(0.6) > 0 > log_odds(0.95)


def test_a_distance_is_of_both_alike_and_none_to_oneself():
    one, other = sketch(said(ONE), RATE_HZ), sketch(said(OTHER), RATE_HZ)
    assert distance(one, one) == 0
    assert distance(one, other) == pytest.approx(distance(other, one))
