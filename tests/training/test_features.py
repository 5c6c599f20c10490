"""Features keep level and pitch, and refuse sound that is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.speech import RATE, buzz, clip
from training.config import FeatureConfig
from training.engine.cache import FeatureCache
from training.engine.features import clip_features, log_mel, mel_filterbank, read_mono
from training.engine.pitch import at_speed, track_pitch
from training.engine.rows import BadData
from training.engine.statistics import clip_statistics, n_statistics

CONFIG = FeatureConfig()


def test_ten_times_the_amplitude_is_twenty_decibels_in_every_band():
    samples = buzz(150, 0.5)
    loud, soft = log_mel(samples, CONFIG), log_mel(samples / 10, CONFIG)
    assert np.median(loud - soft) == pytest.approx(np.log(100), rel=1e-3)


def test_a_tone_lights_the_band_around_it():
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    band = int(log_mel(tone, CONFIG)[50].argmax())
    centre = mel_filterbank(CONFIG)[band].argmax() * RATE / 512
    assert float(centre) == pytest.approx(1000, abs=60)


def test_every_band_of_the_filterbank_hears_something():
    assert (mel_filterbank(CONFIG).sum(dim=1) > 0).all()


@pytest.mark.parametrize("pitch_hz", [80, 120, 220, 400, 600])
def test_pitch_is_found_within_one_percent(pitch_hz):
    found = track_pitch(buzz(pitch_hz, 0.6), CONFIG)
    assert 2 ** np.median(found[10:-10, 0]) == pytest.approx(pitch_hz, rel=0.01)
    assert found[10:-10, 1].min() > 0.8


def test_noise_is_hardly_voiced():
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    assert np.median(track_pitch(noise, CONFIG)[:, 1]) < 0.4


def test_pitch_moved_to_a_speed_is_the_pitch_of_the_clip_at_that_speed():
    moved = at_speed(track_pitch(buzz(150, 0.6), CONFIG), 1.2, 51)
    direct = track_pitch(buzz(180, 0.5), CONFIG)
    assert moved.shape == direct.shape
    assert np.abs(moved[8:-8, 0] - direct[8:-8, 0]).max() < 0.02  # octaves


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 4000), level=st.sampled_from([0.0, 1e-4, 0.5]), seed=st.integers(0, 99))
def test_any_sound_however_short_or_silent_gives_finite_features(n, level, seed):
    samples = (level * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)
    for features in clip_features(samples, CONFIG, (1.0, 0.8, 1.25)).values():
        assert np.isfinite(features.frames).all()
        assert features.statistics.shape == (n_statistics(),)
        assert np.isfinite(features.statistics).all()


def test_statistics_tell_a_rising_from_a_falling_pitch():
    mel = np.zeros((60, 80), dtype=np.float32)
    rising = np.stack([np.linspace(7, 8, 60), np.ones(60), np.zeros(60)], axis=1)
    up = clip_statistics(mel, rising, hop_ms=10)
    down = clip_statistics(mel, rising[::-1], hop_ms=10)
    assert np.abs(up - down).max() > 0.9


def test_stereo_at_another_rate_becomes_mono_at_ours(tmp_path):
    left = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    soundfile.write(tmp_path / "two.wav", np.stack([left, left], axis=1), 48_000)
    samples = read_mono(tmp_path / "two.wav", CONFIG)
    assert samples.shape == (16_000,)
    assert samples.dtype == np.float32


def test_a_long_clip_is_cut_at_the_longest_duration(tmp_path):
    soundfile.write(tmp_path / "long.wav", buzz(100, 1.0), RATE)
    assert len(read_mono(tmp_path / "long.wav", FeatureConfig(max_duration_s=0.5))) == RATE // 2


def test_sound_that_is_none_is_refused_by_name(tmp_path):
    (tmp_path / "text.wav").write_text("not sound")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), RATE)
    nan = np.full(100, np.nan, dtype=np.float32)
    soundfile.write(tmp_path / "nan.wav", nan, RATE, subtype="FLOAT")
    expected = {
        "text.wav": "unreadable_audio",
        "absent.wav": "unreadable_audio",
        "empty.wav": "empty_audio",
        "nan.wav": "audio_not_finite",
    }
    for name, code in expected.items():
        with pytest.raises(BadData, match=name) as caught:
            read_mono(tmp_path / name, CONFIG)
        assert caught.value.code == code


def test_the_cache_gives_what_the_features_are(tmp_path):
    samples = buzz(150, 0.5)
    row = clip(tmp_path, "one", samples)
    held = FeatureCache(tmp_path / "cache", CONFIG).get(row, 1.1)
    again = FeatureCache(tmp_path / "cache", CONFIG).get(row, 1.1)
    fresh = clip_features(read_mono(row.path, CONFIG), CONFIG, (1.1,))[1.1]
    for kept in (held, again):
        assert np.array_equal(kept.frames, fresh.frames)
        assert np.array_equal(kept.statistics, fresh.statistics)


def test_cached_features_need_no_sound(tmp_path):
    row = clip(tmp_path, "one", buzz(150, 0.5))
    FeatureCache(tmp_path / "cache", CONFIG).fill(row, (1.0,))
    row.path.unlink()
    assert len(FeatureCache(tmp_path / "cache", CONFIG).get(row).frames) == 51


def test_without_room_in_memory_features_stay_on_disk(tmp_path):
    row = clip(tmp_path, "one", buzz(150, 0.5))
    roomy = FeatureCache(tmp_path / "cache", CONFIG).get(row)
    mapped = FeatureCache(tmp_path / "cache", CONFIG, memory_bytes=0).get(row)
    assert isinstance(mapped.frames.base, np.memmap)
    assert np.array_equal(mapped.frames, roomy.frames)


def test_another_configuration_never_reads_old_features(tmp_path):
    row = clip(tmp_path, "one", buzz(150, 0.5))
    FeatureCache(tmp_path / "cache", CONFIG).fill(row, (1.0,))
    other = FeatureCache(tmp_path / "cache", FeatureConfig(n_mels=40))
    assert other.get(row).frames.shape == (51, 43)


def test_a_hash_that_is_a_path_is_refused(tmp_path):
    row = replace(clip(tmp_path, "one", buzz(150, 0.5)), audio_sha256="../../etc/passwd")
    with pytest.raises(BadData, match="one") as caught:
        FeatureCache(tmp_path / "cache", CONFIG).get(row)
    assert caught.value.code == "bad_audio_hash"


def test_a_failed_clip_leaves_nothing_in_the_cache(tmp_path):
    (tmp_path / "bad.flac").write_text("not sound")
    row = clip(tmp_path, "one", buzz(150, 0.5))
    with pytest.raises(BadData):
        FeatureCache(tmp_path / "cache", CONFIG).get(replace(row, path=tmp_path / "bad.flac"))
    assert not list((tmp_path / "cache").rglob("*.*"))
