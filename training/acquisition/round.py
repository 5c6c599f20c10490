"""One round: which clips to ask for, in what order, and how probable each was.

A round of n clips from a pool of N has a control arm of m = round(n * control_share) clips (at
least 1 when the share is above 0), drawn uniformly, without replacement, from the *whole* pool. The
model then chooses the n - m best of those not drawn. The two arms stand in random order, so that
neither is labelled first.

`probability` is the chance, over the random draw and with scores and budget given, that the round
holds the clip in either arm. For the clip of model rank r (1 is best) it is

    m/N + (1 - m/N) * P(H >= r - (n - m)),   H ~ Hypergeometric(N - 1, r - 1, m)

as a clip not drawn is chosen when enough of the r - 1 better ones were drawn. So it is 1 for the
n - m best, m/N from rank n + 1 on, and the probabilities of the pool sum to n: the weights of
Horvitz and Thompson (1952). The control arm by itself is a simple random sample, m/N for each clip.
With acquisition `random` every clip has n/N.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from training.acquisition.entropy import entropy
from training.acquisition.margin import margin

FUNCTIONS = {"entropy": entropy, "margin": margin}
ACQUISITIONS = ("random", *FUNCTIONS)


@dataclass(frozen=True)
class Selected:
    """score: what the acquisition function says; rank: from 1; arm: chosen or control."""

    key: str
    score: float
    rank: int
    probability: float
    arm: str


def select(
    scores: Mapping[str, Mapping[str, float]],
    *,
    acquisition: str,
    budget: int,
    control_share: float,
    seed: int,
) -> list[Selected]:
    """The clips of a round, first to label first.

    Args:
        scores: category posteriors by clip key, each summing to 1. Their order does not matter.
        acquisition: one of ACQUISITIONS. Ties are broken by key.
        budget: clips wanted, at least 1; a smaller pool gives all of it.
        control_share: 0 to 1, of the budget.
        seed: equal seeds and scores give equal rounds.

    Raises:
        ValueError: for a value out of range, or posteriors that do not sum to 1.
    """
    _check(acquisition, budget, control_share)
    keys = sorted(scores)
    if not keys:
        return []
    rng = np.random.default_rng([seed, 0])
    value = _values(scores, keys, acquisition, rng)
    ranked = sorted(range(len(keys)), key=lambda i: (-value[i], keys[i]))
    n_round = min(budget, len(keys))
    n_control = control_size(n_round, control_share)
    drawn = set(rng.choice(len(keys), n_control, replace=False).tolist())
    chosen = [i for i in ranked if i not in drawn][: n_round - n_control]
    if acquisition == "random":
        probability = np.full(len(keys), n_round / len(keys))
    else:
        probability = np.empty(len(keys))
        probability[ranked] = inclusion_probabilities(len(keys), n_round, n_control)
    arms = _shuffled(chosen, [i for i in ranked if i in drawn], rng)
    return [
        Selected(keys[i], float(value[i]), rank, float(probability[i]), arm)
        for rank, (i, arm) in enumerate(arms, start=1)
    ]


def control_size(n_round: int, control_share: float) -> int:
    """Clips of the control arm: rounded half up, at least 1 when there is a share."""
    wanted = math.floor(n_round * control_share + 0.5)
    return min(n_round, max(wanted, 1 if control_share > 0 else 0))


def inclusion_probabilities(n_pool: int, n_round: int, n_control: int) -> np.ndarray:
    """Chance to be in the round by model rank, best first: (n_pool,), summing to n_round."""
    if n_control == n_pool:
        return np.ones(n_pool)
    rank = np.arange(1, n_pool + 1)
    by_draw = n_control / n_pool
    needed = rank - (n_round - n_control)  # better clips that the draw must have taken
    by_model = hypergeom.sf(needed - 1, n_pool - 1, rank - 1, n_control)
    return np.minimum(1.0, by_draw + (1 - by_draw) * np.where(needed <= 0, 1.0, by_model))


def pool_hash(keys: Iterable[str]) -> str:
    """SHA-256 of the set of clip keys, in whatever order they come."""
    digest = hashlib.sha256()
    for key in sorted(set(keys)):
        digest.update(key.encode() + b"\x00")
    return digest.hexdigest()


def _check(acquisition: str, budget: int, control_share: float) -> None:
    if acquisition not in ACQUISITIONS:
        raise ValueError(
            f"No acquisition function {acquisition!r}. Known: {', '.join(ACQUISITIONS)}."
        )
    if budget < 1:
        raise ValueError(f"The budget is {budget}; ask for at least 1 clip.")
    if not 0 <= control_share <= 1:
        raise ValueError(f"control_share {control_share} is outside 0 to 1.")


def _values(
    scores: Mapping[str, Mapping[str, float]],
    keys: list[str],
    acquisition: str,
    rng: np.random.Generator,
) -> np.ndarray:
    """What each clip is worth, in the order of `keys`: (n,)."""
    if acquisition == "random":
        return rng.random(len(keys))
    codes = sorted({code for one in scores.values() for code in one})
    table = np.array([[scores[key].get(code, 0.0) for code in codes] for key in keys])
    sums = table.sum(axis=1)
    bad = ~np.isfinite(table).all(axis=1) | (table < 0).any(axis=1) | (np.abs(sums - 1) > 1e-3)
    if bad.any():
        key = keys[int(np.flatnonzero(bad)[0])]
        raise ValueError(f"The posteriors of clip {key} are not shares that sum to 1.")
    return FUNCTIONS[acquisition](table / sums[:, None])


def _shuffled(
    chosen: list[int], control: list[int], rng: np.random.Generator
) -> list[tuple[int, str]]:
    """Both arms in one list: each in order of its own rank, their places drawn at random."""
    arms = rng.permutation(["chosen"] * len(chosen) + ["control"] * len(control))
    waiting = {"chosen": iter(chosen), "control": iter(control)}
    return [(next(waiting[arm]), str(arm)) for arm in arms]
