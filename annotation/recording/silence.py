"""Where a recording of hours is silent, found in blocks, with the cut points of pydub.

`pydub.silence.detect_silence` asks for each millisecond i whether the RMS of [i, i + min_silence)
is at most a threshold, and joins what it finds. It does so by slicing the whole file out of memory
once a millisecond and adding up every slice anew: 3 h are 2 GB and ten million slices. Here a block
at a time comes in, each millisecond's sum of squares is taken once, and the sum over a slice is a
difference of running sums; only the last `min_silence_ms` of sound are kept. The answer is the
same, not nearly the same, because the arithmetic is:

* millisecond k begins at frame int(k * (rate / 1000.0)), a double product cut off, and a file has
  round(1000 * (frames / rate)) milliseconds; what is missing to the last one is zeros;
* a 24-bit sample s reaches pydub as 32 bits with one byte added below: 256 * s, and 255 more where
  s is negative (it pads the lowest byte with the sign);
* `audioop.rms` adds squares in doubles, divides, takes the root and cuts off to an integer, and
  that integer is compared with `10 ** (dbfs / 20) * 2 ** (bits - 1)`. Sums are kept here in whole
  numbers (two of them, 32 bits apart). Below 2**53 a double holds every partial sum, so the order
  does not matter and the same three operations give the same bits. Above it, where a threshold is
  so near that rounding could decide, that slice is given to pydub itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from speecheq.sentences import say

Range = tuple[int, int]
EXACT_BELOW = 2.0**53
LOW_BITS = 32
LOW_MASK = (1 << LOW_BITS) - 1
MIN_SILENCE_MS = (10, 60_000)


class OutOfRange(ValueError):
    """A setting of a search is outside its bounds: `field` says which, `detail` is for people."""

    def __init__(self, field: str, detail: str):
        super().__init__(detail)
        self.field, self.detail = field, detail


@dataclass(frozen=True)
class Search:
    """How silence is searched for.

    min_silence_ms: a silence shorter than this does not part two regions.
    threshold_dbfs: RMS at most this is silent; None means `above_noise_db` over the noise floor.
    keep_ms: silence left at both ends of a region; two that would meet share what is between.
    min_speech_ms: what is shorter between two silences is a click and no region.
    """

    min_silence_ms: int = 500
    threshold_dbfs: float | None = None
    above_noise_db: float = 12.0
    keep_ms: int = 200
    min_speech_ms: int = 120

    def __post_init__(self) -> None:
        _within("min_silence_ms", self.min_silence_ms, *MIN_SILENCE_MS)
        if self.threshold_dbfs is not None:
            _within("threshold_dbfs", self.threshold_dbfs, -120, 0)
        _within("above_noise_db", self.above_noise_db, 0, 60)
        _within("keep_ms", self.keep_ms, 0, 10_000)
        _within("min_speech_ms", self.min_speech_ms, 0, 10_000)

    def threshold(self, noise_dbfs: float) -> float:
        """dBFS at or below which a slice is silent, given the noise floor of the recording."""
        if self.threshold_dbfs is not None:
            return self.threshold_dbfs
        return float(min(round(noise_dbfs + self.above_noise_db, 1), 0.0))


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        detail = say(
            "{name} {value:g} is outside {low:g} to {high:g}.",
            name=name,
            value=value,
            low=low,
            high=high,
        )
        raise OutOfRange(name, detail)


def frame_at(ms: int, rate_hz: int) -> int:
    """The frame at which a millisecond begins, as pydub counts."""
    return int(ms * (rate_hz / 1000.0))


def length_ms(frames: int, rate_hz: int) -> int:
    """Milliseconds of a recording, as pydub counts."""
    return round(1000 * (frames / rate_hz))


class SilenceFinder:
    """Takes one channel block by block; `finish` gives what pydub finds in the whole of it.

    Args:
        rate_hz: frames a second, at least 2000.
        bits: 16 or 24.
        min_silence_ms, threshold_dbfs: as pydub's `min_silence_len` and `silence_thresh`.
    """

    def __init__(self, *, rate_hz: int, bits: int, min_silence_ms: int, threshold_dbfs: float):
        if bits not in (16, 24):
            raise ValueError(f"{bits} bits; silence is searched for in 16 or 24.")
        self.rate_hz = rate_hz
        self.bits = bits
        self.min_ms = min_silence_ms
        scale = 2 ** (15 if bits == 16 else 31)  # pydub widens 24 bits to 32
        self.threshold = 10 ** (float(threshold_dbfs) / 20) * scale
        self._frames = 0  # that came
        self._tail = np.empty(0, np.int16 if bits == 16 else np.int32)
        self._tail_ms = 0  # millisecond at which the tail begins
        self._high = np.empty(0, np.int64)  # sums of squares of the tail's whole milliseconds
        self._low = np.empty(0, np.int64)
        self._ranges: list[Range] = []
        self._start: int | None = None  # of the silence that is open
        self._last = 0  # the latest millisecond at which a silent slice began

    def feed(self, samples: np.ndarray) -> None:
        """Take the next frames, (n,): int16, or int32 holding 24 bits left-justified."""
        self._frames += len(samples)
        self._take(np.asarray(samples, self._tail.dtype))

    def finish(self) -> tuple[list[Range], int]:
        """Silent ranges [start, end) and the length of the recording, in milliseconds."""
        n_ms = length_ms(self._frames, self.rate_hz)
        missing = frame_at(n_ms, self.rate_hz) - self._frames
        if missing > 0:
            self._take(np.zeros(missing, self._tail.dtype))
        if n_ms < self.min_ms:
            return [], n_ms
        if self._start is not None:
            self._ranges.append((self._start, self._last + self.min_ms))
            self._start = None
        return self._ranges, n_ms

    def _take(self, samples: np.ndarray) -> None:
        """Add to the tail, decide the slices that are whole now, forget what none will need."""
        begun = self._tail_ms + len(self._high)  # milliseconds up to here are summed
        samples = np.concatenate([self._tail, samples])
        first_frame = frame_at(self._tail_ms, self.rate_hz)
        ends = self._edges(begun, first_frame + len(samples)) - first_frame
        high, low = _sums_of_squares(samples, ends, self.bits)
        self._high = np.concatenate([self._high, high])
        self._low = np.concatenate([self._low, low])
        n_slices = len(self._high) - self.min_ms + 1
        if n_slices > 0:
            self._join(self._tail_ms + np.flatnonzero(self._silent(samples, n_slices)))
            self._tail_ms += n_slices
            self._high, self._low = self._high[n_slices:], self._low[n_slices:]
            samples = samples[frame_at(self._tail_ms, self.rate_hz) - first_frame :]
        self._tail = samples.copy()

    def _edges(self, first_ms: int, frames: int) -> np.ndarray:
        """Frames at which milliseconds from `first_ms` on begin, as far as `frames` go."""
        upto = int(frames / (self.rate_hz / 1000.0)) + 2
        edges = self._frames_at(np.arange(first_ms, max(upto, first_ms + 1)))
        return edges[edges <= frames]

    def _frames_at(self, ms: np.ndarray) -> np.ndarray:
        return (ms * (self.rate_hz / 1000.0)).astype(np.int64)

    def _silent(self, samples: np.ndarray, n_slices: int) -> np.ndarray:
        """(n_slices,) bool: whether the slice that begins at each millisecond of the tail is."""
        high = _over_slices(self._high, self.min_ms)
        low = _over_slices(self._low, self.min_ms)
        energy = high * float(1 << LOW_BITS) + low
        starts = self._frames_at(self._tail_ms + np.arange(n_slices))
        frames = self._frames_at(self._tail_ms + self.min_ms + np.arange(n_slices)) - starts
        silent = np.floor(np.sqrt(energy / frames)) <= self.threshold
        limit = frames * (np.floor(self.threshold) + 1) ** 2
        rounding = limit * (frames + 8) * 2.0**-52
        unsure = (energy >= EXACT_BELOW) & (np.abs(energy - limit) <= rounding)
        for k in np.flatnonzero(unsure):
            begin = starts[k] - starts[0]
            rms = _rms_by_pydub(samples[begin : begin + frames[k]], self.bits)
            silent[k] = rms <= self.threshold
        return np.asarray(silent)

    def _join(self, found: np.ndarray) -> None:
        """Silent slices at these milliseconds: ranges with less than a slice between are one."""
        if not len(found):
            return
        if self._start is None:
            self._start = self._last = int(found[0])
        starts = np.concatenate([[self._last], found])
        for k in np.flatnonzero(np.diff(starts) > self.min_ms):
            self._ranges.append((self._start, int(starts[k]) + self.min_ms))
            self._start = int(starts[k + 1])
        self._last = int(starts[-1])


def _sums_of_squares(samples: np.ndarray, edges: np.ndarray, bits: int) -> tuple[np.ndarray, ...]:
    """Between each two edges, in whole numbers: (upper, lower 32 bits), as pydub sees samples."""
    if len(edges) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    part = samples[edges[0] : edges[-1]]
    at = edges[:-1] - edges[0]
    if bits == 16:
        wide = part.astype(np.int64)
        total = _add_up(wide * wide, at, len(part))
        return total >> LOW_BITS, total & LOW_MASK
    whole = (part >> 8).astype(np.int64)
    below = np.minimum(whole, 0)
    squares = _add_up(whole * whole, at, len(part))
    # (256 s + 255)**2 is 65536 s**2 + 130560 s + 65025 where s is negative.
    more = 130560 * _add_up(below, at, len(part))
    more += 65025 * _add_up((below < 0).astype(np.int64), at, len(part))
    low = ((squares & 0xFFFF) << 16) + more
    return (squares >> 16) + (low >> LOW_BITS), low & LOW_MASK


def _add_up(values: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    """Sums from each of `at` to the next; by rows where all stretches are as long."""
    step = n // len(at)
    if step * len(at) == n and np.array_equal(at, np.arange(len(at)) * step):
        return np.asarray(values.reshape(len(at), step).sum(axis=1))
    return np.asarray(np.add.reduceat(values, at))


def _over_slices(per_ms: np.ndarray, width: int) -> np.ndarray:
    """Sums over each `width` values in a row; whole numbers, so that differences lose nothing."""
    running = np.concatenate([[0], np.cumsum(per_ms)])
    return np.asarray(running[width:] - running[:-width])


def _rms_by_pydub(samples: np.ndarray, bits: int) -> int:
    """What pydub says, for the few slices whose answer hangs on the order of its additions."""
    from pydub import AudioSegment  # seldom needed, and slow to import

    wide = samples if bits == 16 else samples | np.where(samples < 0, 255, 0).astype(np.int32)
    sound = AudioSegment(
        data=wide.tobytes(), sample_width=wide.itemsize, frame_rate=8000, channels=1
    )
    return int(sound.rms)


def nonsilent(silent: list[Range], n_ms: int) -> list[Range]:
    """What is between silences: pydub's `detect_nonsilent`."""
    edges = [0, *(edge for pair in silent for edge in pair), n_ms]
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    return [(start, end) for start, end in pairs if end > start]


def with_margins(ranges: list[Range], keep_ms: int, n_ms: int) -> list[Range]:
    """Each range with `keep_ms` more at its ends: pydub's `split_on_silence`, as times."""
    wide = [[start - keep_ms, end + keep_ms] for start, end in ranges]
    for one, other in pairwise(wide):
        if other[0] < one[1]:
            one[1] = other[0] = (one[1] + other[0]) // 2
    return [(max(start, 0), min(end, n_ms)) for start, end in wide]


def regions_of(silent: list[Range], n_ms: int, search: Search) -> list[Range]:
    """Regions [start, end) in milliseconds: what is spoken between silences, with its margins."""
    spoken = [(a, b) for a, b in nonsilent(silent, n_ms) if b - a >= search.min_speech_ms]
    return with_margins(spoken, search.keep_ms, n_ms)
