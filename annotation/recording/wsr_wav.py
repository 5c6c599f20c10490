"""WAV as WebSpeechRecorderNg writes and reads it: headers, parts of a file, files joined.

The client posts the whole buffer it wrote into: the RIFF size is eight bytes too large for PCM, and
up to 1,024 bytes of zeros follow the samples. What it downloads it checks to the byte. So what
comes in is written again: the same samples behind an exact header.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from annotation.audio.errors import AudioRefused
from speecheq.sentences import say

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
UNUSED_MAX = 1_024
MAX_CHUNKS = 1_000
BLOCK = 1 << 20


@dataclass(frozen=True)
class Format:
    """How samples lie: interleaved, little-endian, `bits` a sample."""

    is_float: bool
    channels: int
    rate_hz: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8

    def __str__(self) -> str:
        kind = "float" if self.is_float else "integer"
        return f"{self.rate_hz} Hz, {self.channels} channel(s), {self.bits}-bit {kind}"


@dataclass(frozen=True)
class Wave:
    """A WAV file: its format, and the bytes [start, start + length) that are samples."""

    format: Format
    start: int
    length: int

    @property
    def frames(self) -> int:
        return self.length // self.format.frame_bytes


def read_wave(file: BinaryIO) -> Wave:
    """Where the samples of a WAV file lie. The position is left anywhere.

    Raises AudioRefused: not_audio, truncated (fewer samples than promised), corrupt, unsupported.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise AudioRefused(
            "not_audio",
            say("This is no WAV file: it begins with {head}, not RIFF.", head=repr(head[:4])),
        )
    found, data = None, None
    for name, start, length in _chunks(file, size):
        if name == b"fmt ":
            found = _format(file.read(min(length, 40)))
        elif name == b"data":
            data = start, length
    if found is None or data is None:
        raise AudioRefused("corrupt", say("The WAV file has no format or no samples."))
    start, length = data
    if start + length > size:
        told = say(
            "The header promises {length} bytes of sound, but {size} are there.",
            length=length,
            size=size - start,
        )
        raise AudioRefused("truncated", told)
    return Wave(found, start, length - length % found.frame_bytes)


def _chunks(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, length) of each chunk, the file standing at its start."""
    at = 12
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        raw = file.read(8)
        if len(raw) < 8 or (raw[:4] == bytes(4) and size - at <= UNUSED_MAX):
            return
        length = struct.unpack("<I", raw[4:])[0]
        yield raw[:4], at + 8, length
        at += 8 + length + length % 2
    raise AudioRefused("corrupt", say("The WAV file has more than {most} parts.", most=MAX_CHUNKS))


def _format(raw: bytes) -> Format:
    if len(raw) < 16:
        raise AudioRefused("corrupt", say("The format of the WAV file is cut off."))
    tag, channels, rate_hz, _, frame_bytes, bits = struct.unpack("<HHIIHH", raw[:16])
    if tag == EXTENSIBLE and len(raw) >= 26:
        tag = struct.unpack("<H", raw[24:26])[0]
    known = {PCM: (8, 16, 24, 32), FLOAT: (32, 64)}
    if bits not in known.get(tag, ()) or not channels or not rate_hz:
        detail = say(
            "A WAV file with format {tag}, {bits} bits, {channels} channels, {rate_hz} Hz is not "
            "one this reads.",
            tag=tag,
            bits=bits,
            channels=channels,
            rate_hz=rate_hz,
        )
        raise AudioRefused("unsupported", detail)
    if frame_bytes != channels * bits // 8:
        detail = say(
            "The WAV header contradicts itself: {frame_bytes} bytes a frame, but {channels} "
            "channels of {bits} bits.",
            frame_bytes=frame_bytes,
            channels=channels,
            bits=bits,
        )
        raise AudioRefused("corrupt", detail)
    return Format(tag == FLOAT, channels, rate_hz, bits)


def header(form: Format, length: int) -> bytes:
    """The header before `length` bytes of samples."""
    tag = FLOAT if form.is_float else PCM
    rate, frame = form.rate_hz, form.frame_bytes
    told = struct.pack("<HHIIHH", tag, form.channels, rate, rate * frame, frame, form.bits)
    if form.is_float:  # other than PCM: an empty extension, and the number of frames
        told += struct.pack("<H", 0)
    body = b"fmt " + struct.pack("<I", len(told)) + told
    if form.is_float:
        body += b"fact" + struct.pack("<II", 4, length // frame)
    pad = length % 2
    riff = struct.pack("<I", 4 + len(body) + 8 + length + pad)
    return b"RIFF" + riff + b"WAVE" + body + b"data" + struct.pack("<I", length)


def part(file: BinaryIO, wave: Wave, *, start_frame: int, frames: int) -> bytes | None:
    """Frames [start_frame, start_frame + frames) as a WAV file, fewer at the end; None past it."""
    if start_frame >= wave.frames:
        return None
    n = min(frames, wave.frames - start_frame) * wave.format.frame_bytes
    file.seek(wave.start + start_frame * wave.format.frame_bytes)
    return header(wave.format, n) + file.read(n) + bytes(n % 2)


def join(sources: Sequence[Path], target: Path) -> Format:
    """Write the samples of all `sources`, in order and as they came, behind one exact header.

    Constant memory. Raises AudioRefused: as `read_wave`, and corrupt where the sources differ.
    """
    waves = [_wave_at(path) for path in sources]
    form = waves[0].format
    for n, wave in enumerate(waves):
        if wave.format != form:
            told = say(
                "Piece {n} has {format}, but piece 0 has {form}. Record it again.",
                n=n,
                format=str(wave.format),
                form=str(form),
            )
            raise AudioRefused("corrupt", told)
    length = sum(wave.length for wave in waves)
    with target.open("wb") as out:
        out.write(header(form, length))
        for path, wave in zip(sources, waves, strict=True):
            out.writelines(_blocks(path, wave))
        out.write(bytes(length % 2))
    return form


def _wave_at(path: Path) -> Wave:
    with path.open("rb") as file:
        return read_wave(file)


def _blocks(path: Path, wave: Wave) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(wave.start)
        left = wave.length
        while left > 0 and (block := file.read(min(left, BLOCK))):
            left -= len(block)
            yield block
