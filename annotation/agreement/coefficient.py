"""One coefficient with its interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.bootstrap import REPLICATES, bootstrap_weights, percentile_interval
from annotation.agreement.table import CountTable

Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""(vectors, weights) -> values, shape (replicates,), NaN where undefined."""

NO_RATINGS = "There are no ratings."
NO_PAIR = "No clip has two ratings."
ALL_EQUAL = "All ratings that can be compared are equal: chance alone explains them."
ONE_CLIP = "Only one clip has two ratings: too few for an interval."
UNSTABLE = "Too few different ratings for an interval."

MIN_DEFINED_SHARE = 0.9
"""An interval from fewer defined replicates would describe only the lucky ones."""


@dataclass(frozen=True)
class Coefficient:
    """One row of the agreement answer.

    Attributes:
        scale: `esc`, `eis` or the name of another scale.
        emotion: code when only the ratings of those who chose it count, else None.
        coefficient: `alpha_nominal`, `fleiss_kappa` and so on.
        value: None where undefined; `reason` says why.
        ci_low, ci_high: 95 % bootstrap interval over clips; None where there is none.
        n_items: clips with at least one rating.
        n_ratings: ratings.
        n_pairable: ratings on clips that have at least two.
        reason: why `value`, or only the interval, is missing; empty otherwise.
    """

    scale: str
    emotion: str | None
    coefficient: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n_items: int
    n_ratings: int
    n_pairable: int
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The row of the REST answer (DESIGN section 5)."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; `reason` is empty when all of it is there."""

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    reason: str = ""


def coefficients(
    table: CountTable,
    measures: Mapping[str, Measure],
    *,
    scale: str,
    emotion: str | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> list[Coefficient]:
    """All `measures` of one table, from the same bootstrap draws. Order as given.

    With `replicates=0` values come without intervals.
    """
    patterns = table.patterns
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in measures}
    if table.n_pairable:
        for weights in bootstrap_weights(patterns, replicates=replicates, seed=seed):
            for name, measure in measures.items():
                drawn[name].append(measure(patterns.vectors, weights))
    rows = []
    for name, measure in measures.items():
        value = point_value(table, measure)
        found = _with_interval(table, value, drawn[name])
        rows.append(
            Coefficient(
                scale, emotion, name, found.value, found.ci_low, found.ci_high,
                table.n_items, table.n_ratings, table.n_pairable, found.reason,
            )
        )  # fmt: skip
    return rows


def point_value(table: CountTable, measure: Measure) -> float | None:
    """The coefficient of the table itself, or None where it is undefined."""
    if not table.n_pairable:
        return None
    patterns = table.patterns
    value = measure(patterns.vectors, patterns.multiplicity[None, :].astype(np.float64))[0]
    return None if np.isnan(value) else float(value)


def undefined_reason(*, n_ratings: int, n_pairable: int) -> str:
    """Why a coefficient has no value, in words."""
    if not n_ratings:
        return NO_RATINGS
    return ALL_EQUAL if n_pairable else NO_PAIR


def _with_interval(
    table: CountTable, value: float | None, drawn: list[NDArray[np.float64]]
) -> Estimate:
    if value is None:
        reason = undefined_reason(n_ratings=table.n_ratings, n_pairable=table.n_pairable)
        return Estimate(None, reason=reason)
    if not drawn:
        return Estimate(value)
    if table.patterns.pairable.multiplicity.sum() < 2:
        return Estimate(value, reason=ONE_CLIP)
    replicates = np.concatenate(drawn)
    defined = replicates[~np.isnan(replicates)]
    if len(defined) < MIN_DEFINED_SHARE * len(replicates):
        return Estimate(value, reason=UNSTABLE)
    return Estimate(value, *percentile_interval(defined))
