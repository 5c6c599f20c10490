"""From a file to samples, block by block.

libsndfile comes first; FFmpeg (PyAV) opens what it cannot: webm, m4a, raw AAC. FFmpeg gets an open
file and the one demuxer its magic bytes name, so that it can follow no reference to another file,
no playlist and no network address.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from annotation.audio import chunks
from annotation.audio.errors import AudioRefused
from annotation.audio.sniff import HEAD_BYTES, MP4, Container, sniff
from speecheq.sentences import say

BLOCK_FRAMES = 1 << 16
FULL_SCALE = 2.0**31
LOSSY_SUBTYPES = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
FLOAT_SUBTYPES = ("FLOAT", "DOUBLE", *LOSSY_SUBTYPES)
UNCOUNTED_FRAMES = 2**62  # libsndfile's answer for a FLAC stream that does not say its length
AV_CODECS = ("aac", "opus", "vorbis", "mp3", "mp3float", "flac", "alac", "pcm_alaw", "pcm_mulaw")


@dataclass(frozen=True)
class Bounds:
    """What a clip may be. A file outside is refused, mostly before it is decoded."""

    min_ms: int = 100
    max_ms: int = 600_000
    max_bytes: int = 512 << 20
    max_channels: int = 8
    min_rate_hz: int = 4_000
    max_rate_hz: int = 192_000
    # A peak below this is silence: under one step of a 16-bit converter (-90.3 dBFS).
    silence_dbfs: float = -90.0


@dataclass
class Source:
    """An open sound: its facts and its samples.

    `blocks` yields arrays (frames, channels), int32 left-justified (16-bit sound shifted up by
    16), or float64 where the source is float or lossy.
    `promised_frames` is what the header says, or None where it does not count exactly.
    """

    container: Container
    codec: str
    sample_rate_hz: int
    channels: int
    promised_frames: int | None
    blocks: Iterator[np.ndarray]


@contextmanager
def open_audio(path: Path, bounds: Bounds) -> Iterator[Source]:
    """Open a sound file. Raises AudioRefused; so does reading `blocks`."""
    with path.open("rb") as file:
        container = _container(file, bounds)
        chunks.check_promise(file, container.name)
        file.seek(0)
        if container.by_soundfile:
            sound = _try_soundfile(path)
            if sound is not None:
                with sound:
                    yield _check(_from_soundfile(sound, container), bounds)
                return
        with _av_container(file, container) as av_container:
            yield _check(_from_av(av_container, container), bounds)


def _container(file: BinaryIO, bounds: Bounds) -> Container:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise AudioRefused("empty", say("The file has no bytes."))
    if size > bounds.max_bytes:
        raise AudioRefused(
            "too_large",
            say(
                "The file has {size} bytes; a clip has at most {max_bytes}.",
                size=size,
                max_bytes=bounds.max_bytes,
            ),
        )
    head = file.read(HEAD_BYTES)
    container = sniff(head)
    if container is None:
        raise AudioRefused(
            "not_audio", say("The file starts with {head}, no audio we know.", head=repr(head[:8]))
        )
    return container


def _check(source: Source, bounds: Bounds) -> Source:
    rate, channels = source.sample_rate_hz, source.channels
    if not bounds.min_rate_hz <= rate <= bounds.max_rate_hz:
        detail = say(
            "A sample rate of {rate} Hz is outside {least} to {most} Hz.",
            rate=rate,
            least=bounds.min_rate_hz,
            most=bounds.max_rate_hz,
        )
        raise AudioRefused("unsupported_rate", detail)
    if not 1 <= channels <= bounds.max_channels:
        raise AudioRefused(
            "too_many_channels",
            say(
                "{channels} channels; a clip has 1 to {max_channels}.",
                channels=channels,
                max_channels=bounds.max_channels,
            ),
        )
    if source.promised_frames is not None:
        check_length(source.promised_frames, rate, bounds)
    return source


def check_length(frames: int, rate_hz: int, bounds: Bounds) -> None:
    """Raise AudioRefused("too_long") when the sound lasts longer than a clip may."""
    if frames > bounds.max_ms * rate_hz // 1000:
        detail = say(
            "It lasts {lasts_s:.1f} s; the limit is {most_s:g} s.",
            lasts_s=frames / rate_hz,
            most_s=bounds.max_ms / 1000,
        )
        raise AudioRefused("too_long", detail)


# libsndfile ----------------------------------------------------------------------------------


def _try_soundfile(path: Path) -> soundfile.SoundFile | None:
    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        return None  # FFmpeg may know better


def _from_soundfile(sound: soundfile.SoundFile, container: Container) -> Source:
    dtype = "float64" if sound.subtype in FLOAT_SUBTYPES else "int32"
    counted = container.exact and sound.frames < UNCOUNTED_FRAMES
    return Source(
        container=container,
        codec=sound.subtype.lower(),
        sample_rate_hz=sound.samplerate,
        channels=sound.channels,
        promised_frames=sound.frames if counted else None,
        blocks=_soundfile_blocks(sound, dtype, exact=counted),
    )


def _soundfile_blocks(
    sound: soundfile.SoundFile, dtype: str, *, exact: bool
) -> Iterator[np.ndarray]:
    done = 0
    while True:
        buffer = np.empty((BLOCK_FRAMES, sound.channels), dtype)
        try:
            # buffer_read_into does not seek afterwards, which a broken FLAC stream cannot.
            read = sound.buffer_read_into(buffer, dtype)
        except soundfile.LibsndfileError as error:
            raise _gave_up(done, sound.frames if exact else None, str(error)) from None
        if read == 0:
            break
        done += read
        yield buffer[:read]
    if exact and done < sound.frames:
        raise _gave_up(done, sound.frames, "")


def _gave_up(done: int, promised: int | None, why: str) -> AudioRefused:
    if promised is None:
        told = say("Decoding stopped after {n} samples: {error}", n=done, error=why)
        return AudioRefused("corrupt", told)
    promise = say(
        "The header promises {promised} samples, but only {done} could be decoded.",
        promised=promised,
        done=done,
    )
    return AudioRefused("truncated", promise)


# FFmpeg --------------------------------------------------------------------------------------


@contextmanager
def _av_container(file: BinaryIO, container: Container) -> Iterator[Any]:
    import av  # a third of a second to import, and few corpora need it

    if not container.demuxer:
        detail = say("The {name} file cannot be decoded.", name=container.name)
        raise AudioRefused("unsupported", detail)
    try:
        opened = av.open(
            file,
            format=container.demuxer,
            options={"protocol_whitelist": "", "enable_drefs": "0"},
        )
    except (av.FFmpegError, ValueError) as error:
        detail = say(
            "The {name} file cannot be opened: {error}", name=container.name, error=_words(error)
        )
        raise AudioRefused("corrupt", detail) from None
    with opened:
        yield opened


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error)


def _from_av(opened: Any, container: Container) -> Source:
    if not opened.streams.audio:
        raise AudioRefused(
            "not_audio", say("The {name} file has no audio stream.", name=container.name)
        )
    stream = opened.streams.audio[0]
    context = stream.codec_context
    codec = context.name if context else "unknown"
    if codec not in AV_CODECS and not codec.startswith("pcm_"):
        raise AudioRefused(
            "unsupported", say("The codec {codec!r} is not one of those accepted.", codec=codec)
        )
    return Source(
        container=container,
        codec=codec,
        sample_rate_hz=context.sample_rate,
        channels=context.channels,
        promised_frames=None,
        blocks=_av_blocks(opened, stream, container),
    )


def _av_blocks(opened: Any, stream: Any, container: Container) -> Iterator[np.ndarray]:
    import av

    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    done = 0
    try:
        for frame in opened.decode(stream):
            if (frame.sample_rate, len(frame.layout.channels)) != (rate, channels):
                raise AudioRefused("unsupported", say("The sample rate or channels change midway."))
            block = _frame_samples(frame, channels)
            done += len(block)
            yield block
    except av.FFmpegError as error:
        raise _gave_up(done, None, _words(error)) from None
    # Only MP4 states a length one can hold it to; encoder padding makes it inexact.
    if container is MP4 and stream.duration:
        promised = int(stream.duration * stream.time_base * rate)
        if done < promised - rate // 10:
            raise _gave_up(done, promised, "")


def _frame_samples(frame: Any, channels: int) -> np.ndarray:
    """A decoded frame as (frames, channels): int32 left-justified, or float64."""
    data = frame.to_ndarray()
    data = data.T if frame.format.is_planar else data.reshape(-1, channels)
    if data.dtype.kind == "f":
        return data.astype(np.float64)
    if data.dtype == np.uint8:
        return (data.astype(np.int32) - 128) << 24
    if data.dtype == np.int16:
        return data.astype(np.int32) << 16
    return data.astype(np.int32, copy=False)
