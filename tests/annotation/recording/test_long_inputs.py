"""What people send as a long file: read as it is, or refused in words."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from annotation.audio.errors import AudioRefused
from annotation.recording.long_sound import find_regions, open_long, survey
from annotation.recording.silence import Search

RATE_HZ = 48_000


def voice(*, rate_hz=RATE_HZ, channels=1, seconds=3.0):
    """(frames, channels) float: one second of voice in the middle of faint noise."""
    rng = np.random.default_rng(3)
    n = round(seconds * rate_hz)
    sound = rng.normal(0, 3e-4, (n, channels))
    t = np.arange(n) / rate_hz
    spoken = (t > 1) & (t < 2)
    sound[spoken] += (0.1 * np.sin(2 * np.pi * 150 * t[spoken]))[:, None]
    return sound


def saved(sound, *, rate_hz=RATE_HZ, form="WAV", subtype="PCM_16") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, rate_hz, format=form, subtype=subtype)
    return buffer.getvalue()


@pytest.fixture
def given(tmp_path):
    """Writes bytes as a file that calls itself a WAV."""

    def write(sound: bytes):
        path = tmp_path / "given.wav"
        path.write_bytes(sound)
        return path

    return write


def regions(path, channel=0, **search):
    found = survey(path=str(path), channel=channel)[0]
    assert "refused" not in found, found
    how = {"path": str(path), "channel": channel, "search": search}
    return find_regions(**how, noise_dbfs=found["noise_dbfs"])[0]["regions"]


def refused(path, channel=0) -> tuple[str, str]:
    told = survey(path=str(path), channel=channel)[0]["refused"]
    return told["code"], told["detail"]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 96_000, 192_000])
def test_any_usual_rate_is_read(given, rate_hz):
    found = regions(given(saved(voice(rate_hz=rate_hz), rate_hz=rate_hz)))
    keep_s = Search().keep_ms / 1000
    assert [[f / rate_hz for f in region] for region in found] == [
        pytest.approx([1 - keep_s, 2 + keep_s], abs=0.03)
    ]


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_every_channel_of_a_file_can_be_the_speakers(given, channels):
    sound = voice(channels=channels) * np.linspace(0.4, 1, channels)
    path = given(saved(sound))
    whole = soundfile.read(path, dtype="int16", always_2d=True)[0]
    for channel in range(channels):
        assert np.array_equal(open_long(path).read(channel, 0, len(whole)), whole[:, channel])
    assert len(regions(path, channels - 1)) == 1
    assert refused(path, channels)[0] == "no_such_channel"


@pytest.mark.parametrize("form", ["WAVEX", "RF64", "W64"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_other_headers_of_the_same_samples_are_read(given, form, subtype):
    path = given(saved(voice(channels=2), form=form, subtype=subtype))
    sound = open_long(path)
    assert (sound.channels, sound.bits) == (2, int(subtype[-2:]))
    assert len(regions(path, 1)) == 1


@pytest.mark.parametrize(
    ("subtype", "code", "said"),
    [
        ("PCM_U8", "unsupported", "8 bits"),
        ("PCM_32", "unsupported_bits", "32 bits"),
        ("FLOAT", "unsupported_bits", "floating-point numbers of 32 bits"),
        ("DOUBLE", "unsupported", "64 bits"),
        ("ULAW", "unsupported", "0x0007"),
        ("IMA_ADPCM", "unsupported", "0x0011"),
    ],
)
def test_samples_that_takes_do_not_have_are_refused(given, subtype, code, said):
    found, detail = refused(given(saved(voice(), subtype=subtype)))
    assert found == code
    assert said in detail


def test_a_file_of_another_kind_is_told_what_is_taken(given):
    found, detail = refused(given(saved(voice(), form="OGG", subtype="VORBIS")))
    assert found == "not_wav"
    assert detail == (
        "By its first bytes the file is ogg. Send a WAV or FLAC file of 16 or 24 bits."
    )


def changed(at: int, form: str, value: int, sound: bytes | None = None) -> bytes:
    """A WAV file with another number in its header."""
    raw = bytearray(sound or saved(voice()))
    struct.pack_into(form, raw, at, value)
    return bytes(raw)


@pytest.mark.parametrize(
    ("sound", "code"),
    [
        (changed(40, "<I", 10**6), "truncated"),  # more sound than there is
        (changed(40, "<I", 1000), "corrupt"),  # less: the rest is no chunk
        (changed(22, "<H", 2), "corrupt"),  # channels against bytes of a frame
        (changed(24, "<I", 44_100), "corrupt"),  # rate against bytes of a second
        (changed(34, "<H", 24), "corrupt"),  # bits against bytes of a frame
        (changed(22, "<H", 0), "too_many_channels"),
        (changed(24, "<I", 0), "unsupported_rate"),
        (changed(20, "<H", 85), "unsupported"),  # mp3 within WAV
        (saved(voice())[:-1000], "truncated"),
        (saved(voice())[:30], "truncated"),
        (saved(voice(seconds=0)), "empty"),
        (b"", "empty"),
        (b"ID3\x04" + bytes(5000), "not_wav"),
        (b"\xff\xfb\x90\x64" + bytes(5000), "not_wav"),
        (b"\x1a\x45\xdf\xa3" + bytes(5000), "not_wav"),
        (b"OggS" + bytes(5000), "not_wav"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(5000), "not_wav"),
        (b"Start;End\n" * 500, "not_audio"),
    ],
)
def test_what_is_no_sound_or_contradicts_itself_is_refused(given, sound, code):
    found, detail = refused(given(sound))
    assert found == code
    assert len(detail) > 20


def test_a_header_that_was_never_finished_gives_what_is_there(given):
    """A recorder that lost its power counts no sound."""
    raw = changed(4, "<I", 0, changed(40, "<I", 0))
    assert open_long(given(raw)).frames == 3 * RATE_HZ


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_a_silent_file_has_no_regions(given, noise):
    silence = np.random.default_rng(1).normal(0, noise, (3 * RATE_HZ, 1)) if noise else None
    path = given(saved(np.zeros((3 * RATE_HZ, 1)) if silence is None else silence))
    assert regions(path) == []


def test_a_file_without_a_silence_is_one_region(given):
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    path = given(saved(0.1 * np.sin(2 * np.pi * 150 * t)))
    assert regions(path, threshold_dbfs=-50.0) == [[0, 3 * RATE_HZ]]


def test_beyond_4_gb_frames_are_where_they_are(tmp_path):
    """RF64 with a hole: 3 h of eight channels, which lie on no disk but for the last frames."""
    frames, channels = 3 * 3600 * RATE_HZ, 8
    size = frames * channels * 2
    path = tmp_path / "hole.wav"
    head = b"RF64" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE"
    head += b"ds64" + struct.pack("<IQQQI", 28, size + 72, size, frames, 0)
    head += b"fmt " + struct.pack("<IHHIIHH", 16, 1, channels, RATE_HZ, RATE_HZ * 16, 16, 16)
    head += b"data" + struct.pack("<I", 0xFFFFFFFF)
    last = np.arange(80, dtype="<i2").reshape(10, channels)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)
        file.seek(len(head) + size - last.nbytes)
        file.write(last.tobytes())
    assert path.stat().st_size > 1 << 32
    sound = open_long(path)
    assert sound.frames == frames
    assert np.array_equal(sound.read(5, frames - 10, frames), last[:, 5])
    with pytest.raises(AudioRefused, match="3 h are the most"):
        open_long(_longer(path, head, frames * 2, channels))


def _longer(path, head, frames, channels):
    size = frames * channels * 2
    with path.open("r+b") as file:
        file.write(head.replace(struct.pack("<Q", size // 2), struct.pack("<Q", size)))
        file.truncate(len(head) + size)
    return path
