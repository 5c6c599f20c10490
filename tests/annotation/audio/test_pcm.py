"""The hash follows the samples, not the file; levels are what arithmetic says."""

import hashlib
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.audio.pcm import dbfs
from annotation.audio.prepare import prepare_clip
from tests.annotation.audio.sounds import speechlike, tone, write, write_av


def facts(path):
    found, _ = prepare_clip(str(path), derivatives=False)
    assert "refused" not in found, found
    return found


def test_the_hash_is_the_one_its_documentation_describes(tmp_path):
    samples = speechlike(0.5)
    expected = hashlib.sha256(
        b"speecheq-pcm-1\0"
        + struct.pack("<II", 16_000, 1)
        + (samples.astype("<i4") << 16).astype("<i4").tobytes()
    ).hexdigest()
    assert facts(write(tmp_path / "a.wav", samples))["pcm_sha256"] == expected


def test_the_same_samples_hash_equal_in_every_lossless_form(tmp_path):
    samples = speechlike()
    forms = [
        write(tmp_path / "a.wav", samples),
        write(tmp_path / "a.flac", samples),
        write(tmp_path / "a.aiff", samples),
        write(tmp_path / "a.caf", samples),
        write(tmp_path / "a24.wav", samples.astype(np.int32) << 16, subtype="PCM_24"),
        write(tmp_path / "a32.wav", samples.astype(np.int32) << 16, subtype="PCM_32"),
        write(tmp_path / "af.wav", samples / 32768.0, subtype="FLOAT"),
        write(tmp_path / "ad.wav", samples / 32768.0, subtype="DOUBLE"),
        write_av(tmp_path / "alac.m4a", samples, container="mp4", codec="alac"),
    ]
    assert len({facts(path)["pcm_sha256"] for path in forms}) == 1


def test_another_rate_another_channel_count_or_one_other_sample_hash_differently(tmp_path):
    samples = speechlike()
    changed = samples.copy()
    changed[-1] += 1
    forms = [
        write(tmp_path / "a.wav", samples),
        write(tmp_path / "b.wav", samples, 8_000),
        write(tmp_path / "c.wav", np.stack([samples, samples], axis=1)),
        write(tmp_path / "d.wav", changed),
    ]
    assert len({facts(path)["pcm_sha256"] for path in forms}) == 4


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32 - 1), frames=st.integers(1600, 200_000))
def test_wav_and_flac_agree_at_any_length(tmp_path, seed, frames):
    samples = np.random.default_rng(seed).integers(-32768, 32767, frames, np.int16)
    wav, flac = write(tmp_path / "a.wav", samples), write(tmp_path / "a.flac", samples)
    assert facts(wav)["pcm_sha256"] == facts(flac)["pcm_sha256"]


def test_a_sine_has_the_level_of_a_sine(tmp_path):
    found = facts(write(tmp_path / "a.wav", tone(peak=1.0), subtype="FLOAT"))
    assert found["peak_dbfs"] == pytest.approx(0.0, abs=0.01)
    assert found["level_dbfs"] == pytest.approx(-3.01, abs=0.01)


def test_halving_the_amplitude_lowers_both_levels_by_six_decibels(tmp_path):
    loud = facts(write(tmp_path / "a.wav", tone(peak=0.8), subtype="DOUBLE"))
    soft = facts(write(tmp_path / "b.wav", tone(peak=0.4), subtype="DOUBLE"))
    assert loud["level_dbfs"] - soft["level_dbfs"] == pytest.approx(6.02, abs=0.02)
    assert loud["peak_dbfs"] - soft["peak_dbfs"] == pytest.approx(6.02, abs=0.02)


def test_no_amplitude_is_minus_200():
    assert dbfs(0.0) == -200.0


@pytest.mark.parametrize(
    ("name", "container", "codec", "media_type"),
    [
        ("a.webm", "webm", "libopus", "audio/webm"),
        ("a.m4a", "mp4", "aac", "audio/mp4"),
        ("a.aac", "adts", "aac", "audio/aac"),
        ("a.opus", "ogg", "libopus", "audio/ogg"),
    ],
)
def test_what_browsers_and_phones_record_is_opened(tmp_path, name, container, codec, media_type):
    found = facts(write_av(tmp_path / name, speechlike(2), container=container, codec=codec))
    assert found["media_type"] == media_type
    assert found["duration_ms"] == pytest.approx(2000, abs=600)
    assert found["channels"] == 1


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.ogg", {"format": "OGG", "subtype": "VORBIS"}),
        ("a.mp3", {"format": "MP3"}),
        ("alaw.wav", {"subtype": "ALAW"}),
        ("u8.wav", {"subtype": "PCM_U8"}),
        ("rf64.wav", {"format": "RF64"}),
    ],
)
def test_what_libsndfile_opens_is_opened_under_any_name(tmp_path, name, how):
    path = write(tmp_path / name, tone(2.0, rate=48_000), 48_000, **how)
    found = facts(path.rename(tmp_path / "renamed.bin"))
    assert found["duration_ms"] == pytest.approx(2000, abs=60)
    assert found["peak_dbfs"] == pytest.approx(-6.02, abs=1.0)


def test_the_figures_are_those_of_the_file(tmp_path):
    stereo = np.stack([tone(1.5, rate=44_100)] * 2, axis=1)
    found = facts(write(tmp_path / "a.wav", stereo, 44_100))
    figures = {name: found[name] for name in ("duration_ms", "sample_rate_hz", "channels")}
    assert figures == {"duration_ms": 1500, "sample_rate_hz": 44_100, "channels": 2}
    assert (found["container"], found["codec"], found["frames"]) == ("wav", "pcm_16", 66_150)
