"""Which region of a long recording is which prompt of the script: by order, by length, and by
whether it says the same as the region before.

The regions are read as the output of a hidden walk through the script. Each region is either the
prompt the speaker was at (said once more), a later one (those between were missed), or noise: a
cough, a word to the operator, a door. A prompt is expected to last as its syllables do, at a tempo
found from the recording itself. The most likely walk gives the prompts (Viterbi); how much of the
probability of all walks agrees with it, region by region, is the confidence (forward and backward
sums over the same steps). Length tells little where sentences are alike, and the confidence says
so: when a prompt was missed among equals, it falls along the stretch where it could have been.
A region that sounds as if it said the words of the one before (`likeness`) is the same prompt
again, or another one of the same words.

No word is heard. This proposes, and a person looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

SYLLABLE_MS = (140.0, 220.0, 340.0)  # where the search for the tempo begins: fast, usual, slow
TEMPO_ROUNDS, TEMPO_CLOSE = 4, 0.005


@dataclass(frozen=True)
class Chances:
    """What happens while a script is spoken.

    again: a region is the prompt before it once more. missed: a prompt has no region. part: the
    recording begins, or ends, anywhere within the script.
    noise: a region is none of the script. spread: standard deviation of log(length / expected).
    shortest_ms, longest_ms: noise lasts anything between, each order of size as often as another.
    """

    again: float = 0.06
    missed: float = 0.02
    part: float = 0.01
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
    durations_ms: Sequence[float],
    syllables: Sequence[float],
    chances: Chances | None = None,
    *,
    same_words: Sequence[float] | None = None,
    texts: Sequence[str] | None = None,
) -> list[Match]:
    """One match for each region, in order.

    Args:
        durations_ms: (regions,) lengths of what is spoken, margins aside.
        syllables: (prompts,) of what is to be spoken, in the order of the session.
        chances: how often speakers repeat, miss and cough.
        same_words: (regions,) log odds that a region says the words of the one before; 0: unknown.
        texts: (prompts,) to tell which prompts have the same words; none have, unless given.
    """
    chances = chances or Chances()
    if not len(durations_ms) or not len(syllables):
        return [Match(None, 1.0, False) for _ in durations_ms]
    lengths = np.log(np.maximum(np.asarray(durations_ms, float), 1.0))
    # One syllable more: the last one is drawn out, and a short sentence is no multiple of it.
    expected = np.log(np.asarray(syllables, float) + 1.0)
    odds = np.zeros(len(lengths)) if same_words is None else np.asarray(same_words, float)
    kinds = _kinds(texts if texts is not None else range(len(expected)))

    def walk(tempo: float) -> _Walk:
        return _Walk(lengths, expected + tempo, chances, odds, kinds)

    # A wrong tempo may fit a part of the script well: what fits best of all is taken.
    found = [_settled(walk, lengths, expected, float(np.log(ms))) for ms in SYLLABLE_MS]
    best = walk(max(found)[1])
    path, _score = best.best()
    return _matches(path, best.confidence(path))


def _settled(
    walk: Callable[[float], _Walk], lengths: np.ndarray, expected: np.ndarray, tempo: float
) -> tuple[float, float]:
    """How likely the best walk is at the tempo (log ms a syllable) that its own prompts have, and
    that tempo."""
    path, score = walk(tempo).best()
    for _ in range(TEMPO_ROUNDS):
        ratios = [lengths[i] - expected[p] for i, p in enumerate(path) if p is not None]
        if not ratios or abs(float(np.median(ratios)) - tempo) < TEMPO_CLOSE:
            break
        renewed = float(np.median(ratios))
        path, better = walk(renewed).best()
        if better <= score:
            break
        tempo, score = renewed, better
    return score, tempo


def _kinds(texts: Sequence[object]) -> np.ndarray:
    """(prompts,): a number for each text."""
    first: dict[object, int] = {}
    return np.array([first.setdefault(text, len(first)) for text in texts])


def _matches(path: list[int | None], sure: np.ndarray) -> list[Match]:
    """sure: (regions,)."""
    final = {place: i for i, place in enumerate(path) if place is not None}
    return [
        Match(
            place=place,
            confidence=round(float(sure[i]), 4),
            last=place is not None and final[place] == i,
        )
        for i, place in enumerate(path)
    ]


class _Walk:
    """Log-likelihoods of lengths and steps. The state after a region is the place reached: 0 before
    the first prompt, p + 1 at prompt p; noise leaves it where it is. Each place has two states, as
    words are compared with those of the region before only where that one was spoken.

    From place q one comes to prompt p (place p + 1): again where p + 1 = q, else on, and what is
    between is missed. Steps that miss fewer than `near` prompts are counted out one by one, in
    column p - q, and the last column is "again". Words are not compared across more, and the
    likelihood of missing falls by the same factor each time, so that all farther steps are one
    running sum: a region costs as many operations as there are prompts, not their square.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        expected: np.ndarray,
        chances: Chances,
        odds: np.ndarray,
        kinds: np.ndarray,
        *,
        near: int = 12,
    ):
        n = len(expected)
        self.near = near
        off = (lengths[:, None] - expected[None, :]) / chances.spread  # (regions, prompts)
        self.spoken = -0.5 * off**2 - np.log(chances.spread * np.sqrt(2 * np.pi))
        self.odds = odds
        span = np.log(chances.longest_ms / chances.shortest_ms)
        self.noise = float(np.log(chances.noise) - np.log(span))
        self.missed = float(np.log(chances.missed))
        self.going = float(np.log(1 - chances.noise - chances.again) + np.log(1 - chances.missed))
        columns = np.append(np.arange(near), -1)  # p - q
        self.origin = np.arange(n)[:, None] - columns[None, :]  # (prompts, columns) -> place
        step = np.append(self.going + np.arange(near) * self.missed, np.log(chances.again))
        # From place 0, where all begins, one comes only once: `begin` has those steps.
        self.step = np.where(self.origin > 0, step[None, :], -np.inf)
        self.origin = np.maximum(self.origin, 0)
        reached = np.append(-1, kinds)  # by place; nothing was said at place 0
        self.same = reached[self.origin] == kinds[:, None]
        self.target = np.arange(n + 1)[:, None] + columns[None, :]  # (places, columns) -> prompt
        self.leads = (self.target >= 0) & (self.target < n)
        self.target = np.clip(self.target, 0, n - 1)
        anywhere = np.log(chances.part / n)
        ahead = np.maximum(np.arange(n + 1) * self.missed, anywhere)
        self.begin = self.going + ahead[:n]  # (prompts,)
        self.end = ahead[::-1]  # (places,) what is never reached

    def compared(self, i: int) -> np.ndarray:
        """(prompts, columns): near steps to region i from one that was spoken."""
        return self.step + np.where(self.same, self.odds[i], 0.0)

    def best(self) -> tuple[list[int | None], float]:
        """The most likely prompt of each region, None for noise; and how likely that is."""
        said, quiet = self._start()
        places = len(said)
        came: list[np.ndarray] = []  # of each state: the state before; noise has the second half
        for i, spoken in enumerate(self.spoken):
            near = np.hstack([said[self.origin] + self.compared(i), quiet[self.origin] + self.step])
            states = np.hstack([self.origin, self.origin + places])
            pick = near.argmax(axis=1)[:, None]
            value = np.take_along_axis(near, pick, 1)[:, 0]
            state = np.take_along_axis(states, pick, 1)[:, 0]
            loud = said >= quiet
            rest = np.where(loud, said, quiet)
            stay = np.where(loud, 0, places) + np.arange(places)
            far, at = self._far_best(rest)
            value, state = np.where(far > value, far, value), np.where(far > value, stay[at], state)
            begun = rest[0] + self.begin
            value, state = np.maximum(value, begun), np.where(begun > value, stay[0], state)
            came.append(np.concatenate([[0], state, stay]).astype(np.int32))
            said, quiet = np.append(-np.inf, value + spoken), rest + self.noise
        ended = np.concatenate([said, quiet]) + np.tile(self.end, 2)
        last = int(ended.argmax())
        score = float(ended[last])
        path: list[int | None] = []
        for origin in reversed(came):
            path.append(None if last >= places else last - 1)
            last = int(origin[last])
        return path[::-1], score

    def _far_best(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(prompts,) the best far step to each, and the place it begins at."""
        n, far = len(self.origin), np.full(len(self.origin), -np.inf)
        at = np.zeros(n, int)
        if n > self.near:
            level = self._levels(rest)
            top = np.maximum.accumulate(level)
            at[self.near :] = np.maximum.accumulate(np.where(level == top, np.arange(len(top)), 0))
            far[self.near :] = top + self.going + np.arange(self.near, n) * self.missed
        return far, at

    def confidence(self, path: list[int | None]) -> np.ndarray:
        """(regions,) the probability, among all walks, of what a path says of each region."""
        ways = [self._start()]
        for i, spoken in enumerate(self.spoken):
            said, quiet = ways[-1]
            rest = np.logaddexp(said, quiet)
            near = np.hstack([said[self.origin] + self.compared(i), quiet[self.origin] + self.step])
            arrived = np.logaddexp(_log_sum(near, axis=1), self._far_sum(rest))
            arrived = np.logaddexp(arrived, rest[0] + self.begin) + spoken
            ways.append((np.append(-np.inf, arrived), rest + self.noise))
        after_said = after_quiet = self.end
        total = _log_sum(np.concatenate(ways[-1]) + np.tile(self.end, 2), axis=0)
        sure = np.empty(len(path))
        for i in range(len(path) - 1, -1, -1):
            said, quiet = ways.pop()
            prompt = path[i]
            if prompt is None:
                sure[i] = np.exp(_log_sum(quiet + after_quiet - total, axis=0))
            else:
                sure[i] = np.exp(said[prompt + 1] + after_said[prompt + 1] - total)
            on = self.spoken[i] + after_said[1:]  # (prompts,)
            far = np.logaddexp(after_quiet + self.noise, self._far_sum_back(on))
            far[0] = np.logaddexp(far[0], _log_sum(self.begin + on, axis=0))
            after_said = np.logaddexp(self._near_back(self.compared(i), on), far)
            after_quiet = np.logaddexp(self._near_back(self.step, on), far)
        return sure

    def _far_sum(self, rest: np.ndarray) -> np.ndarray:
        """(prompts,) all far steps to each together."""
        n, far = len(self.origin), np.full(len(self.origin), -np.inf)
        if n > self.near:
            level = self._levels(rest)
            summed = np.logaddexp.accumulate(level)
            far[self.near :] = summed + self.going + np.arange(self.near, n) * self.missed
        return far

    def _levels(self, rest: np.ndarray) -> np.ndarray:
        """(places with a far step,) as if prompts were missed from the first one on."""
        level = (rest - np.arange(len(rest)) * self.missed)[: len(self.origin) - self.near]
        level[0] = -np.inf  # `begin` has it
        return level

    def _far_sum_back(self, on: np.ndarray) -> np.ndarray:
        """(places,) all far steps from each together, with what comes after them."""
        n, far = len(on), np.full(len(on) + 1, -np.inf)
        if n > self.near:
            level = (on + self.going + np.arange(n) * self.missed)[self.near :]
            summed = np.logaddexp.accumulate(level[::-1])[::-1]
            far[1 : len(summed)] = (summed - np.arange(len(summed)) * self.missed)[1:]
        return far

    def _near_back(self, step: np.ndarray, on: np.ndarray) -> np.ndarray:
        """(places,) all near steps from each together, with what comes after them."""
        taken = step[self.target, np.arange(step.shape[1])[None, :]] + on[self.target]
        return _log_sum(np.where(self.leads, taken, -np.inf), axis=1)

    def _start(self) -> tuple[np.ndarray, np.ndarray]:
        """(places,) twice: after speech, and after noise. Before all there was no speech."""
        none = np.full(len(self.origin) + 1, -np.inf)
        first = none.copy()
        first[0] = 0.0
        return none, first


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """log(sum(exp(values))) along an axis; -inf where all are."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        summed = np.log(np.exp(values - top).sum(axis=axis))
    return np.asarray(summed + np.squeeze(top, axis=axis))
