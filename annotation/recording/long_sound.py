"""A recording of hours as samples of one channel, with constant memory and nothing changed.

WAV (RIFF, RF64, Wave64) is read by our own code; FLAC by libsndfile, which is why the functions
below that take a path and give plain data run in a limited child (`speecheq.limits`) where
`needs_decoder` says so.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotation.audio.errors import AudioRefused
from annotation.audio.sniff import HEAD_BYTES, sniff
from annotation.recording.likeness import LONGEST_S, same_words
from annotation.recording.peaks_file import PeaksWriter
from annotation.recording.silence import (
    Search,
    SilenceFinder,
    frame_at,
    nonsilent,
    with_margins,
)
from annotation.recording.wav import WavFile, open_wav
from speecheq.sentences import kept, say

BLOCK_FRAMES = 1 << 17
LEVEL_FRAMES = 1 << 12  # about a tenth of a second; whole blocks hold whole stretches
NOISE_SHARE = 10  # per cent of the stretches are quieter than what is called the noise floor
FLOOR_DBFS = -96.0  # of a recording with nothing but digital silence
MAX_S = 3 * 3600 + 300  # 3 h, and what a clock or a late stop adds
REGION_MAX_S = 600
MOST_COMPARED = 5000  # regions: more are noise cut to pieces, and are refused in the end
BITS = (16, 24)


@dataclass(frozen=True)
class LongSound:
    """An open long recording. `suffix` is the ending its bytes are stored under."""

    path: Path
    suffix: str
    sample_rate_hz: int
    channels: int
    bits: int
    frames: int
    wav: WavFile | None

    def read(self, channel: int, start: int, stop: int) -> np.ndarray:
        """(n,) frames [start, stop) of a channel: int16, or int32 with 24 bits left-justified."""
        for block in self.blocks(channel, start, stop, size=max(stop - start, 1)):
            return block
        return np.empty(0, np.int16 if self.bits == 16 else np.int32)

    def blocks(
        self, channel: int, start: int = 0, stop: int | None = None, *, size: int = BLOCK_FRAMES
    ) -> Iterator[np.ndarray]:
        """The same block by block. Raises AudioRefused("truncated") when frames are missing."""
        stop = self.frames if stop is None else min(stop, self.frames)
        many = self._of_wav(start, stop, size) if self.wav else self._of_flac(start, stop, size)
        for block in many:
            yield np.ascontiguousarray(block[:, channel])

    def _of_wav(self, start: int, stop: int, size: int) -> Iterator[np.ndarray]:
        assert self.wav is not None
        for at in range(start, stop, size):
            upto = min(at + size, stop)
            if self.bits == 16:
                raw = np.frombuffer(self.wav.read_raw(at, upto), "<i2")
                yield raw.reshape(-1, self.channels)
            else:
                yield self.wav.read_int(at, upto)

    def _of_flac(self, start: int, stop: int, size: int) -> Iterator[np.ndarray]:
        import soundfile  # not for the web process, which reads plain WAV

        dtype = "int16" if self.bits == 16 else "int32"
        with soundfile.SoundFile(self.path) as sound:
            if start:
                sound.seek(start)
            at = start
            while at < stop:
                try:
                    block = sound.read(min(size, stop - at), dtype=dtype, always_2d=True)
                except soundfile.LibsndfileError as error:
                    told = say(
                        "Decoding stopped after {n} samples: {error}", n=at, error=str(error)
                    )
                    raise AudioRefused("corrupt", told) from None
                if not len(block):
                    told = say(
                        "The header promises {promised} samples, but only {done} could be decoded.",
                        promised=self.frames,
                        done=at,
                    )
                    raise AudioRefused("truncated", told)
                at += len(block)
                yield block


def needs_decoder(path: Path) -> bool:
    """Whether foreign code must read the file: it is FLAC by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == b"fLaC"


def open_long(path: Path) -> LongSound:
    """Check the header of a long recording. Raises AudioRefused, with a detail for people."""
    sound = _open_flac(path) if needs_decoder(path) else _open_wav(path)
    if sound.bits not in BITS:
        raise AudioRefused(
            "unsupported_bits",
            say(
                "The samples have {bits} bits. Takes have 16 or 24: save the file so.",
                bits=sound.bits,
            ),
        )
    if not sound.frames:
        raise AudioRefused("empty", say("The file has a header but no sound."))
    if sound.frames > MAX_S * sound.sample_rate_hz:
        hours = sound.frames / sound.sample_rate_hz / 3600
        raise AudioRefused(
            "too_long", say("It lasts {hours:.1f} h; 3 h are the most. Split it.", hours=hours)
        )
    return sound


