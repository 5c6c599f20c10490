"""Where sound was lost on its way: held samples, repeated blocks, and jumps at lost blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.recording.qc.figures import half_up
from annotation.recording.qc.runs import runs_of

HELD_S = 0.002  # silence of a converter never stands still for so long amid speech
LOUD_SHARE = 0.1  # of the speech power: held samples count where speech was around them
AROUND_S = 0.01
# Lengths of blocks that sound systems hand over; one that comes twice is a filled gap.
BLOCKS = (128, 256, 441, 480, 512, 882, 960, 1024, 2048)
REPEAT_LEAST = 128
JUMP_SHARE = 20.0  # of the usual bend of the samples nearby
JUMP_LEAST = 0.02
JUMP_AROUND_S = 0.004
SAME_PLACE_S = 0.01


@dataclass(frozen=True)
class Lost:
    """`places` where sound was lost; `samples` of one value that fill some of them."""

    places: int = 0
    samples: int = 0


def lost_sound(sound: np.ndarray, rate_hz: int, span: tuple[int, int], speech_power: float) -> Lost:
    """What was lost between the first and the last speech.

    Args:
        sound: (frames,) float64.
        span: first and past-the-last sample of speech.
        speech_power: mean square of the speech.

    What was found within 10 ms counts once. A block that is missing without a trace, because the
    samples on both sides happen to meet, is not seen (docs/quality.md says how often).
    """
    first, last = span
    piece = sound[first : min(last, len(sound))]
    filled = held(piece, rate_hz, speech_power)
    places = [
        *(last for _first, last in filled),
        *repeated(piece, speech_power),
        *jumps(piece, rate_hz),
    ]
    samples = sum(last - first for first, last in filled)
    return Lost(distinct(places, half_up(SAME_PLACE_S * rate_hz)), samples)


def distinct(places: list[int], apart: int) -> int:
    """How many places there are, counting those closer than `apart` to the one before once."""
    count, previous = 0, None
    for place in sorted(places):
        if previous is None or place - previous > apart:
            count += 1
        previous = place
    return count


def held(piece: np.ndarray, rate_hz: int, speech_power: float) -> list[tuple[int, int]]:
    """First and last sample of runs of one value with speech right before and after them."""
    same = piece[1:] == piece[:-1]
    least, around = max(8, half_up(HELD_S * rate_hz)), half_up(AROUND_S * rate_hz)
    extreme = 0.98 * float(np.abs(piece).max(initial=0.0))
    found = []
    for first, last in runs_of(same, least - 1):
        if piece[first] != 0 and abs(piece[first]) >= extreme:
            continue  # a flat top: clipping, and told as such
        before = piece[max(0, first - around) : first]
        after = piece[last + 1 : last + 1 + around]
        if min(_power(before), _power(after)) > LOUD_SHARE * speech_power:
            found.append((int(first), int(last)))
    return found


def repeated(piece: np.ndarray, speech_power: float) -> list[int]:
    """Ends of blocks that equal the block before them, sample by sample."""
    found = []
    for block in BLOCKS:
        same = piece[block:] == piece[:-block]
        least = max(REPEAT_LEAST, block)
        for first, last in runs_of(same, least):
            stretch = piece[first : last + block]
            if _power(stretch) > 0.01 * speech_power and np.ptp(stretch) > 0:
                found.append(int(last + block))
    return found


def jumps(piece: np.ndarray, rate_hz: int) -> list[int]:
    """Samples that no neighbour leads up to: the line bends there many times as much as nearby."""
    around = max(4, half_up(JUMP_AROUND_S * rate_hz))
    if len(piece) <= 2 * around + 3:
        return []
    bend = np.diff(np.diff(piece))
    at = np.flatnonzero(np.abs(bend) > JUMP_LEAST)
    if len(at) == 0:
        return []
    sums = np.concatenate(([0.0], np.cumsum(bend * bend)))
    first, last = np.maximum(at - around, 0), np.minimum(at + around + 1, len(bend))
    # A jump bends the line at two samples, a single wrong sample at three: leave them out.
    inner_first, inner_last = np.maximum(at - 2, 0), np.minimum(at + 3, len(bend))
    energy = (sums[last] - sums[first]) - (sums[inner_last] - sums[inner_first])
    count = (last - first) - (inner_last - inner_first)
    usual = np.maximum(energy, 0.0) / count
    return [int(n) + 1 for n in at[bend[at] ** 2 > JUMP_SHARE**2 * usual]]


def _power(piece: np.ndarray) -> float:
    return float(np.mean(piece * piece)) if len(piece) else 0.0
