"""Are the rows something to learn from? Checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

from speecheq.sentences import say
from training.config import RunConfig
from training.engine.decode import NEUTRAL
from training.engine.rows import BadData, ClipRow, rows_of

# Known categories stand in this order, so that tables of different runs look alike.
ORDER = ("NEU", "CAL", "HAP", "EXC", "SAD", "ANG", "FRU", "FEA", "ANX", "DIS", "CON", "SUR", "BOR")


def checked_rows(rows: Sequence[ClipRow], config: RunConfig) -> tuple[list[ClipRow], list[ClipRow]]:
    """The train and dev rows. Raises BadData for an empty split, labels out of scale or missing."""
    learn, judge = rows_of(rows, "train"), rows_of(rows, "dev")
    for row in (*learn, *judge):
        _check_level(row, config.heads.eis_levels)
    for name, chosen in (("train", learn), ("dev", judge)):
        if not any(row.esc for row in chosen):
            raise BadData(
                say(
                    "No clip of the {name} split has a category. Settle a consensus first.",
                    name=name,
                ),
                code="no_labels",
                field=f"release.splits.{name}",
            )
    return learn, judge


def _check_level(row: ClipRow, n_levels: int) -> None:
    if row.eis is None:
        return
    if not 0 <= row.eis < n_levels:
        raise BadData(
            say(
                "Clip {key} has EIS {eis}, outside 0 to {n_levels}.",
                key=row.key,
                eis=row.eis,
                n_levels=n_levels - 1,
            ),
            code="out_of_scale",
            field="eis",
        )
    if row.esc is not None and (row.esc == NEUTRAL) != (row.eis == 0):
        raise BadData(
            say(
                "Clip {key} is {esc} with EIS {eis}; NEU has 0 and only NEU.",
                key=row.key,
                esc=row.esc,
                eis=row.eis,
            ),
            code="neutral_level",
            field="eis",
        )


def resolved(config: RunConfig, learn: Sequence[ClipRow], judge: Sequence[ClipRow]) -> RunConfig:
    """The configuration with its categories named.

    Raises BadData when train holds fewer than two of them, or dev none that train holds.
    """
    present = {row.esc for row in learn if row.esc}
    if config.heads.esc:
        wanted = config.heads.esc
    else:
        rank = {code: i for i, code in enumerate(ORDER)}
        wanted = tuple(sorted(present, key=lambda code: (rank.get(code, len(rank)), code)))
    found = [code for code in wanted if code in present]
    if len(found) < 2:
        raise BadData(
            say(
                "The train split holds {n_found} of the categories {wanted}; a "
                "classifier needs two.",
                n_found=len(found),
                wanted=", ".join(wanted),
            ),
            code="too_few_categories",
            field="release.splits.train",
        )
    if not any(row.esc in found for row in judge):
        raise BadData(
            say(
                "The dev split holds none of the categories {found} that the train split "
                "teaches: no epoch could be judged. Split the release another way.",
                found=", ".join(found),
            ),
            code="no_labels",
            field="release.splits.dev",
        )
    return config.with_categories(wanted)