def check_channel(channel: int, *, of: int) -> None:
    """Whether a file of so many channels has this one, counted from 0. Raises AudioRefused."""
    if not 0 <= channel < of:
        raise AudioRefused(
            "no_such_channel",
            say(
                "Channel {channel} is not there: the file has 0 to {of}.",
                channel=channel,
                of=of - 1,
            ),
        )


def _open_wav(path: Path) -> LongSound:
    try:
        wav = open_wav(path)
    except AudioRefused as error:
        raise _said_of_long(error, path) from None
    if wav.is_float:
        raise AudioRefused(
            "unsupported_bits",
            say(
                "The samples are floating-point numbers of {bits} bits. Takes have whole numbers "
                "of 16 or 24 bits: save the file so.",
                bits=wav.bits,
            ),
        )
    return LongSound(
        path=path,
        suffix=".wav",
        sample_rate_hz=wav.sample_rate_hz,
        channels=wav.channels,
        bits=wav.bits,
        frames=wav.frames,
        wav=wav,
    )


def _said_of_long(error: AudioRefused, path: Path) -> AudioRefused:
    """The same refusal, where WAV is not all that is taken."""
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if error.code != "not_wav" or found is None:
        return error
    told = say(
        "By its first bytes the file is {name}. Send a WAV or FLAC file of 16 or 24 bits.",
        name=found.name,
    )
    return AudioRefused("not_wav", told)


def _open_flac(path: Path) -> LongSound:
    import soundfile

    try:
        info = soundfile.info(str(path))
    except soundfile.LibsndfileError as error:
        told = say("The FLAC file cannot be opened: {error}", error=str(error))
        raise AudioRefused("corrupt", told) from None
    if info.frames >= 2**62:
        raise AudioRefused(
            "unsupported", say("The FLAC file does not say how long it is. Save it anew.")
        )
    bits = {"PCM_16": 16, "PCM_24": 24}.get(info.subtype, 8)
    return LongSound(path, ".flac", info.samplerate, info.channels, bits, info.frames, None)


# --- targets of a limited child: JSON in, JSON and bytes out ------------------------------------


