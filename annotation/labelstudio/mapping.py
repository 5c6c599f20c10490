"""Our rows as Label Studio tasks, and Label Studio's answers as our labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.exports.rows import ReleaseRow, canonical_row
from annotation.labelstudio.config import AUDIO, EIS, ESC

HUMAN = frozenset({"perceived", "adjudicated"})
"""Provenances that become annotations. What nobody heard (intended, predicted, simulated) becomes a
prediction, so that no one takes it for a person's judgement."""


def task(row: ReleaseRow, *, audio_url: str | None) -> dict[str, Any]:
    """The row as a task; its data holds the whole row beside the address of the audio."""
    data = {**canonical_row(row), AUDIO: audio_url or ""}
    result = label_result(row["esc"], row["eis"])
    if row["provenance"] in HUMAN:
        return {"data": data, "annotations": [{"result": result}], "predictions": []}
    prediction: dict[str, Any] = {"model_version": row["provenance"], "result": result}
    share = row["soft_esc"].get(row["esc"])
    if share is not None:
        prediction["score"] = round(share, 6)
    return {"data": data, "annotations": [], "predictions": [prediction]}


def label_result(esc: str, eis: int | None) -> list[dict[str, Any]]:
    """A label as the regions of a result; a missing intensity has none."""
    regions = [_choice(ESC, esc)]
    if eis is not None:
        regions.append(_choice(EIS, str(eis)))
    return regions


def label_of(result: Sequence[Mapping[str, Any]]) -> tuple[str | None, int | None]:
    """(esc, eis) of a result. None where it was not answered.

    Raises:
        ValueError: more than one choice for one of them, or an intensity that is no number.
    """
    chosen: dict[str, str] = {}
    for region in result:
        name, choices = region.get("from_name"), region.get("value", {}).get("choices", [])
        if name not in (ESC, EIS):
            continue
        if len(choices) != 1 or name in chosen:
            raise ValueError(f"One choice is needed for {name}, not {list(choices)}.")
        chosen[name] = choices[0]
    eis = chosen.get(EIS)
    if eis is not None and not eis.isdecimal():
        raise ValueError(f"The intensity {eis!r} is not a whole number.")
    return chosen.get(ESC), None if eis is None else int(eis)


def _choice(name: str, value: str) -> dict[str, Any]:
    # Ids make a region addressable; derived from its name, so that the same row has the same bytes.
    return {
        "id": name,
        "from_name": name,
        "to_name": AUDIO,
        "type": "choices",
        "value": {"choices": [value]},
    }
