"""WAV headers: what is taken is read exactly, what lies is refused and says why."""

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.audio.errors import CODES, AudioRefused
from annotation.audio.prepare import prepare_clip
from annotation.recording.wav import open_wav
from annotation.recording.wav_header import GUID_TAIL, W64_RIFF, read_header
from tests.annotation.audio.sounds import speechlike, wav_header, write_av

SOUND = speechlike(0.2)


def put(folder, content: bytes, name="a.wav"):
    path = folder / name
    path.write_bytes(content)
    return path


def encoded(samples=SOUND, rate=16_000, **how) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, **{"format": "WAV", "subtype": "PCM_16", **how})
    return buffer.getvalue()


def refusal(folder, content: bytes) -> tuple[str, str]:
    with pytest.raises(AudioRefused) as refused:
        open_wav(put(folder, content)).read()
    assert refused.value.code in CODES
    return refused.value.code, refused.value.detail


def fmt(tag=1, channels=1, rate=16_000, bits=16, *, align=None, byte_rate=None, more=b"") -> bytes:
    align = channels * bits // 8 if align is None else align
    byte_rate = rate * align if byte_rate is None else byte_rate
    body = struct.pack("<HHIIHH", tag, channels, rate, byte_rate, align, bits) + more
    return struct.pack("<4sI", b"fmt ", len(body)) + body


def chunk(name: bytes, body: bytes, size=None) -> bytes:
    told = len(body) if size is None else size
    return struct.pack("<4sI", name, told) + body + b"\0" * (len(body) % 2)


