"""The header of a WAV file, read strictly: RIFF, RF64 and BW64, and Sony's Wave64.

Every number the header tells is held against the others and against the size of the file. What
contradicts itself is refused: sound read at a wrong width or rate is worse than no sound.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from annotation.audio.errors import AudioRefused
from annotation.audio.sniff import HEAD_BYTES, WAV, sniff

PCM, IEEE_FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
# The tail of every WAVE_FORMAT_EXTENSIBLE GUID; its first two bytes are the plain format tag.
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
WIDTHS = {PCM: (16, 24, 32), IEEE_FLOAT: (32,)}
# Writers to a pipe cannot go back to fill the size in; these values mean "until the end".
OPEN_ENDED = (0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFF000, 2**64 - 1)
MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 192_000
MAX_CHANNELS = 8
MAX_CHUNKS = 1_000
MAX_FMT_BYTES = 4_096

W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
W64_WAVE = bytes.fromhex("77617665f3acd3118cd100c04f8edb8a")
W64_TAIL = W64_WAVE[4:]


@dataclass(frozen=True)
class Format:
    """What the samples are. `valid_bits` may be fewer than `bits`, the width of their container."""

    sample_rate_hz: int
    channels: int
    bits: int
    valid_bits: int
    is_float: bool

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8


@dataclass(frozen=True)
class Header:
    """Facts of a WAV file. `frames` and `data_offset` (bytes) point at samples that are there."""

    container: str
    format: Format
    data_offset: int
    frames: int


@dataclass(frozen=True)
class Chunk:
    """One part of the file: its name, where its content begins, and its promised length."""

    name: bytes
    start: int
    size: int


def read_header(file: BinaryIO) -> Header:
    """Read the header of an open file. Raises AudioRefused; reads a few hundred bytes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    container = _container(head, size)
    if container == "w64":
        chunks = _w64_chunks(file, size)
    else:
        chunks = _riff_chunks(file, size, wide=container != "riff")
    return _assemble(file, container, chunks, size, promised_file=_promise(head))


def _container(head: bytes, size: int) -> str:
    if size == 0:
        raise AudioRefused("empty", "The file has no bytes.")
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return head[:4].decode().lower()
    if head[:16] == W64_RIFF and head[24:40] == W64_WAVE:
        return "w64"
    found = sniff(head)
    if found is not None and found is not WAV:
        told = f"By its first bytes the file is {found.name}, not wav. Send the WAV file itself."
        raise AudioRefused("not_wav", told)
    if size < 12 and (b"RIFF".startswith(head[:4]) or head[:4] == b"RIFF"):
        raise AudioRefused("truncated", f"The file ends inside its header, after {size} bytes.")
    raise AudioRefused("not_audio", f"The file starts with {head[:8]!r}, no WAV we know.")


def _promise(head: bytes) -> int:
    """Size of the whole file by its first chunk; Wave64 counts its own header too."""
    if head[:16] == W64_RIFF:
        return int(struct.unpack("<Q", head[16:24])[0])
    return int(struct.unpack("<I", head[4:8])[0]) + 8


# Chunks ----------------------------------------------------------------------------------------


def _riff_chunks(file: BinaryIO, size: int, *, wide: bool) -> Iterator[Chunk]:
    """Chunks of RIFF, or with `wide` of RF64 and BW64, whose long sizes stand in `ds64`."""
    long_data = None
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if wide and name == b"ds64":
            long_data = _long_data_size(file.read(min(length, 28)))
        if name == b"data" and wide and length == 0xFFFFFFFF:
            if long_data is None:
                raise AudioRefused("corrupt", "The sound's length is missing: no ds64 chunk.")
            length = long_data
        yield Chunk(name, at + 8, length)
        at += 8 + length + length % 2


def _long_data_size(content: bytes) -> int:
    if len(content) < 24:
        raise AudioRefused("corrupt", f"The ds64 chunk has {len(content)} bytes, not 28.")
    return int(struct.unpack("<Q", content[8:16])[0])


def _w64_chunks(file: BinaryIO, size: int) -> Iterator[Chunk]:
    """Chunks of Wave64: named by GUIDs, lengths with their own 24 bytes, at multiples of 8."""
    at = 40
    while at + 24 <= size:
        file.seek(at)
        guid, length = struct.unpack("<16sQ", file.read(24))
        if length < 24:
            raise AudioRefused("corrupt", f"A Wave64 chunk claims {length} bytes, less than 24.")
        name = guid[:4] if guid[4:] == W64_TAIL else b"????"
        yield Chunk(name, at + 24, length - 24)
        at += length + -length % 8


