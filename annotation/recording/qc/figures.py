"""What is known of a sound once it was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

FLOOR_DBFS = -120.0


@dataclass(frozen=True)
class Figures:
    """Figures of one channel of a take.

    Levels are root mean squares without the DC part, relative to full scale: a sine that just
    reaches full scale has -3.01 dBFS. -120 dBFS stands for nothing at all.

    duration_ms: of the whole file. rate_hz: its sample rate.
    peak_dbfs: largest magnitude of any sample, DC included.
    level_dbfs: active speech level, over the frames that hold speech; of the whole without speech.
    noise_dbfs: the noise floor.
    snr_db: speech without its noise against the noise floor, in dB; None without speech.
    clipped_share: share of samples, 0 to 1, in runs at full scale or on flat tops below it.
    lead_ms, tail_ms: from the edges of the file to the first and last speech; None without speech.
    speech_ms: speech with the short gaps between words, without pauses.
    dc_offset: mean of the samples, signed, full scale 1.
    dropouts: places where the sound was lost: held samples, repeated blocks, jumps; at least as
        many as the recorder knows of.
    missing_ms: how much sound that is, as far as it is known: what stands still amid speech, and
        what the recorder knows to have left out.
    """

    duration_ms: int
    rate_hz: int
    peak_dbfs: float
    level_dbfs: float
    noise_dbfs: float
    snr_db: float | None
    clipped_share: float
    lead_ms: int | None
    tail_ms: int | None
    speech_ms: int
    dc_offset: float
    dropouts: int
    missing_ms: int = 0

    def with_gaps(self, gaps: int, missing_ms: int = 0) -> Figures:
        """With at least `gaps` dropouts, and `missing_ms` more that is missing: what was left out
        while recording leaves no trace where the sound before and after happens to fit."""
        dropouts = max(self.dropouts, gaps)
        return replace(self, dropouts=dropouts, missing_ms=self.missing_ms + missing_ms)


def db_of_power(power: float) -> float:
    """Decibels of a mean square, at least FLOOR_DBFS."""
    return 10 * math.log10(power) if power > 1e-12 else FLOOR_DBFS


def power_of_db(level_db: float) -> float:
    return float(10.0 ** (level_db / 10))


def half_up(value: float) -> int:
    """Round as JavaScript's Math.round does, so that both sides tell the same."""
    return math.floor(value + 0.5)
