"""Every kind of bad file is refused under its own code, and says why."""

import struct

import numpy as np
import pytest

from annotation.audio.prepare import prepare_clip
from tests.annotation.audio.sounds import speechlike, tone, wav_header, write, write_av


def refusal(path, **bounds):
    facts, blobs = prepare_clip(str(path), bounds=bounds)
    assert not blobs
    return facts["refused"]["code"], facts["refused"]["detail"]


def put(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_without_bytes_is_empty(tmp_path):
    assert refusal(put(tmp_path, "a.wav", b""))[0] == "empty"


@pytest.mark.parametrize("content", [wav_header(0), wav_header(0)[:-8]])
def test_a_header_without_samples_is_empty(tmp_path, content):
    content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    assert refusal(put(tmp_path, "a.wav", content))[0] == "empty"


def test_a_caf_header_without_samples_is_empty(tmp_path):
    whole = write(tmp_path / "a.caf", speechlike()).read_bytes()
    assert refusal(put(tmp_path, "a.caf", whole[:56]))[0] == "empty"


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.caf", "a.au", "a.nist"])
@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_file_cut_short_is_truncated(tmp_path, name, share):
    whole = write(tmp_path / name, speechlike(3.0)).read_bytes()
    code, _ = refusal(put(tmp_path, name, whole[: int(len(whole) * share)]))
    assert code == "truncated"


def test_the_truncation_names_both_sizes(tmp_path):
    _, detail = refusal(put(tmp_path, "a.wav", wav_header(9000) + b"\1\2" * 1000))
    assert "9000" in detail and "2000" in detail


def test_a_file_that_ends_inside_its_header_is_truncated(tmp_path):
    whole = write(tmp_path / "a.wav", speechlike()).read_bytes()
    assert refusal(put(tmp_path, "a.wav", whole[:30]))[0] == "truncated"


def test_an_m4a_whose_end_is_missing_is_refused(tmp_path):
    whole = write_av(tmp_path / "a.m4a", speechlike(), container="mp4", codec="aac").read_bytes()
    assert refusal(put(tmp_path, "a.m4a", whole[: len(whole) // 2]))[0] == "corrupt"


def test_a_recording_streamed_to_a_pipe_promises_nothing_and_is_taken(tmp_path):
    sound = speechlike().tobytes()
    path = put(tmp_path, "a.wav", wav_header(0xFFFFFFFF - 36)[:-4] + b"\xff" * 4 + sound)
    facts, _ = prepare_clip(str(path))
    assert facts["duration_ms"] == 1000


@pytest.mark.parametrize(
    "content",
    [
        b"just words, and more of them",
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.wav\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
        b"\xff\xd8\xff\xe0" + b"\0" * 60,
        b"PK\x03\x04" + b"\0" * 60,
        b"RIFF\x24\0\0\0AVI " + b"\0" * 60,
        b"\0" * 200,
        b"\xff" * 200,
    ],
)
def test_what_is_no_audio_is_refused_whatever_its_name(tmp_path, content):
    assert refusal(put(tmp_path, "a.wav", content))[0] == "not_audio"


def test_a_matroska_header_with_nothing_behind_it_is_corrupt(tmp_path):
    assert refusal(put(tmp_path, "a.webm", b"\x1a\x45\xdf\xa3" + b"\x01" * 200))[0] == "corrupt"


def test_video_without_sound_is_not_audio(tmp_path):
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame(64, 64, "yuv420p")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert refusal(path)[0] == "not_audio"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path, value):
    samples = tone()
    samples[100] = value
    code, detail = refusal(write(tmp_path / "a.wav", samples, subtype="FLOAT"))
    assert code == "not_finite" and detail.startswith("1 samples")


def test_digital_silence_is_refused(tmp_path):
    assert refusal(write(tmp_path / "a.wav", np.zeros(16_000, np.int16)))[0] == "silent"


def test_a_peak_below_the_floor_is_silence(tmp_path):
    path = write(tmp_path / "a.wav", tone(peak=2e-5), subtype="FLOAT")
    assert refusal(path)[0] == "silent"


def test_one_step_of_a_16_bit_converter_is_not_taken_for_silence(tmp_path):
    samples = np.zeros(16_000, np.int16)
    samples[::50] = 2
    assert "refused" not in prepare_clip(str(write(tmp_path / "a.wav", samples)))[0]


def test_channels_that_cancel_each_other_are_refused(tmp_path):
    left = tone()
    code, detail = refusal(write(tmp_path / "a.wav", np.stack([left, -left], axis=1)))
    assert code == "silent" and "cancel" in detail


def test_a_sound_shorter_than_a_clip_may_be_is_refused(tmp_path):
    assert refusal(write(tmp_path / "a.wav", tone(0.05)))[0] == "too_short"


def test_a_sound_longer_than_a_clip_may_be_is_refused_by_its_header(tmp_path):
    assert refusal(write(tmp_path / "a.flac", tone(3)), max_ms=2000)[0] == "too_long"


def test_a_sound_that_hides_its_length_is_still_refused(tmp_path):
    path = write_av(tmp_path / "a.webm", speechlike(3), container="webm", codec="libopus")
    assert refusal(path, max_ms=2000)[0] == "too_long"


def test_a_file_with_too_many_bytes_is_refused_before_it_is_read(tmp_path):
    assert refusal(write(tmp_path / "a.wav", tone()), max_bytes=1000)[0] == "too_large"


def test_rates_and_channels_out_of_range_are_refused(tmp_path):
    assert refusal(write(tmp_path / "a.wav", tone(rate=2000), 2000))[0] == "unsupported_rate"
    many = np.repeat(tone()[:, None], 9, axis=1)
    assert refusal(write(tmp_path / "b.wav", many))[0] == "too_many_channels"


def test_a_wav_whose_codec_nobody_knows_is_refused(tmp_path):
    content = wav_header(4000, tag=0x1234) + b"\1\2" * 2000
    assert refusal(put(tmp_path, "a.wav", content))[0] == "unsupported"


def test_an_unknown_bound_is_an_error_of_the_caller(tmp_path):
    with pytest.raises(ValueError, match="max_minutes"):
        prepare_clip(str(write(tmp_path / "a.wav", tone())), bounds={"max_minutes": 3})