def _assemble(
    file: BinaryIO, container: str, chunks: Iterator[Chunk], size: int, *, promised_file: int
) -> Header:
    """Find format and sound, and see that every other chunk lies within the file."""
    form: Format | None = None
    sound: tuple[int, int] | None = None
    for count, chunk in enumerate(chunks):
        if count >= MAX_CHUNKS:
            raise AudioRefused("corrupt", f"The header has more than {MAX_CHUNKS} chunks.")
        if chunk.name == b"fmt ":
            if form is not None:
                raise AudioRefused("corrupt", "The header describes its format twice.")
            form = _format(file, chunk, size)
        elif chunk.name == b"data":
            if form is None or sound is not None:
                raise AudioRefused("corrupt", _odd_data(sound))
            sound = (chunk.start, _sound_bytes(chunk, form, size, promised_file))
            if chunk.size != sound[1]:
                break  # open-ended: nothing can follow
        elif chunk.start + chunk.size > size or (sound and not _is_name(chunk.name)):
            _overrun(chunk, size, after_sound=sound is not None)
    if form is None or sound is None or sound[1] < form.frame_bytes:
        raise _no_sound(promised_file, size)
    return Header(container, form, sound[0], sound[1] // form.frame_bytes)


def _odd_data(sound: tuple[int, int] | None) -> str:
    if sound is not None:
        return "The file has two chunks of sound."
    return "The sound comes before its format."


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name)


def _overrun(chunk: Chunk, size: int, *, after_sound: bool) -> None:
    if after_sound:
        told = f"After the sound come {size - chunk.start + 8} bytes that are no chunk"
        raise AudioRefused("corrupt", f"{told}: the header counts too few bytes of sound.")
    told = f"The chunk {chunk.name!r} promises {chunk.size} bytes, but {size - chunk.start} follow."
    raise AudioRefused("truncated", told)


def _no_sound(promised_file: int, size: int) -> AudioRefused:
    if promised_file - 8 not in OPEN_ENDED and promised_file > size:
        return AudioRefused("truncated", f"The file ends inside its header, after {size} bytes.")
    return AudioRefused("empty", "The file has a header but no sound.")


# Format and sound ------------------------------------------------------------------------------


def _format(file: BinaryIO, chunk: Chunk, size: int) -> Format:
    if chunk.start + chunk.size > size:
        raise AudioRefused("truncated", f"The file ends inside its header, after {size} bytes.")
    if not 16 <= chunk.size <= MAX_FMT_BYTES:
        raise AudioRefused("corrupt", f"The format is described in {chunk.size} bytes, not 16-40.")
    file.seek(chunk.start)
    content = file.read(chunk.size)
    tag, channels, rate, byte_rate, align, bits = struct.unpack("<HHIIHH", content[:16])
    valid_bits = bits
    if tag == EXTENSIBLE:
        tag, valid_bits = _extension(content, bits)
    _check_kind(tag, bits)
    _check_numbers(channels, rate, byte_rate, align, bits)
    return Format(rate, channels, bits, valid_bits, is_float=tag == IEEE_FLOAT)


def _extension(content: bytes, bits: int) -> tuple[int, int]:
    """Plain format tag and valid bits of WAVE_FORMAT_EXTENSIBLE."""
    if len(content) < 40 or content[26:40] != GUID_TAIL:
        raise AudioRefused("unsupported", "The format is an extension that we do not know.")
    tag, valid_bits = struct.unpack("<H", content[24:26])[0], struct.unpack("<H", content[18:20])[0]
    if not 1 <= (valid_bits or bits) <= bits:
        told = f"{valid_bits} valid bits do not fit into samples of {bits}."
        raise AudioRefused("corrupt", f"The header contradicts itself: {told}")
    return tag, valid_bits or bits


def _check_kind(tag: int, bits: int) -> None:
    if tag not in WIDTHS:
        raise AudioRefused("unsupported", f"Format {tag:#06x} is neither PCM (1) nor float (3).")
    if bits not in WIDTHS[tag]:
        wanted = " or ".join(str(width) for width in WIDTHS[tag])
        raise AudioRefused("unsupported", f"Samples of {bits} bits; {wanted} are taken.")


def _check_numbers(channels: int, rate: int, byte_rate: int, align: int, bits: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        detail = f"{channels} channels; a recording has 1 to {MAX_CHANNELS}."
        raise AudioRefused("too_many_channels", detail)
    if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
        allowed = f"{MIN_RATE_HZ} to {MAX_RATE_HZ} Hz"
        raise AudioRefused("unsupported_rate", f"A sample rate of {rate} Hz is outside {allowed}.")
    if align != channels * bits // 8:
        told = f"frames of {align} bytes for {channels} channels of {bits} bits"
        raise AudioRefused("corrupt", f"The header contradicts itself: {told}.")
    if byte_rate != rate * align:
        told = f"{byte_rate} bytes a second, but {rate} frames of {align} bytes"
        raise AudioRefused("corrupt", f"The header contradicts itself: {told}.")


def _sound_bytes(chunk: Chunk, form: Format, size: int, promised_file: int) -> int:
    """Bytes of sound: as promised, or up to the end where the writer could not count."""
    there = size - chunk.start
    # A recorder that was killed left both sizes as it began: what is there is the recording.
    never_filled = chunk.size == 0 and promised_file < chunk.start and there > 0
    if (chunk.size in OPEN_ENDED and chunk.size > there) or never_filled:
        return there - there % form.frame_bytes
    if chunk.size > there:
        told = f"The header promises {chunk.size} bytes of sound, but {there} are there."
        raise AudioRefused("truncated", told)
    if chunk.size == 0:
        raise AudioRefused("empty", "The file has a header but no sound.")
    if chunk.size % form.frame_bytes:
        told = f"{chunk.size} bytes of sound are no whole number of {form.frame_bytes}-byte frames"
        raise AudioRefused("corrupt", f"The header contradicts itself: {told}.")
    return chunk.size
