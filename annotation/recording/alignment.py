"""Which region of a long recording is which prompt of the script, by order and length alone.

The regions are read as the output of a hidden walk through the script. Each region is either the
prompt the speaker was at (said once more), a later one (those between were missed), or noise: a
cough, a word to the operator, a door. A prompt is expected to last as its syllables do, at a tempo
found from the recording itself. The most likely walk gives the prompts (Viterbi); how much of the
probability of all walks agrees with it, region by region, is the confidence (forward and backward
sums over the same steps). Length tells little where sentences are alike, and the confidence says
so: when a prompt was missed among equals, it falls along the stretch where it could have been.

No word is heard: a region is a pair of times. This proposes, and a person looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SYLLABLE_MS = 220.0  # at the start of the search for the tempo; about 4.5 syllables a second
TEMPO_ROUNDS = 4


@dataclass(frozen=True)
class Chances:
    """What happens while a script is spoken.

    again: a region is the prompt before it once more. missed: a prompt has no region.
    noise: a region is none of the script. spread: standard deviation of log(length / expected).
    shortest_ms, longest_ms: noise lasts anything between, each order of size as often as another.
    """

    again: float = 0.06
    missed: float = 0.02
    noise: float = 0.03
    spread: float = 0.22
    shortest_ms: float = 50.0
    longest_ms: float = 30_000.0


@dataclass(frozen=True)
class Match:
    """A region's prompt, as its place in the script counted from 0; None: noise.

    confidence: 0 to 1, the probability of just this among all walks.
    last: no later region is the same prompt: the one that is taken unless told otherwise.
    """

    place: int | None
    confidence: float
    last: bool


def align(
    durations_ms: Sequence[float], syllables: Sequence[float], chances: Chances | None = None
) -> list[Match]:
    """One match for each region, in order.

    Args:
        durations_ms: (regions,) lengths of what is spoken, margins aside.
        syllables: (prompts,) of what is to be spoken, in the order of the session.
        chances: how often speakers repeat, miss and cough.
    """
    chances = chances or Chances()
    if not len(durations_ms) or not len(syllables):
        return [Match(None, 1.0, False) for _ in durations_ms]
    lengths = np.log(np.maximum(np.asarray(durations_ms, float), 1.0))
    # One syllable more: the last one is drawn out, and a short sentence is no multiple of it.
    expected = np.log(np.asarray(syllables, float) + 1.0)
    tempo = float(np.log(SYLLABLE_MS))
    for _ in range(TEMPO_ROUNDS):
        walk = _Walk(lengths, expected + tempo, chances)
        path = walk.best()
        spoken = [(i, p) for i, p in enumerate(path) if p is not None]
        if not spoken:
            break
        ratios = [lengths[i] - expected[p] for i, p in spoken]
        renewed = float(np.median(ratios))
        if abs(renewed - tempo) < 1e-3:
            break
        tempo = renewed
    walk = _Walk(lengths, expected + tempo, chances)
    path = walk.best()
    sure = walk.posterior()
    return _matches(path, sure)


def _matches(path: list[int | None], sure: np.ndarray) -> list[Match]:
    """sure: (regions, prompts + 1), noise in the last column."""
    final = {place: i for i, place in enumerate(path) if place is not None}
    return [
        Match(
            place=place,
            confidence=round(float(sure[i, -1 if place is None else place]), 4),
            last=place is not None and final[place] == i,
        )
        for i, place in enumerate(path)
    ]


class _Walk:
    """Log-likelihoods of lengths and steps. The state after a region is the place reached: 0 before
    the first prompt, p + 1 at prompt p; noise leaves it where it is.

    `step[q, p]`: from place q to prompt p (place p + 1); one stays to repeat, or goes on and misses
    what is between.
    """

    def __init__(self, lengths: np.ndarray, expected: np.ndarray, chances: Chances):
        n = len(expected)
        off = (lengths[:, None] - expected[None, :]) / chances.spread  # (regions, prompts)
        self.spoken = -0.5 * off**2 - np.log(chances.spread * np.sqrt(2 * np.pi))
        span = np.log(chances.longest_ms / chances.shortest_ms)
        self.noise = float(np.log(chances.noise) - np.log(span))
        ahead = np.arange(n)[None, :] - np.arange(n + 1)[:, None]  # prompts missed; -1: again
        going = np.log(1 - chances.noise - chances.again) + np.log(1 - chances.missed)
        with np.errstate(invalid="ignore"):
            self.step = np.where(ahead >= 0, going + ahead * np.log(chances.missed), -np.inf)
        self.step[ahead == -1] = np.log(chances.again)
        left = n - np.arange(n + 1)
        self.end = left * np.log(chances.missed)  # (places,) what is never reached

    def best(self) -> list[int | None]:
        """The most likely prompt of each region; None for noise."""
        score = self._start()
        came: list[np.ndarray] = []
        for spoken in self.spoken:
            moved = score[:, None] + self.step  # (places, prompts)
            origin = moved.argmax(axis=0)
            reached = np.concatenate([[-np.inf], moved.max(axis=0) + spoken])
            stayed = score + self.noise
            # -1: noise; otherwise the place it came from.
            came.append(np.where(stayed >= reached, -1, np.concatenate([[0], origin])))
            score = np.maximum(stayed, reached)
        place = int((score + self.end).argmax())
        path: list[int | None] = []
        for origin in reversed(came):
            if origin[place] < 0:
                path.append(None)
            else:
                path.append(place - 1)
                place = int(origin[place])
        return path[::-1]

    def posterior(self) -> np.ndarray:
        """(regions, prompts + 1): probability of each prompt, and of noise in the last column."""
        n_regions, n = self.spoken.shape
        before = np.empty((n_regions + 1, n + 1))
        before[0] = self._start()
        for i, spoken in enumerate(self.spoken):
            reached = _log_sum(before[i][:, None] + self.step, axis=0) + spoken
            before[i + 1] = before[i] + self.noise
            before[i + 1][1:] = np.logaddexp(before[i + 1][1:], reached)
        after = self.end
        total = _log_sum(before[-1] + after, axis=0)
        sure = np.empty((n_regions, n + 1))
        for i in range(n_regions - 1, -1, -1):
            reached = _log_sum(before[i][:, None] + self.step, axis=0) + self.spoken[i]
            sure[i, :n] = np.exp(reached + after[1:] - total)
            sure[i, n] = np.exp(_log_sum(before[i] + self.noise + after, axis=0) - total)
            on = self.step + (self.spoken[i] + after[1:])[None, :]
            after = np.logaddexp(after + self.noise, _log_sum(on, axis=1))
        return sure

    def _start(self) -> np.ndarray:
        score = np.full(self.step.shape[0], -np.inf)
        score[0] = 0.0
        return score


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """log(sum(exp(values))) along an axis; -inf where all are."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        summed = np.log(np.exp(values - top).sum(axis=axis))
    return np.asarray(summed + np.squeeze(top, axis=axis))