def riff(*chunks: bytes, magic=b"RIFF", size=None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", magic, len(body) if size is None else size) + body


DATA = chunk(b"data", SOUND.astype("<i2").tobytes())


# What is taken ---------------------------------------------------------------------------------


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
def test_samples_equal_those_of_libsndfile(tmp_path, container, subtype):
    stereo = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    path = put(tmp_path, encoded(stereo, 48_000, format=container, subtype=subtype))
    wav = open_wav(path)
    assert (wav.sample_rate_hz, wav.channels, wav.frames) == (48_000, 2, 500)
    assert wav.bits == {"PCM_16": 16, "PCM_24": 24}.get(subtype, 32)
    np.testing.assert_array_equal(wav.read(), soundfile.read(path, dtype="float32")[0])
    if subtype != "FLOAT":
        np.testing.assert_array_equal(wav.read_int(), soundfile.read(path, dtype="int32")[0])


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
def test_the_hash_of_the_samples_is_that_of_an_imported_clip(tmp_path, subtype):
    path = put(tmp_path, encoded(SOUND / 32768, subtype=subtype))
    facts, _ = prepare_clip(str(path), derivatives=False)
    assert open_wav(path).pcm_sha256() == facts["pcm_sha256"]


@given(st.integers(0, 3200), st.integers(0, 4000))
@settings(max_examples=30)
def test_any_range_is_that_part_of_the_whole(tmp_path_factory, start, length):
    path = put(tmp_path_factory.mktemp("wav"), encoded(subtype="PCM_24"))
    wav = open_wav(path)
    whole = wav.read()
    np.testing.assert_array_equal(wav.read(start, start + length), whole[start : start + length])


def test_blocks_joined_are_the_whole(tmp_path):
    wav = open_wav(put(tmp_path, encoded(subtype="PCM_24")))
    np.testing.assert_array_equal(np.concatenate(list(wav.blocks(999))), wav.read_int())


def test_raw_frames_are_the_bytes_of_the_file(tmp_path):
    content = encoded(subtype="PCM_24")
    wav = open_wav(put(tmp_path, content))
    assert wav.read_raw(10, 20) == content[wav.data_offset + 30 : wav.data_offset + 60]


@pytest.mark.parametrize("span", [(-1, 5), (9, 3), (3201, None)])
def test_a_range_outside_the_file_is_an_error(tmp_path, span):
    with pytest.raises(ValueError, match="no range within 3200"):
        open_wav(put(tmp_path, encoded())).read(*span)


def test_odd_chunks_before_and_after_the_sound_are_passed_over(tmp_path):
    content = riff(chunk(b"bext", b"abc"), fmt(), DATA, chunk(b"id3 ", b"x" * 7))
    assert open_wav(put(tmp_path, content)).frames == len(SOUND)


def test_valid_bits_fewer_than_the_container_are_told(tmp_path):
    more = struct.pack("<HHIH", 22, 20, 0, 1) + GUID_TAIL
    content = riff(fmt(0xFFFE, bits=24, more=more), chunk(b"data", b"\0\x10\0" * 4))
    wav = open_wav(put(tmp_path, content))
    assert (wav.bits, wav.valid_bits) == (24, 20)


def test_a_recording_whose_writer_was_killed_is_what_is_there(tmp_path):
    content = riff(fmt(), chunk(b"data", SOUND.tobytes() + b"x", size=0), size=0)
    assert open_wav(put(tmp_path, content[:-1])).frames == len(SOUND)


def test_a_stream_without_an_end_is_what_is_there(tmp_path):
    content = riff(fmt(), chunk(b"data", SOUND.tobytes(), size=0xFFFFFFFF), size=0xFFFFFFFF)
    assert open_wav(put(tmp_path, content)).frames == len(SOUND)


def test_a_long_size_in_ds64_is_followed(tmp_path):
    sizes = struct.pack("<QQQI", 0, 2 * len(SOUND), len(SOUND), 0)
    sound = chunk(b"data", SOUND.tobytes(), size=0xFFFFFFFF)
    content = riff(chunk(b"ds64", sizes), fmt(), sound, magic=b"BW64", size=0xFFFFFFFF)
    assert open_wav(put(tmp_path, content)).frames == len(SOUND)


def test_the_header_of_a_sparse_long_file_is_read_at_once(tmp_path):
    long_bytes = 5 << 30
    path = tmp_path / "long.wav"
    sizes = struct.pack("<QQQI", 0, long_bytes, 0, 0)
    with path.open("wb") as file:
        file.write(riff(chunk(b"ds64", sizes), fmt(), magic=b"RF64", size=0xFFFFFFFF))
        file.write(struct.pack("<4sI", b"data", 0xFFFFFFFF))
        file.truncate(file.tell() + long_bytes)
    wav = open_wav(path)
    assert wav.frames == long_bytes // 2
    assert wav.read(wav.frames - 3).shape == (3, 1)


# What is refused -------------------------------------------------------------------------------


def test_a_file_without_bytes_is_empty(tmp_path):
    assert refusal(tmp_path, b"")[0] == "empty"


@pytest.mark.parametrize("content", [riff(fmt(), chunk(b"data", b"")), riff(fmt()), riff(DATA[:0])])
def test_a_header_without_samples_is_empty(tmp_path, content):
    assert refusal(tmp_path, content)[0] == "empty"


def test_webm_sent_as_wav_is_told_by_its_first_bytes(tmp_path):
    path = write_av(tmp_path / "b.webm", SOUND, container="webm", codec="libopus")
    code, detail = refusal(tmp_path, path.read_bytes())
    assert code == "not_wav" and "webm" in detail


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "AIFF", "MP3"])
def test_other_formats_sent_as_wav_are_told(tmp_path, kind):
    subtype = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}.get(kind, "PCM_16")
    code, detail = refusal(tmp_path, encoded(format=kind, subtype=subtype))
    assert code == "not_wav" and kind.lower() in detail


@pytest.mark.parametrize("content", [b"hello, this is text", b"\0" * 100, b"RIFF\0\0\0\0AVI LIST"])
def test_what_is_no_sound_is_refused(tmp_path, content):
    assert refusal(tmp_path, content)[0] == "not_audio"


@pytest.mark.parametrize("share", [0.003, 0.3, 0.99])
@pytest.mark.parametrize("container", ["WAV", "RF64", "W64"])
def test_a_file_cut_short_is_truncated(tmp_path, container, share):
    whole = encoded(speechlike(2.0), format=container)
    code = refusal(tmp_path, whole[: max(41, int(len(whole) * share))])[0]
    assert code == "truncated"


def test_the_truncation_names_both_sizes(tmp_path):
    _, detail = refusal(tmp_path, wav_header(9000) + b"\1\2" * 1000)
    assert "9000" in detail and "2000" in detail


def test_a_header_that_counts_too_few_bytes_is_refused(tmp_path):
    content = riff(fmt(), chunk(b"data", SOUND.tobytes(), size=1000))
    code, detail = refusal(tmp_path, content)
    assert code == "corrupt" and "too few bytes" in detail


