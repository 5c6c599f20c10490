"""Derivatives: exact counts, nothing normalised, the same bytes every time."""

import io
import json

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annotation.audio.derive import peaks, to_16k
from annotation.audio.prepare import prepare_clip
from annotation.audio.spectrogram import (
    BANDS,
    LINEAR_BANDS,
    MAX_WIDTH,
    band_db,
    linear_filters,
    mel_filters,
    spectrogram_png,
)
from tests.annotation.audio.sounds import speechlike, tone, write


def derive(path):
    facts, blobs = prepare_clip(str(path))
    samples, rate = soundfile.read(io.BytesIO(blobs["audio"]), dtype="int16")
    assert rate == 16_000 and samples.ndim == 1
    return facts, blobs, samples


def test_a_16_khz_mono_source_keeps_every_sample(tmp_path):
    samples = speechlike(2)
    assert np.array_equal(derive(write(tmp_path / "a.wav", samples))[2], samples)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 20_000),
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000]),
)
def test_the_number_of_samples_is_exact_at_every_rate(frames, rate):
    assert len(to_16k(np.zeros(frames, np.float32), rate)) == max(1, round(frames * 16_000 / rate))


def test_resampling_keeps_a_tone_and_its_level():
    at_48k = tone(2, rate=48_000, hz=1000, peak=0.25).astype(np.float32)
    middle = to_16k(at_48k, 48_000)[8000:24_000] / 32768
    expected = tone(2, hz=1000, peak=0.25)[8000:24_000]
    assert np.abs(middle - expected).max() < 1e-3


def test_a_tone_above_8_khz_does_not_fold_back():
    left = to_16k(tone(1, rate=48_000, hz=10_000).astype(np.float32), 48_000)
    assert np.abs(left[1000:-1000]).max() < 10


def test_samples_that_overshoot_are_clipped_not_wrapped():
    square = np.sign(tone(0.5, rate=44_100, hz=300)).astype(np.float32)
    out = to_16k(square, 44_100)
    assert out.max() == 32767 and out.min() == -32768
    assert np.array_equal(np.sign(out[500:520]), np.sign(tone(0.5, hz=300)[500:520]))


def test_stereo_becomes_the_mean_of_its_channels(tmp_path):
    left = speechlike(1, seed=1).astype(np.int32) & ~1
    right = speechlike(1, seed=2).astype(np.int32) & ~1
    path = write(tmp_path / "a.wav", np.stack([left, right], axis=1).astype(np.int16))
    assert np.array_equal(derive(path)[2], (left + right) // 2)


def test_loudness_is_kept(tmp_path):
    soft = derive(write(tmp_path / "a.wav", tone(peak=0.01), 16_000))[2]
    assert np.abs(soft).max() == pytest.approx(328, abs=1)


def test_the_same_file_gives_the_same_bytes(tmp_path):
    path = write(tmp_path / "a.wav", speechlike(2, rate=44_100), 44_100)
    assert derive(path)[1] == derive(path)[1]


def test_peaks_hold_the_lowest_and_highest_of_each_stretch():
    samples = speechlike(0.255)
    found = peaks(samples)
    assert found.shape == (26, 2)
    assert tuple(found[3]) == (samples[480:640].min(), samples[480:640].max())
    assert tuple(found[25]) == (samples[4000:].min(), samples[4000:].max())


def test_the_peaks_file_says_how_to_draw_it(tmp_path):
    _, blobs, samples = derive(write(tmp_path / "a.wav", speechlike(3.0)))
    content = json.loads(blobs["peaks"])
    data = content.pop("data")
    assert content == {
        "version": 1,
        "sample_rate_hz": 16_000,
        "samples_per_peak": 160,
        "bits": 16,
        "duration_ms": 3000,
    }
    assert len(data) == 600
    assert (min(data), max(data)) == (samples.min(), samples.max())


def test_every_mel_band_hears_something():
    assert mel_filters().shape == (BANDS, 257)
    assert (mel_filters().sum(axis=1) > 0).all()


def test_a_tone_is_brightest_in_its_own_band():
    centres_hz = mel_filters().argmax(axis=1) * 16_000 / 512
    for hz in (200, 3000):
        column = band_db((tone(hz=hz) * 32767).astype(np.int16), mel_filters())[:, 50]
        assert abs(centres_hz[column.argmax()] - hz) < 130


@pytest.mark.parametrize("hz", [300, 1000, 5010])
def test_a_tone_stands_at_its_own_height_on_the_linear_scale(hz):
    column = band_db((tone(hz=hz) * 32767).astype(np.int16), linear_filters())[:, 50]
    assert abs((column.argmax() + 0.5) * 8000 / LINEAR_BANDS - hz) < 63


def test_the_linear_picture_has_its_own_height():
    image = Image.open(io.BytesIO(spectrogram_png(speechlike(1.0), "linear")))
    assert (image.mode, image.size) == ("P", (100, LINEAR_BANDS))


def test_a_click_lights_up_the_column_of_its_time():
    samples = np.zeros(16_000, np.int16)
    samples[8000:8016] = 20_000
    assert abs(int(band_db(samples, mel_filters()).max(axis=0).argmax()) - 50) <= 1


def test_the_spectrogram_of_three_seconds_is_small_and_paletted():
    png = spectrogram_png(speechlike(3.0))
    image = Image.open(io.BytesIO(png))
    assert (image.mode, image.size) == ("P", (300, BANDS))
    assert len(png) < 30_000


def test_a_long_sound_gets_a_picture_of_bounded_width():
    assert band_db(speechlike(60), mel_filters()).shape[1] <= MAX_WIDTH


def test_stages_are_timed_only_when_asked_for(tmp_path):
    path = str(write(tmp_path / "a.wav", speechlike(1, rate=48_000), 48_000))
    timed, _ = prepare_clip(path, time_stages=True)
    wanted = {"open", "decode", "hash", "level", "resample", "flac", "peaks", "spectrogram"}
    assert set(timed["stages"]) == wanted
    assert "stages" not in prepare_clip(path)[0]
