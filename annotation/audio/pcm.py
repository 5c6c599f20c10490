"""The canonical form of sound: what its hash covers and what its levels are measured on.

Canonical PCM, version 1. Each sample becomes a signed 32-bit integer, left-justified: an n-bit
sample is shifted up by 32 - n bits; a float sample x becomes round-half-even(x * 2**31), clipped to
the range. The hash is SHA-256 over

    b"speecheq-pcm-1\\0"  sample rate, uint32 little-endian  channels, uint32 little-endian
    the samples, int32 little-endian, interleaved by frame

so the same samples hash equal in WAV, FLAC or AIFF, at 16 bits or padded to 24, as integers or as
float; the same samples at another rate or in another number of channels do not. A lossy file is
hashed as its decoder gives it: bytes that decode alike are equal, a re-encoded copy is not.
"""

import math
from dataclasses import dataclass

import numpy as np

from annotation.audio.decode import FULL_SCALE, Bounds, Source, check_length
from annotation.audio.errors import AudioRefused
from annotation.audio.identity import new_pcm_digest
from annotation.audio.stages import Stages
from speecheq.sentences import say

INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class Pcm:
    """A sound as read: its hash, its figures and its channels' mean.

    mono: (frames,) float32, -1 to 1, the mean of the channels at the source's rate.
    level_dbfs: root mean square over all samples and channels, and peak_dbfs the largest
    magnitude, both relative to full scale (a full-scale sine has a level of -3.01 dBFS).
    """

    sha256: str
    sample_rate_hz: int
    channels: int
    frames: int
    level_dbfs: float
    peak_dbfs: float
    mono: np.ndarray

    @property
    def duration_ms(self) -> int:
        """Length in ms, rounded half up, at least 1."""
        return max(1, (self.frames * 2000 + self.sample_rate_hz) // (2 * self.sample_rate_hz))


def read_pcm(source: Source, bounds: Bounds, stages: Stages) -> Pcm:
    """Read all of `source` once. Raises AudioRefused for what no clip may be."""
    digest = new_pcm_digest(source.sample_rate_hz, source.channels)
    mono, frames, peak, energy = [], 0, 0.0, 0.0
    blocks = stages.each("decode", source.blocks)
    for block in blocks:
        frames += len(block)
        check_length(frames, source.sample_rate_hz, bounds)
        samples = canonical(block)
        with stages.time("hash"):
            digest.update(samples.astype("<i4", copy=False).data)
        with stages.time("level"):
            scaled = samples.astype(np.float64) / FULL_SCALE
            peak = max(peak, float(np.abs(scaled).max(initial=0.0)))
            energy += float(np.vdot(scaled, scaled))
            mono.append(scaled.mean(axis=1).astype(np.float32))
    pcm = Pcm(
        sha256=digest.hexdigest(),
        sample_rate_hz=source.sample_rate_hz,
        channels=source.channels,
        frames=frames,
        level_dbfs=dbfs(math.sqrt(energy / max(1, frames * source.channels))),
        peak_dbfs=dbfs(peak),
        mono=np.concatenate(mono) if mono else np.zeros(0, np.float32),
    )
    _check_content(pcm, bounds)
    return pcm


def canonical(block: np.ndarray) -> np.ndarray:
    """Samples (frames, channels), int32 or float64, as C-ordered canonical int32."""
    if block.dtype == np.int32:
        return np.ascontiguousarray(block)
    if not np.isfinite(block).all():
        bad = int((~np.isfinite(block)).sum())
        raise AudioRefused("not_finite", say("{bad} samples are NaN or infinite.", bad=bad))
    scaled = np.clip(np.rint(block * FULL_SCALE), -FULL_SCALE, INT32_MAX)
    return np.ascontiguousarray(scaled.astype(np.int32))


def dbfs(amplitude: float) -> float:
    """Decibels relative to full scale, to 0.01 dB; digital silence is -200."""
    return round(20 * math.log10(amplitude), 2) if amplitude > 1e-10 else -200.0


def _check_content(pcm: Pcm, bounds: Bounds) -> None:
    if pcm.frames == 0:
        raise AudioRefused("empty", say("The file has a header but no samples."))
    if pcm.frames < bounds.min_ms * pcm.sample_rate_hz / 1000:
        lasts = f"{1000 * pcm.frames / pcm.sample_rate_hz:.0f} ms"
        raise AudioRefused(
            "too_short",
            say(
                "It lasts {lasts}; a clip has at least {min_ms}.", lasts=lasts, min_ms=bounds.min_ms
            ),
        )
    if pcm.peak_dbfs < bounds.silence_dbfs:
        raise AudioRefused(
            "silent", say("The loudest sample is at {peak_dbfs:g} dBFS.", peak_dbfs=pcm.peak_dbfs)
        )
    mixed = dbfs(float(np.abs(pcm.mono).max()))
    if mixed < bounds.silence_dbfs:
        raise AudioRefused("silent", say("The channels cancel each other: their mean is silence."))
