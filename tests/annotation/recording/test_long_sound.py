"""Hours of sound read block by block, and cut without a change."""

from __future__ import annotations

import hashlib
import io
import tracemalloc

import numpy as np
import pytest
import soundfile

from annotation.audio.errors import AudioRefused
from annotation.recording import long_sound
from annotation.recording.long_sound import cut, find_regions, noise_floor, open_long, survey
from annotation.recording.peaks_file import PeaksWriter, read_peaks
from speecheq.sentences import restored
from tests.long_sounds import RATE_HZ, SPOKEN_MS, dialogue, file_bytes

SEARCH = {"min_silence_ms": 400, "threshold_dbfs": -45.0, "keep_ms": 100}


@pytest.fixture(params=["WAV 16", "WAV 24", "RF64 24", "W64 16", "FLAC 16", "FLAC 24"])
def path(request, tmp_path):
    form, bits = request.param.split()
    found = tmp_path / "long.bin"
    found.write_bytes(file_bytes(dialogue(), form=form, bits=int(bits)))
    return found


def exactly(path, channel):
    """(frames,) int32 by libsndfile."""
    return soundfile.read(path, dtype="int32", always_2d=True)[0][:, channel]


@pytest.mark.parametrize("channel", [0, 1])
def test_every_sample_is_read_as_it_is(path, channel, monkeypatch):
    sound = open_long(path)
    blocks = list(sound.blocks(channel, size=7001))
    assert {len(block) for block in blocks[:-1]} == {7001}
    wide = np.concatenate(blocks).astype(np.int64) << (32 - sound.bits if sound.bits == 16 else 0)
    assert np.array_equal(wide, exactly(path, channel))


def test_a_cut_has_the_same_samples_at_the_same_depth(path):
    facts, blobs = cut(path=str(path), channel=1, start=1234, end=20_001, note="p01")
    assert facts == {}
    bits = open_long(path).bits
    with soundfile.SoundFile(io.BytesIO(blobs["wav"])) as found:
        assert (found.subtype, found.channels, found.samplerate) == (f"PCM_{bits}", 1, RATE_HZ)
        assert found.comment == "p01"
        assert np.array_equal(found.read(dtype="int32"), exactly(path, 1)[1234:20_001])


def test_a_long_cut_of_a_file_of_many_channels_holds_little_beside_itself(tmp_path):
    path = tmp_path / "many.wav"
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1_000_000, 6))
    soundfile.write(path, noise, RATE_HZ, subtype="PCM_24")
    sound = open_long(path)
    tracemalloc.start()
    made = long_sound.wav_of(sound, 3, 0, sound.frames)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(exactly(io.BytesIO(made), 0), exactly(path, 3))
    assert peak < 4 * len(made)


def test_spoken_stretches_are_found_where_they_are(path):
    found, _blobs = find_regions(path=str(path), channel=0, search=SEARCH, noise_dbfs=-70)
    ms = [[round(f * 1000 / RATE_HZ) for f in region] for region in found["regions"]]
    assert ms == [pytest.approx([a - 100, b + 100], abs=25) for a, b in SPOKEN_MS]
    assert found["spoken_ms"] == [pytest.approx(b - a, abs=50) for a, b in SPOKEN_MS]


def test_a_survey_tells_what_the_file_is(path):
    facts, blobs = survey(path=str(path), channel=0)
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (facts["frames"], facts["channels"]) == (10 * RATE_HZ, 2)
    assert facts["noise_dbfs"] == pytest.approx(-70.5, abs=1)
    assert facts["suffix"] in (".wav", ".flac")
    assert blobs["peaks"].startswith(b"SQPEAKS1")


def test_a_channel_that_is_not_there_is_refused_in_words(path):
    facts, _blobs = survey(path=str(path), channel=2)
    assert facts["refused"]["code"] == "no_such_channel"
    assert restored(facts["refused"]) == "Channel 2 is not there: the file has 0 to 1."


def test_a_flac_that_ends_early_is_refused(tmp_path):
    path = tmp_path / "short.flac"
    path.write_bytes(file_bytes(dialogue(), form="FLAC")[:150_000])
    facts, _blobs = survey(path=str(path), channel=0)
    assert facts["refused"]["code"] in ("truncated", "corrupt")


@pytest.mark.parametrize(
    ("subtype", "told"),
    [("FLOAT", "whole numbers of 16 or 24 bits"), ("PCM_32", "32 bits. Takes have 16 or 24")],
)
def test_depths_that_takes_do_not_have_are_refused(tmp_path, subtype, told):
    path = tmp_path / "deep.wav"
    soundfile.write(path, dialogue(), RATE_HZ, subtype=subtype)
    with pytest.raises(AudioRefused, match=told):
        open_long(path)


def test_more_than_three_hours_are_refused(path, monkeypatch):
    monkeypatch.setattr(long_sound, "MAX_S", 5)
    with pytest.raises(AudioRefused, match="3 h are the most"):
        open_long(path)


def test_the_noise_floor_knows_no_digital_silence():
    power = np.concatenate([np.zeros(50), np.full(30, 1e-6), np.full(60, 1e-2)])
    assert noise_floor(power) == -60.0
    assert noise_floor(np.zeros(5)) == -96.0


# --- the waveform -----------------------------------------------------------------------------


def written(samples, *, block=5000):
    writer = PeaksWriter()
    for start in range(0, len(samples), block):
        writer.feed(samples[start : start + block])
    return io.BytesIO(writer.finish(RATE_HZ))


@pytest.mark.parametrize("bins", [10, 300, 5000, 100_000])
@pytest.mark.parametrize("span", [(0, 1_000_001), (300_000, 310_000), (999_000, 1_000_001)])
def test_each_stretch_of_the_waveform_has_its_extremes(bins, span):
    samples = np.random.default_rng(1).integers(-30_000, 30_000, 1_000_001).astype(np.int16)
    peaks = read_peaks(written(samples), *span, bins)
    assert peaks.start <= span[0]
    assert peaks.start + len(peaks.pairs) * peaks.bin_frames >= span[1]
    for k, (low, high) in enumerate(peaks.pairs[:50]):
        at = peaks.start + k * peaks.bin_frames
        part = samples[at : at + peaks.bin_frames]
        assert (low, high) == (part.min(), part.max())


def test_a_view_of_hours_is_small():
    peaks = read_peaks(written(np.zeros(6_000_000, np.int16), block=1 << 17), 0, 6_000_000, 1000)
    assert 250 <= len(peaks.pairs) <= 1000


def test_24_bits_are_drawn_in_16():
    samples = np.array([-(2**31), 2**30], np.int32).repeat(256)
    assert read_peaks(written(samples), 0, 512, 100).pairs.tolist() == [[-32768] * 2, [16384] * 2]


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="no file of peaks"):
        read_peaks(io.BytesIO(b"RIFF" + bytes(60)), 0, 100, 10)