def survey(*, path: str, channel: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Hash the file and read the channel once.

    Returns facts (suffix, sample_rate_hz, channels, bits, frames, sha256, noise_dbfs, level_dbfs)
    and the blob `peaks`; or {"refused": {"code", "detail"}}.
    """
    try:
        sound = open_long(Path(path))
        check_channel(channel, of=sound.channels)
        peaks, levels = PeaksWriter(), []
        for block in sound.blocks(channel):
            peaks.feed(block)
            levels.append(_levels(block))
    except AudioRefused as refusal:
        return _refused(refusal), {}
    power = np.concatenate(levels)
    facts = {
        "suffix": sound.suffix,
        "sample_rate_hz": sound.sample_rate_hz,
        "channels": sound.channels,
        "bits": sound.bits,
        "frames": sound.frames,
        "sha256": _sha256(Path(path)),
        "noise_dbfs": noise_floor(power),
        "level_dbfs": _dbfs(float(power.mean())),
    }
    return facts, {"peaks": peaks.finish(sound.sample_rate_hz)}


def find_regions(
    *, path: str, channel: int, search: dict[str, Any], noise_dbfs: float
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Search a channel for silence.

    Returns `threshold_dbfs`, `regions` [[start, end]] in frames with their margins, `spoken_ms`
    their lengths without, `same_words` whether each says what the one before says (`likeness`); no
    blobs; or {"refused": ...}.
    """
    how = Search(**search)
    threshold = how.threshold(noise_dbfs)
    try:
        sound = open_long(Path(path))
        check_channel(channel, of=sound.channels)
        regions, spoken_ms = _spoken(sound, channel, how, threshold)
        same = _same_words(sound, channel, regions)
    except AudioRefused as refusal:
        return _refused(refusal), {}
    found = {
        "threshold_dbfs": threshold,
        "search": asdict(how),
        "regions": regions,
        "spoken_ms": spoken_ms,
        "same_words": same,
    }
    return found, {}


def _spoken(
    sound: LongSound, channel: int, how: Search, threshold_dbfs: float
) -> tuple[list[list[int]], list[int]]:
    """What lies between silences: [start, end] in frames with margins, and ms without."""
    finder = SilenceFinder(
        rate_hz=sound.sample_rate_hz,
        bits=sound.bits,
        min_silence_ms=how.min_silence_ms,
        threshold_dbfs=threshold_dbfs,
    )
    for block in sound.blocks(channel):
        finder.feed(block)
    silent, n_ms = finder.finish()
    spoken = [(a, b) for a, b in nonsilent(silent, n_ms) if b - a >= how.min_speech_ms]
    rate = sound.sample_rate_hz
    regions = [
        [frame_at(a, rate), min(frame_at(b, rate), sound.frames)]
        for a, b in with_margins(spoken, how.keep_ms, n_ms)
    ]
    return regions, [b - a for a, b in spoken]


def _same_words(sound: LongSound, channel: int, regions: list[list[int]]) -> list[float]:
    """Of each region whether it says what the one before says (`likeness`), by its beginning."""
    if len(regions) > MOST_COMPARED:
        return [0.0] * len(regions)
    longest = round(LONGEST_S * sound.sample_rate_hz)
    heard = (sound.read(channel, a, min(b, a + longest)) for a, b in regions)
    return same_words(heard, sound.sample_rate_hz)


def cut(
    *, path: str, channel: int, start: int, end: int, note: str = ""
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Frames [start, end) of a channel as a mono WAV file, the blob `wav`: the same samples at the
    same depth; or {"refused": ...}."""
    try:
        return {}, {"wav": wav_of(open_long(Path(path)), channel, start, end, note=note)}
    except AudioRefused as refusal:
        return _refused(refusal), {}


def wav_of(sound: LongSound, channel: int, start: int, end: int, *, note: str = "") -> bytes:
    """As `cut`. `note` goes into the header as a comment, so that what was cut for one prompt and
    then for another is two files."""
    if end - start > REGION_MAX_S * sound.sample_rate_hz:
        length = (end - start) / sound.sample_rate_hz
        raise AudioRefused(
            "too_long",
            say(
                "It lasts {length:.0f} s; {most} s are the most.", length=length, most=REGION_MAX_S
            ),
        )
    if not 0 <= start < end <= sound.frames:
        raise AudioRefused(
            "truncated",
            say(
                "Frames {start} to {end} are asked for, but it has {frames}.",
                start=start,
                end=end,
                frames=sound.frames,
            ),
        )
    data = b"".join(_pcm(block) for block in sound.blocks(channel, start, end))
    return wav_bytes(data, rate_hz=sound.sample_rate_hz, bits=sound.bits, note=note)


def _pcm(samples: np.ndarray) -> bytes:
    """int16 as they are, left-justified int32 as 24 bits."""
    if samples.dtype == np.int16:
        return samples.astype("<i2", copy=False).tobytes()
    return samples.astype("<i4", copy=False).view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


def wav_bytes(data: bytes, *, rate_hz: int, bits: int, note: str = "") -> bytes:
    """A mono WAV file of raw samples, with a comment (LIST INFO ICMT) before them if given."""
    width = bits // 8
    chunks = _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate_hz, rate_hz * width, width, bits))
    if note:
        chunks += _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", note.encode() + b"\0"))
    chunks += _chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _levels(block: np.ndarray) -> np.ndarray:
    """Mean squares (full scale 1) of stretches of LEVEL_FRAMES; the last one may be short."""
    scale = 2.0**15 if block.dtype == np.int16 else 2.0**31
    whole = len(block) // LEVEL_FRAMES * LEVEL_FRAMES
    rows = block[:whole].reshape(-1, LEVEL_FRAMES)
    power = [np.square(row.astype(np.float64)).mean() for row in rows]
    if whole < len(block):
        power.append(np.square(block[whole:].astype(np.float64)).mean())
    return np.array(power) / scale**2


def noise_floor(power: np.ndarray) -> float:
    """dBFS below which a tenth of the stretches lie, digital silence aside.

    power: (stretches,) mean squares, full scale 1.
    """
    sounding = power[power > 0]
    if not len(sounding):
        return FLOOR_DBFS
    return _dbfs(float(np.percentile(sounding, NOISE_SHARE)))


def _dbfs(power: float) -> float:
    return round(max(10 * math.log10(power), FLOOR_DBFS), 2) if power > 0 else FLOOR_DBFS


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(refusal: AudioRefused) -> dict[str, Any]:
    return {"refused": kept({"code": refusal.code, "detail": refusal.detail})}
