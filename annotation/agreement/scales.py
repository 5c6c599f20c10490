"""Which coefficients are computed for which scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    emotions = sorted({row.esc for row in rated if row.eis is not None})
    tables = ScaleTables(
        esc=None if multi else CountTable.from_ratings(*_columns(rated, "esc"), order=esc_values),
        eis=None if multi else _eis_table(rated),
        by_emotion={
            emotion: _eis_table([row for row in rated if row.esc == emotion])
            for emotion in emotions
        },
    )
    return scale_rows(tables, replicates=replicates, seed=seed)


Votes = Mapping[tuple[str, int | None], int]
"""How many raters gave each (esc, eis) to a clip."""


@dataclass(frozen=True)
class ScaleTables:
    """The counts behind the rows: all categories, all intensities, intensities per emotion."""

    esc: CountTable | None
    eis: CountTable | None
    by_emotion: Mapping[str, CountTable]


def vote_tables(
    groups: Sequence[tuple[Votes, int]],
    *,
    esc_values: Sequence[str],
    levels: Sequence[int],
    multi: bool = False,
) -> ScaleTables:
    """Tables from groups of clips with equal votes: (votes, number of such clips)."""
    clips = [n for _, n in groups]

    def table(values: Sequence[Any], rows: Iterable[list[int]]) -> CountTable:
        return CountTable.from_counts(list(rows), values, clips_per_row=clips)

    emotions = sorted({esc for votes, _ in groups for esc, eis in votes if eis is not None})
    return ScaleTables(
        esc=None if multi else table(esc_values, (esc_counts(v, esc_values) for v, _ in groups)),
        eis=None if multi else table(levels, (eis_counts(v, levels) for v, _ in groups)),
        by_emotion={
            emotion: table(levels, (eis_counts(v, levels, emotion) for v, _ in groups))
            for emotion in emotions
        },
    )


def esc_counts(votes: Votes, esc_values: Sequence[str]) -> list[int]:
    """How often each category was chosen, in the order of `esc_values`."""
    return [sum(n for (esc, _), n in votes.items() if esc == value) for value in esc_values]


def eis_counts(votes: Votes, levels: Sequence[int], emotion: str | None = None) -> list[int]:
    """How often each level was given, by everyone or by those who chose `emotion`."""
    return [
        sum(n for (esc, eis), n in votes.items() if eis == level and emotion in (None, esc))
        for level in levels
    ]


def scale_rows(
    tables: ScaleTables, *, replicates: int = REPLICATES, seed: int = 0
) -> list[Coefficient]:
    """Every row of the REST answer: esc, then eis, then eis of each emotion by its code."""
    compute = partial(coefficients, replicates=replicates, seed=seed)
    rows: list[Coefficient] = []
    if tables.esc is not None:
        rows += compute(tables.esc, NOMINAL, scale="esc")
    if tables.eis is not None:
        rows += compute(tables.eis, ordered_measures(tables.eis.values), scale="eis")
    for emotion, chosen in sorted(tables.by_emotion.items()):
        rows += compute(chosen, {"alpha_ordinal": ordinal_alpha}, scale="eis", emotion=emotion)
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
