"""WAV files of the client: read, cut, joined and made exact."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.audio.errors import AudioRefused
from annotation.recording.wsr_wav import Format, header, join, part, read_wave
from tests.recording import speech, wav
from tests.wsr_client import written_wav

RNG = np.random.default_rng(7)
NOISE = RNG.uniform(-0.5, 0.5, 5_000).astype("<f4")


def read(data: bytes):
    return read_wave(io.BytesIO(data))


def joined(tmp_path, *pieces: bytes):
    paths = [tmp_path / f"{n}.wav" for n in range(len(pieces))]
    for path, piece in zip(paths, pieces, strict=True):
        path.write_bytes(piece)
    target = tmp_path / "all.wav"
    return join(paths, target), target


@pytest.mark.parametrize("as_float", [True, False])
@pytest.mark.parametrize("frames", [1, 7, 240, 250, 5_000])
def test_what_the_client_writes_is_read_to_the_frame(as_float, frames):
    found = read(written_wav(NOISE[:frames], as_float=as_float))
    assert (found.frames, found.format.is_float) == (frames, as_float)


def test_the_rest_of_the_clients_buffer_is_no_sound(tmp_path):
    _, target = joined(tmp_path, written_wav(NOISE, as_float=False))
    assert target.stat().st_size == 44 + 2 * len(NOISE)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
def test_files_of_other_programs_are_read(subtype, kind):
    buffer = io.BytesIO()
    soundfile.write(buffer, NOISE, 44_100, format=kind, subtype=subtype)
    found = read(buffer.getvalue())
    assert (found.frames, found.format.rate_hz) == (len(NOISE), 44_100)


@settings(max_examples=40, deadline=None)
@given(
    channels=st.integers(1, 3),
    bits=st.sampled_from([16, 24, 32]),
    is_float=st.booleans(),
    frames=st.integers(0, 50),
)
def test_a_header_promises_what_follows(channels, bits, is_float, frames):
    form = Format(is_float, channels, 48_000, 32 if is_float else bits)
    length = frames * form.frame_bytes
    whole = header(form, length) + bytes(length + length % 2)
    found = read(whole)
    assert (found.format, found.frames) == (form, frames)
    assert struct.unpack("<I", whole[4:8])[0] == len(whole) - 8


@pytest.mark.parametrize("as_float", [True, False])
def test_samples_stay_as_they_came(tmp_path, as_float):
    form, target = joined(tmp_path, written_wav(NOISE, as_float=as_float))
    kept = soundfile.read(target, dtype="float32")[0]
    expected = NOISE if as_float else np.round(NOISE * 32768) / np.float32(32768)
    assert np.array_equal(kept, expected)
    assert form.is_float == as_float


def test_an_exact_file_stays_as_it_is(tmp_path):
    sent = wav(speech(0.5), bits=24)
    assert joined(tmp_path, sent)[1].read_bytes() == sent


@pytest.mark.parametrize("cut", [[1_000, 3_000], [1], [4_999]])
def test_pieces_become_what_the_whole_would_have_been(tmp_path, cut):
    pieces = [written_wav(each) for each in np.split(NOISE, cut)]
    whole = joined(tmp_path, written_wav(NOISE))[1].read_bytes()
    assert joined(tmp_path, *pieces)[1].read_bytes() == whole


def test_a_rate_that_changes_between_pieces_is_refused(tmp_path):
    with pytest.raises(AudioRefused, match="44100 Hz") as refused:
        joined(tmp_path, written_wav(NOISE), written_wav(NOISE, rate_hz=44_100))
    assert refused.value.code == "corrupt"


@pytest.mark.parametrize(("start", "length"), [(0, 10), (100, 50), (4_990, 500), (0, 99_999)])
def test_a_part_holds_the_frames_it_was_asked_for(start, length):
    sent = wav(NOISE, bits=24)
    found = part(io.BytesIO(sent), read(sent), start_frame=start, frames=length)
    assert found is not None
    kept = soundfile.read(io.BytesIO(found), dtype="float64")[0]
    whole = soundfile.read(io.BytesIO(sent), dtype="float64")[0]
    assert np.array_equal(kept, whole[start : start + length])


def test_the_client_can_check_a_part_to_the_byte():
    """WavReader.readHeader compares the RIFF size with what it got."""
    sent = written_wav(NOISE, as_float=False)
    found = part(io.BytesIO(sent), read(sent), start_frame=3, frames=33)
    assert found is not None
    assert struct.unpack("<I", found[4:8])[0] == len(found) - 8


def test_past_the_end_there_is_no_part():
    sent = wav(NOISE)
    assert part(io.BytesIO(sent), read(sent), start_frame=len(NOISE), frames=1) is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_audio"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "not_audio"),
        (b"RIFF\0\0\0\0WAVE", "corrupt"),
        (wav(NOISE)[:-100], "truncated"),
        (wav(NOISE)[:30], "corrupt"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 2_000, "corrupt"),
    ],
)
def test_what_is_no_whole_wav_file_is_refused(data, code):
    with pytest.raises(AudioRefused) as refused:
        read(data)
    assert refused.value.code == code


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 43), value=st.integers(0, 255))
def test_no_header_is_read_with_an_error_of_another_kind(at, value):
    sent = bytearray(wav(NOISE[:50]))
    sent[at] = value
    try:
        found = read(bytes(sent))
    except AudioRefused:
        return
    assert found.start + found.length <= len(sent)
