"""Does an uncompressed file hold the samples its header promises?

libsndfile mends a short sound chunk without a word and gives what is there, so the promise is read
here, from the header itself. Each reader yields (bytes promised, bytes there).
"""

import os
import re
import struct
from typing import BinaryIO, NoReturn

from annotation.audio.errors import AudioRefused
from speecheq.sentences import say

# Writers to a pipe cannot go back to fill the size in; these values mean "until the end".
OPEN_ENDED = (0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFF000, 2**64 - 1)
SPHERE_HEADER = 1024
_MAX_CHUNKS = 10_000


def check_promise(file: BinaryIO, container: str) -> None:
    """Raise AudioRefused("truncated") when the sound is shorter than its header says.

    `container` is a name of `sniff`; those without such a header pass. The position is left
    anywhere.
    """
    reader = _READERS.get(container)
    if reader is None:
        return
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    promised, there = reader(file, size)
    if promised not in OPEN_ENDED and promised > there:
        raise AudioRefused(
            "truncated",
            say(
                "The header promises {promised} bytes of sound, but {there} are there.",
                promised=promised,
                there=there,
            ),
        )


def _riff(file: BinaryIO, size: int) -> tuple[int, int]:
    """WAV and RF64 (little-endian), AIFF (big-endian)."""
    head = file.read(12).ljust(12, b"\0")
    order = ">" if head[:4] == b"FORM" else "<"
    wide = None
    for _ in range(_MAX_CHUNKS):
        raw = file.read(8)
        if len(raw) < 8:
            break
        name, promised = struct.unpack(f"{order}4sI", raw)
        start = file.tell()
        if name == b"ds64" and promised >= 16:  # RF64: 64-bit sizes of the form and the data
            wide = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))[1]
        if name in (b"data", b"SSND"):
            return wide if wide is not None and promised == 0xFFFFFFFF else promised, size - start
        file.seek(start + promised + promised % 2)
    _no_sound(struct.unpack(f"{order}I", head[4:8])[0] + 8, size)


def _caf(file: BinaryIO, size: int) -> tuple[int, int]:
    file.seek(8)
    for _ in range(_MAX_CHUNKS):
        raw = file.read(12)
        if len(raw) < 12:
            break
        name, promised = struct.unpack(">4sQ", raw)
        start = file.tell()
        if name == b"data" or promised > size:
            return promised, size - start
        file.seek(start + promised)
    _no_sound(0, size)


def _au(file: BinaryIO, size: int) -> tuple[int, int]:
    _, offset, promised = struct.unpack(">4sII", file.read(12).ljust(12, b"\0"))
    if size < 24:
        _no_sound(24, size)
    return promised, size - offset


def _sphere(file: BinaryIO, size: int) -> tuple[int, int]:
    header = file.read(SPHERE_HEADER)
    found = dict(re.findall(rb"^(\w+) -i (\d+)\s*$", header, re.MULTILINE))
    names = (b"sample_count", b"channel_count", b"sample_n_bytes")
    count, channels, width = (int(found.get(name, 0)) for name in names)
    if b"shorten" in header:  # compressed: the count says nothing about bytes
        return 0, size
    return count * channels * width, size - SPHERE_HEADER


def _no_sound(promised_file: int, size: int) -> NoReturn:
    if size < 12 or (promised_file - 8 not in OPEN_ENDED and promised_file > size):
        raise AudioRefused(
            "truncated", say("The file ends inside its header, after {size} bytes.", size=size)
        )
    raise AudioRefused("empty", say("The file has a header but no sound."))


_READERS = {"wav": _riff, "aiff": _riff, "caf": _caf, "au": _au, "sphere": _sphere}
