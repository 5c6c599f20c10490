"""Silence in blocks against pydub on the whole file."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydub import AudioSegment
from pydub import silence as by_pydub

from annotation.recording.silence import (
    Search,
    SilenceFinder,
    length_ms,
    nonsilent,
    regions_of,
    with_margins,
)


def segment(samples: np.ndarray, rate_hz: int, bits: int) -> AudioSegment:
    """As pydub reads a mono WAV of these samples (24 bits come left-justified)."""
    if bits == 16:
        return AudioSegment(data=samples.tobytes(), sample_width=2, frame_rate=rate_hz, channels=1)
    three = samples.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    return AudioSegment(data=three, sample_width=3, frame_rate=rate_hz, channels=1)


def in_blocks(
    samples: np.ndarray, cuts: list[int], **how: float | int
) -> tuple[list[tuple[int, int]], int]:
    finder = SilenceFinder(**how)  # type: ignore[arg-type]
    for block in np.split(samples, sorted(c % (len(samples) + 1) for c in cuts)):
        finder.feed(block)
    return finder.finish()


@st.composite
def sounds(draw: st.DrawFn) -> tuple[np.ndarray, int, int]:
    """Stretches of noise of any loudness, digital silence and constants among them."""
    rate_hz = draw(st.sampled_from([8000, 11025, 16000, 22050, 44100]))
    bits = draw(st.sampled_from([16, 24]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = []
    for _ in range(draw(st.integers(1, 7))):
        n = draw(st.integers(1, rate_hz // 8))
        loud = 10 ** draw(st.sampled_from([-9.0, -4.0, -3.0, -2.3, -2.0, -1.7, -1.0, 0.0]))
        kind = draw(st.sampled_from(["noise", "constant", "square"]))
        shape = {
            "noise": lambda n=n: rng.uniform(-1, 1, n),
            "constant": lambda n=n: np.full(n, -1.0),
            "square": lambda n=n: np.where(np.arange(n) % 2, 1.0, -1.0),
        }[kind]()
        parts.append(loud * shape)
    sound = np.concatenate(parts)
    if bits == 16:
        return np.round(sound * 32767).astype(np.int16), rate_hz, bits
    return (np.round(sound * (2**23 - 1)).astype(np.int32) << 8), rate_hz, bits


@given(
    sound=sounds(),
    min_ms=st.integers(1, 150),
    threshold=st.one_of(st.floats(-100, 0), st.sampled_from([-60.0, -40.0, -20.0, 0.0])),
    cuts=st.lists(st.integers(0, 100_000), max_size=9),
)
@settings(max_examples=40, deadline=None)
def test_blocks_cut_anywhere_give_what_pydub_finds_in_the_whole(sound, min_ms, threshold, cuts):
    samples, rate_hz, bits = sound
    whole = segment(samples, rate_hz, bits)
    found, n_ms = in_blocks(
        samples, cuts, rate_hz=rate_hz, bits=bits, min_silence_ms=min_ms, threshold_dbfs=threshold
    )
    assert n_ms == len(whole)
    expected = by_pydub.detect_silence(whole, min_ms, threshold)
    assert [list(r) for r in found] == expected
    spoken = by_pydub.detect_nonsilent(whole, min_ms, threshold)
    spoken = [r for r in spoken if r != [0, 0]]  # pydub's answer for less than a millisecond
    assert [list(r) for r in nonsilent(found, n_ms)] == spoken


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_level_one_step_from_the_threshold_falls_as_in_pydub(bits, off):
    scale = 2 ** (bits - 1)
    level = int(scale * 0.5) + off
    samples = np.full(4000, level, np.int16 if bits == 16 else np.int32)
    samples = samples if bits == 16 else samples << 8
    threshold = 20 * np.log10(0.5)
    how = {"rate_hz": 8000, "bits": bits, "min_silence_ms": 100, "threshold_dbfs": threshold}
    found, _ = in_blocks(samples, [777, 2000], **how)
    expected = by_pydub.detect_silence(segment(samples, 8000, bits), 100, threshold)
    assert [list(r) for r in found] == expected


def test_a_slice_that_hangs_on_rounding_is_decided_by_pydub(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "annotation.recording.silence._rms_by_pydub", lambda *a: asked.append(a) or 0
    )
    samples = np.full(8000, 2**22 << 8, np.int32)
    threshold = 20 * np.log10((2**30 - 1) / 2**31)  # one below what the samples have
    finder = SilenceFinder(rate_hz=8000, bits=24, min_silence_ms=900, threshold_dbfs=threshold)
    finder.feed(samples)
    found, _ = finder.finish()
    assert len(asked) == 101
    assert found == [(0, 1000)]


def test_only_as_much_sound_is_kept_as_the_shortest_silence_lasts():
    finder = SilenceFinder(rate_hz=8000, bits=16, min_silence_ms=200, threshold_dbfs=-40)
    for _ in range(50):
        finder.feed(np.ones(3217, np.int16))
    assert len(finder._tail) <= 8 * 200 + 8
    assert len(finder._high) < 200


def test_a_file_shorter_than_the_shortest_silence_is_one_region():
    found, n_ms = in_blocks(
        np.zeros(800, np.int16), [], rate_hz=8000, bits=16, min_silence_ms=500, threshold_dbfs=-40
    )
    assert found == []
    assert nonsilent(found, n_ms) == [(0, 100)]


def test_digital_silence_has_no_region():
    found, n_ms = in_blocks(
        np.zeros(8000, np.int16), [], rate_hz=8000, bits=16, min_silence_ms=500, threshold_dbfs=-90
    )
    assert nonsilent(found, n_ms) == []


@given(
    gaps=st.lists(st.integers(1, 900), min_size=2, max_size=12),
    keep_ms=st.integers(0, 400),
)
@settings(max_examples=40, deadline=None)
def test_margins_are_shared_as_pydub_shares_them(gaps, keep_ms):
    edges = np.cumsum([0, *gaps])
    ranges = [(int(a), int(b)) for a, b in zip(edges[1::2], edges[2::2], strict=False)]
    n_ms = int(edges[-1]) + 50
    got = with_margins(ranges, keep_ms, n_ms)
    whole = segment(np.zeros(n_ms, np.int16), 1000, 16)
    with mock.patch.object(by_pydub, "detect_nonsilent", return_value=ranges):
        pieces = by_pydub.split_on_silence(whole, keep_silence=keep_ms)
    assert [end - start for start, end in got] == [len(p) for p in pieces]


def test_a_click_between_silences_is_no_region():
    search = Search(keep_ms=50, min_speech_ms=100)
    assert regions_of([(0, 1000), (1040, 2000), (2600, 3000)], 3000, search) == [(1950, 2650)]


def test_a_threshold_may_follow_the_noise_floor():
    assert Search(above_noise_db=10).threshold(-62.34) == -52.3
    assert Search(threshold_dbfs=-35).threshold(-62.34) == -35
    assert Search(above_noise_db=30).threshold(-10) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"min_silence_ms": 5}, "min_silence_ms 5 is outside 10 to 60000."),
        ({"threshold_dbfs": 3.0}, "threshold_dbfs 3 is outside -120 to 0."),
        ({"keep_ms": -1}, "keep_ms -1 is outside 0 to 10000."),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_in_words(given, said):
    with pytest.raises(ValueError, match=said):
        Search(**given)


def test_the_length_is_rounded_as_pydub_rounds():
    assert [length_ms(n, 8000) for n in (0, 3, 4, 5, 12, 8000)] == [0, 0, 0, 1, 2, 1000]
