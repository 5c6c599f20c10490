"""The figures of a model on clips whose labels are known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.config import HeadsConfig
from training.engine.checkpoint import Model
from training.engine.metrics import (
    concordance,
    confusion,
    phoneme_error_rate,
    recalls,
    unweighted_accuracy,
    weighted_accuracy,
)
from training.engine.phonemes import to_phonemes
from training.engine.rows import ClipRow, rows_of
from training.engine.score import ClipScore, score


def evaluate(
    model: Model, rows: Sequence[ClipRow], *, split: str, cache_dir: Path
) -> dict[str, Any]:
    """`measure` on one split. Raises BadData when it has no clips."""
    chosen = rows_of(rows, split)
    return measure(score(model, chosen, cache_dir=cache_dir), chosen, model.manifest.config.heads)


def measure(
    scores: Iterable[ClipScore], rows: Sequence[ClipRow], heads: HeadsConfig
) -> dict[str, Any]:
    """Figures by name; one whose labels are absent is absent.

    esc_ua, esc_wa, esc_recall {code: recall}, esc_confusion (rows the truth, in the order of
    `esc_codes`); eis_ua over levels, leaving out level 0, which only NEU has; eis_mae and eis_ccc
    of the expected level over all rated clips; gender_ua; phoneme_error_rate; n_clips.
    """
    by_key = {row.key: row for row in rows}
    pairs = [(one, by_key[one.key]) for one in scores]
    figures: dict[str, Any] = {"n_clips": len(pairs)}
    figures |= _category_figures(pairs, heads.esc)
    figures |= _intensity_figures(pairs, heads.eis_levels)
    figures |= _gender_figures(pairs, heads.genders)
    figures |= _phoneme_figures(pairs)
    return {
        name: value
        for name, value in figures.items()
        if not (isinstance(value, float) and math.isnan(value))
    }


def combined(figures: dict[str, Any]) -> float:
    """What the best epoch is chosen by: mostly categories, then intensity where it is rated."""
    if "eis_ua" not in figures:
        return float(figures.get("esc_ua", 0.0))
    return 0.8 * float(figures.get("esc_ua", 0.0)) + 0.2 * float(figures["eis_ua"])


Pairs = list[tuple[ClipScore, ClipRow]]


def _category_figures(pairs: Pairs, codes: tuple[str, ...]) -> dict[str, Any]:
    index = {code: i for i, code in enumerate(codes)}
    known = [(index[row.esc], index[one.label]) for one, row in pairs if row.esc in index]
    if not known:
        return {}
    truth, guess = np.array(known).T
    counts = confusion(truth, guess, len(codes))
    each = zip(codes, recalls(counts).tolist(), strict=True)
    return {
        "esc_ua": unweighted_accuracy(counts),
        "esc_wa": weighted_accuracy(counts),
        "esc_recall": {code: None if math.isnan(value) else value for code, value in each},
        "esc_confusion": counts.tolist(),
        "esc_codes": list(codes),
    }


def _intensity_figures(pairs: Pairs, n_levels: int) -> dict[str, Any]:
    rated = [(one, row.eis) for one, row in pairs if row.eis is not None]
    if not rated:
        return {}
    truth = np.array([level for _, level in rated])
    expected = np.array([one.eis_score for one, _ in rated])
    figures: dict[str, Any] = {
        "eis_mae": float(np.abs(truth - expected).mean()),
        "eis_ccc": concordance(truth, expected),
    }
    # The intensity head alone: its likeliest level above 0, whatever category was decided.
    heard = np.array([1 + int(np.argmax(one.eis[1:])) for one, _ in rated])
    present = truth > 0
    counts = confusion(truth[present], heard[present], n_levels)
    return figures | {"eis_ua": unweighted_accuracy(counts), "eis_confusion": counts.tolist()}


def _gender_figures(pairs: Pairs, genders: tuple[str, ...]) -> dict[str, Any]:
    index = {name: i for i, name in enumerate(genders)}
    known = [
        (index[row.sex], index[max(one.gender, key=lambda name: one.gender[name])])
        for one, row in pairs
        if row.sex in index and one.gender
    ]
    if not known:
        return {}
    truth, guess = np.array(known).T
    return {"gender_ua": unweighted_accuracy(confusion(truth, guess, len(genders)))}


def _phoneme_figures(pairs: Pairs) -> dict[str, Any]:
    said = [(to_phonemes(row.transcript, row.language), one.phonemes) for one, row in pairs]
    known = [(truth, heard) for truth, heard in said if truth is not None and heard is not None]
    if not known:
        return {}
    rate = phoneme_error_rate([truth for truth, _ in known], [heard for _, heard in known])
    return {"phoneme_error_rate": rate}
