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
from speecheq.sentences import say

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
        raise AudioRefused("empty", say("The file has no bytes."))
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return head[:4].decode().lower()
    if head[:16] == W64_RIFF and head[24:40] == W64_WAVE:
        return "w64"
    found = sniff(head)
    if found is not None and found is not WAV:
        told = say(
            "By its first bytes the file is {name}, not wav. Send the WAV file itself.",
            name=found.name,
        )
        raise AudioRefused("not_wav", told)
    if size < 12 and (b"RIFF".startswith(head[:4]) or head[:4] == b"RIFF"):
        raise AudioRefused(
            "truncated", say("The file ends inside its header, after {size} bytes.", size=size)
        )
    raise AudioRefused(
        "not_audio", say("The file starts with {head}, no WAV we know.", head=repr(head[:8]))
    )


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
                raise AudioRefused("corrupt", say("The sound's length is missing: no ds64 chunk."))
            length = long_data
        yield Chunk(name, at + 8, length)
        at += 8 + length + length % 2


def _long_data_size(content: bytes) -> int:
    if len(content) < 24:
        raise AudioRefused(
            "corrupt", say("The ds64 chunk has {n_content} bytes, not 28.", n_content=len(content))
        )
    return int(struct.unpack("<Q", content[8:16])[0])


def _w64_chunks(file: BinaryIO, size: int) -> Iterator[Chunk]:
    """Chunks of Wave64: named by GUIDs, lengths with their own 24 bytes, at multiples of 8."""
    at = 40
    while at + 24 <= size:
        file.seek(at)
        guid, length = struct.unpack("<16sQ", file.read(24))
        if length < 24:
            raise AudioRefused(
                "corrupt", say("A Wave64 chunk claims {length} bytes, less than 24.", length=length)
            )
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
            raise AudioRefused(
                "corrupt", say("The header has more than {most} chunks.", most=MAX_CHUNKS)
            )
        if chunk.name == b"fmt ":
            if form is not None:
                raise AudioRefused("corrupt", say("The header describes its format twice."))
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
        return say("The file has two chunks of sound.")
    return say("The sound comes before its format.")


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name)


def _overrun(chunk: Chunk, size: int, *, after_sound: bool) -> None:
    if after_sound:
        told = say(
            "After the sound come {n} bytes that are no chunk: the header counts too few bytes "
            "of sound.",
            n=size - chunk.start + 8,
        )
        raise AudioRefused("corrupt", told)
    told = say(
        "The chunk {name} promises {size} bytes, but {there} follow.",
        name=repr(chunk.name),
        size=chunk.size,
        there=size - chunk.start,
    )
    raise AudioRefused("truncated", told)


def _no_sound(promised_file: int, size: int) -> AudioRefused:
    if promised_file - 8 not in OPEN_ENDED and promised_file > size:
        return AudioRefused(
            "truncated", say("The file ends inside its header, after {size} bytes.", size=size)
        )
    return AudioRefused("empty", say("The file has a header but no sound."))


# Format and sound ------------------------------------------------------------------------------


def _format(file: BinaryIO, chunk: Chunk, size: int) -> Format:
    if chunk.start + chunk.size > size:
        raise AudioRefused(
            "truncated", say("The file ends inside its header, after {size} bytes.", size=size)
        )
    if not 16 <= chunk.size <= MAX_FMT_BYTES:
        raise AudioRefused(
            "corrupt", say("The format is described in {size} bytes, not 16-40.", size=chunk.size)
        )
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
        raise AudioRefused("unsupported", say("The format is an extension that we do not know."))
    tag, valid_bits = struct.unpack("<H", content[24:26])[0], struct.unpack("<H", content[18:20])[0]
    if not 1 <= (valid_bits or bits) <= bits:
        told = say(
            "{valid_bits} valid bits do not fit into samples of {bits}",
            valid_bits=valid_bits,
            bits=bits,
        )
        raise _contradicts(told)
    return tag, valid_bits or bits


def _check_kind(tag: int, bits: int) -> None:
    if tag not in WIDTHS:
        raise AudioRefused(
            "unsupported", say("Format {tag:#06x} is neither PCM (1) nor float (3).", tag=tag)
        )
    if bits not in WIDTHS[tag]:
        wanted = " or ".join(str(width) for width in WIDTHS[tag])
        raise AudioRefused(
            "unsupported",
            say("Samples of {bits} bits; {wanted} are taken.", bits=bits, wanted=wanted),
        )


def _check_numbers(channels: int, rate: int, byte_rate: int, align: int, bits: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        detail = say(
            "{channels} channels; a recording has 1 to {most}.",
            channels=channels,
            most=MAX_CHANNELS,
        )
        raise AudioRefused("too_many_channels", detail)
    if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
        detail = say(
            "A sample rate of {rate} Hz is outside {least} to {most} Hz.",
            rate=rate,
            least=MIN_RATE_HZ,
            most=MAX_RATE_HZ,
        )
        raise AudioRefused("unsupported_rate", detail)
    if align != channels * bits // 8:
        told = say(
            "frames of {align} bytes for {channels} channels of {bits} bits",
            align=align,
            channels=channels,
            bits=bits,
        )
        raise _contradicts(told)
    if byte_rate != rate * align:
        told = say(
            "{byte_rate} bytes a second, but {rate} frames of {align} bytes",
            byte_rate=byte_rate,
            rate=rate,
            align=align,
        )
        raise _contradicts(told)


def _contradicts(told: str) -> AudioRefused:
    return AudioRefused("corrupt", say("The header contradicts itself: {told}.", told=told))


def _sound_bytes(chunk: Chunk, form: Format, size: int, promised_file: int) -> int:
    """Bytes of sound: as promised, or up to the end where the writer could not count."""
    there = size - chunk.start
    # A recorder that was killed left both sizes as it began: what is there is the recording.
    never_filled = chunk.size == 0 and promised_file < chunk.start and there > 0
    if (chunk.size in OPEN_ENDED and chunk.size > there) or never_filled:
        return there - there % form.frame_bytes
    if chunk.size > there:
        told = say(
            "The header promises {size} bytes of sound, but {there} are there.",
            size=chunk.size,
            there=there,
        )
        raise AudioRefused("truncated", told)
    if chunk.size == 0:
        raise AudioRefused("empty", say("The file has a header but no sound."))
    if chunk.size % form.frame_bytes:
        told = say(
            "{size} bytes of sound are no whole number of {frame_bytes}-byte frames",
            size=chunk.size,
            frame_bytes=form.frame_bytes,
        )
        raise _contradicts(told)
    return chunk.size
