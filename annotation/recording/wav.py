"""WAV files read piece by piece, without a decoder: plain samples behind a header we check.

Nothing here runs foreign code on foreign bytes, so it is safe in the web process, and a take of ten
seconds is read in a few milliseconds. Files of any length are read with constant memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotation.audio.errors import AudioRefused
from annotation.audio.identity import new_pcm_digest
from annotation.recording.wav_header import read_header
from speecheq.sentences import say

BLOCK_FRAMES = 1 << 16
FULL_SCALE = 2.0**31
INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class WavFile:
    """A WAV file whose header was checked. Holds no open file, so there is nothing to close."""

    path: Path
    container: str
    sample_rate_hz: int
    channels: int
    bits: int
    valid_bits: int
    is_float: bool
    frames: int
    data_offset: int

    @property
    def duration_ms(self) -> int:
        """Length in ms, rounded half up, at least 1."""
        return max(1, (self.frames * 2000 + self.sample_rate_hz) // (2 * self.sample_rate_hz))

    def read(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Frames [start, stop) as (frames, channels) float32, full scale 1.

        Exact for 16 and 24 bits. `stop` beyond the end reads to the end. Raises AudioRefused
        ("not_finite", "truncated") and ValueError for a range that is none.
        """
        raw = self._bytes(start, stop)
        if self.is_float:
            return self._finite(raw.view("<f4").reshape(-1, self.channels))
        if self.bits == 16:
            samples = raw.view("<i2").astype(np.float32) / np.float32(2**15)
        else:
            samples = (self._left_justified(raw) / FULL_SCALE).astype(np.float32)
        return samples.reshape(-1, self.channels)

    def read_int(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Frames [start, stop) as (frames, channels) int32, left-justified: nothing is lost.

        Float samples are rounded half to even at 32 bits and clipped, as canonical PCM is.
        """
        raw = self._bytes(start, stop)
        if self.is_float:
            scaled = self._finite(raw.view("<f4")).astype(np.float64) * FULL_SCALE
            samples = np.clip(np.rint(scaled), -FULL_SCALE, INT32_MAX).astype(np.int32)
        else:
            samples = self._left_justified(raw)
        return samples.reshape(-1, self.channels)

    def read_raw(self, start: int = 0, stop: int | None = None) -> bytes:
        """Frames [start, stop) as the bytes they are, for cutting without any conversion."""
        return self._bytes(start, stop).tobytes()

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[np.ndarray]:
        """The whole file as `read_int` gives it, `frames` at a time."""
        for start in range(0, self.frames, frames):
            yield self.read_int(start, start + frames)

    def pcm_sha256(self) -> str:
        """SHA-256 of the canonical PCM, the same that `annotation.audio.pcm` computes."""
        digest = new_pcm_digest(self.sample_rate_hz, self.channels)
        for block in self.blocks():
            digest.update(np.ascontiguousarray(block, "<i4").data)
        return digest.hexdigest()

    def _bytes(self, start: int, stop: int | None) -> np.ndarray:
        """(bytes,) uint8 of a range of frames."""
        stop = self.frames if stop is None else min(stop, self.frames)
        if not 0 <= start <= self.frames or stop < start:
            raise ValueError(f"Frames {start} to {stop} are no range within {self.frames}.")
        width = self.channels * self.bits // 8
        wanted = (stop - start) * width
        with self.path.open("rb") as file:
            file.seek(self.data_offset + start * width)
            raw = np.fromfile(file, np.uint8, wanted)
        if len(raw) < wanted:
            told = say(
                "The header promises {wanted} bytes of sound from frame {start} on, but {there} "
                "are there.",
                wanted=wanted,
                start=start,
                there=len(raw),
            )
            raise AudioRefused("truncated", told)
        return raw

    def _left_justified(self, raw: np.ndarray) -> np.ndarray:
        """Integer samples (bytes,) as (samples,) int32 shifted to the top."""
        if self.bits == 32:
            return raw.view("<i4")
        if self.bits == 16:
            return raw.view("<i2").astype(np.int32) << 16
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = raw.reshape(-1, 3)
        return wide.reshape(-1).view("<i4")

    @staticmethod
    def _finite(samples: np.ndarray) -> np.ndarray:
        if not np.isfinite(samples).all():
            bad = int((~np.isfinite(samples)).sum())
            raise AudioRefused("not_finite", say("{bad} samples are NaN or infinite.", bad=bad))
        return samples


def open_wav(path: Path) -> WavFile:
    """Check the header of a WAV file.

    Taken are RIFF, RF64, BW64 and Wave64 with integer samples of 16, 24 or 32 bits or float ones
    of 32, 1 to 8 channels, 4 to 192 kHz. Raises AudioRefused: empty, not_wav (a webm, mp3, ...,
    told by its first bytes), not_audio, truncated, corrupt (the header contradicts itself or the
    file), unsupported, unsupported_rate, too_many_channels.
    """
    with path.open("rb") as file:
        header = read_header(file)
    form = header.format
    return WavFile(
        path=path,
        container=header.container,
        sample_rate_hz=form.sample_rate_hz,
        channels=form.channels,
        bits=form.bits,
        valid_bits=form.valid_bits,
        is_float=form.is_float,
        frames=header.frames,
        data_offset=header.data_offset,
    )
