"""Which coefficients are computed for which scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from annotation.agreement.bootstrap import REPLICATES
from annotation.agreement.coefficient import Coefficient, Measure, coefficients
from annotation.agreement.errors import AgreementInputError
from annotation.agreement.fleiss import fleiss_kappa
from annotation.agreement.gwet import ac1
from annotation.agreement.krippendorff import interval_alpha, nominal_alpha, ordinal_alpha
from annotation.agreement.percent import percent
from annotation.agreement.table import Column, CountTable

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")

NOMINAL: dict[str, Measure] = {
    "alpha_nominal": nominal_alpha,
    "fleiss_kappa": fleiss_kappa,
    "ac1": ac1,
    "percent": percent,
}


class Rating(NamedTuple):
    """One rater's label of one clip. `eis` is None where the rater gave no intensity."""

    clip: Any
    rater: Any
    esc: str
    eis: float | None


def agreement_scales(
    ratings: Iterable[Rating],
    *,
    esc_values: Sequence[str] | None = None,
    multi: bool = False,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> list[Coefficient]:
    """Agreement on category (esc) and intensity (eis), every row of the REST answer.

    OTH and UNK are answers like any other: a rater who says OTH disagrees with one who says HAP.

    Args:
        ratings: one per clip and rater; in multi-label mode one per clip, rater and emotion.
        esc_values: the categories on offer; by default those that occur. Only AC1 asks.
        multi: every emotion is a scale of its own, so there is no row over all categories.
        replicates: bootstrap replicates; 0 leaves the intervals out.
        seed: of the bootstrap.

    Raises:
        AgreementInputError: the same rater rated the same clip twice.
    """
    rated = list(ratings)
    compute = partial(coefficients, replicates=replicates, seed=seed)
    rows: list[Coefficient] = []
    if not multi:
        esc = CountTable.from_ratings(*_columns(rated, "esc"), order=esc_values)
        rows += compute(esc, NOMINAL, scale="esc")
        eis = _eis_table(rated)
        rows += compute(eis, ordered_measures(eis.values), scale="eis")
    for emotion in sorted({row.esc for row in rated if row.eis is not None}):
        chosen = _eis_table([row for row in rated if row.esc == emotion])
        ordinal = {"alpha_ordinal": ordinal_alpha}
        rows += compute(chosen, ordinal, scale="eis", emotion=emotion)
    return rows


def table_scales(
    clips: Column,
    raters: Column,
    values: Column,
    level: Level,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> list[Coefficient]:
    """Agreement on one column of values, read at one level of measurement.

    The level decides the coefficients: nominal as for esc, ordinal and interval their alpha.
    The rows' scale is `esc` for nominal values, else `eis`.

    Raises:
        AgreementInputError: a duplicate rating, an unknown level, or a level that is no number.
    """
    table = CountTable.from_ratings(clips, raters, values)
    return count_scales(table, level, replicates=replicates, seed=seed)


def count_scales(
    table: CountTable, level: Level, *, replicates: int = REPLICATES, seed: int = 0
) -> list[Coefficient]:
    """As `table_scales`, for counts."""
    if level not in LEVELS:
        raise AgreementInputError(
            "unknown_level", f"No level {level!r}. Known levels: {', '.join(LEVELS)}."
        )
    measures = NOMINAL
    if level != "nominal":
        name = f"alpha_{level}"
        measures = {name: ordered_measures(table.values)[name]}
    scale = "esc" if level == "nominal" else "eis"
    return coefficients(table, measures, scale=scale, replicates=replicates, seed=seed)


def ordered_measures(levels: Sequence[Any]) -> dict[str, Measure]:
    """The coefficients of an ordered scale. levels: the table's values, ascending numbers.

    Raises:
        AgreementInputError: a level is no number, or they do not ascend.
    """
    try:
        numbers = np.array(levels, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AgreementInputError("not_a_number", f"A level must be a number: {error}.") from error
    if (np.diff(numbers) <= 0).any():
        raise AgreementInputError("not_ordered", f"Levels must ascend, got {list(levels)}.")
    return {
        "alpha_ordinal": ordinal_alpha,
        "alpha_interval": partial(interval_alpha, levels=numbers.tolist()),
    }


def _eis_table(ratings: Sequence[Rating]) -> CountTable:
    clips, raters, levels = _columns(ratings, "eis")
    return CountTable.from_ratings(clips, raters, np.array(levels, dtype=np.float64))


def _columns(ratings: Sequence[Rating], name: str) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        [row.clip for row in ratings],
        [row.rater for row in ratings],
        [getattr(row, name) for row in ratings],
    )