@pytest.mark.parametrize(
    "lie, told",
    [
        ({"byte_rate": 44_100}, "44100 bytes a second"),
        ({"align": 4}, "frames of 4 bytes"),
        ({"rate": 16_000, "byte_rate": 96_000}, "96000 bytes a second"),
    ],
)
def test_a_format_that_contradicts_itself_is_corrupt(tmp_path, lie, told):
    code, detail = refusal(tmp_path, riff(fmt(**lie), DATA))
    assert code == "corrupt" and told in detail


@pytest.mark.parametrize(
    "odd, code",
    [
        ({"tag": 0x55}, "unsupported"),
        ({"tag": 3, "bits": 64}, "unsupported"),
        ({"bits": 8}, "unsupported"),
        ({"bits": 0}, "unsupported"),
        ({"rate": 0}, "unsupported_rate"),
        ({"rate": 1_000_000}, "unsupported_rate"),
        ({"channels": 0}, "too_many_channels"),
        ({"channels": 64}, "too_many_channels"),
    ],
)
def test_formats_we_do_not_take_are_named(tmp_path, odd, code):
    assert refusal(tmp_path, riff(fmt(**odd), DATA))[0] == code


def test_an_extension_with_another_guid_is_unsupported(tmp_path):
    more = struct.pack("<HHIH", 22, 16, 0, 1) + b"\7" * 14
    assert refusal(tmp_path, riff(fmt(0xFFFE, more=more), DATA))[0] == "unsupported"


def test_more_valid_bits_than_bits_are_corrupt(tmp_path):
    more = struct.pack("<HHIH", 22, 24, 0, 1) + GUID_TAIL
    assert refusal(tmp_path, riff(fmt(0xFFFE, more=more), DATA))[0] == "corrupt"


@pytest.mark.parametrize(
    "chunks",
    [(DATA, fmt()), (fmt(), fmt(), DATA), (fmt(), DATA, DATA), (chunk(b"fmt ", b"\1\0\1\0"), DATA)],
    ids=["sound first", "two formats", "two sounds", "short format"],
)
def test_chunks_out_of_order_or_twice_are_corrupt(tmp_path, chunks):
    assert refusal(tmp_path, riff(*chunks))[0] == "corrupt"


def test_sound_that_is_no_whole_number_of_frames_is_corrupt(tmp_path):
    content = riff(fmt(channels=2), chunk(b"data", b"\1" * 402))
    code, detail = refusal(tmp_path, content)
    assert code == "corrupt" and "402 bytes" in detail


def test_an_rf64_without_its_long_sizes_is_corrupt(tmp_path):
    sound = chunk(b"data", SOUND.tobytes(), size=0xFFFFFFFF)
    assert refusal(tmp_path, riff(fmt(), sound, magic=b"RF64"))[0] == "corrupt"


def test_a_wave64_chunk_smaller_than_its_own_header_is_corrupt(tmp_path):
    whole = bytearray(encoded(format="W64"))
    assert whole[:16] == W64_RIFF
    whole[56:64] = struct.pack("<Q", 3)
    assert refusal(tmp_path, bytes(whole))[0] == "corrupt"


def test_endless_chunks_end(tmp_path):
    content = riff(*[chunk(b"LIST", b"")] * 2000, fmt(), DATA)
    assert refusal(tmp_path, content)[0] == "corrupt"


def test_float_samples_that_are_not_finite_are_refused(tmp_path):
    bad = np.array([0.0, np.nan, np.inf], "<f4").tobytes()
    code, detail = refusal(tmp_path, riff(fmt(3, bits=32), chunk(b"data", bad)))
    assert code == "not_finite" and detail.startswith("2 ")


@given(st.binary(max_size=400), st.integers(0, 300))
@settings(max_examples=40)
def test_whatever_the_bytes_the_header_is_read_or_refused(garbage, keep):
    content = (encoded()[:60] + garbage)[: 60 + keep] if keep % 2 else garbage
    try:
        header = read_header(io.BytesIO(content))
    except AudioRefused as refused:
        assert refused.code in CODES and refused.detail
    else:
        assert header.data_offset + header.frames * header.format.frame_bytes <= len(content)
