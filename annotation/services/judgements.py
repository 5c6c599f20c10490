"""What a person answered, and whether their campaign's scheme offers it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from annotation.labelspaces.rules import CONTROL, LabelError, check_label
from annotation.models import Scheme
from annotation.models.scheme import SchemeMode
from annotation.services.errors import BadLabels
from speecheq.errors import FieldError

FLAGS = ["noise", "several_speakers", "wrong_language", "not_speech", "technical_fault"]


@dataclass(frozen=True)
class Judgement:
    """What a person answered. `labels`: (ESC, EIS or None) pairs; confidence 0 to 1."""

    labels: list[tuple[str, int | None]]
    confidence: float | None = None
    flags: list[str] = field(default_factory=list)
    comment: str = ""
    listened_ms: int = 0
    replays: int = 0
    client_at: Any = None

    def sha256(self) -> str:
        """The same for the same answer, however it was written."""
        text = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def check_judgement(judgement: Judgement, scheme: Scheme) -> None:
    """Raise BadLabels, naming each wrong field, unless the scheme offers these labels."""
    errors = _count_errors(judgement, scheme)
    codes = [row["code"] for row in scheme.esc]
    levels = [row["value"] for row in scheme.eis]
    required = bool(scheme.rules.get("eis_required"))
    seen: set[str] = set()
    for i, (esc, eis) in enumerate(judgement.labels):
        problem = _label_error(esc, eis, codes, levels, scheme.mode, required=required)
        if problem is not None:
            errors.append(FieldError(f"labels.{i}.{problem.field}", problem.code, problem.detail))
        elif esc in seen:
            detail = f"{esc} is rated twice."
            errors.append(FieldError(f"labels.{i}.esc", "duplicate_esc", detail))
        seen.add(esc)
    if errors:
        raise BadLabels(errors[0].detail, errors=errors, code=errors[0].code)


def _count_errors(judgement: Judgement, scheme: Scheme) -> list[FieldError]:
    n = len(judgement.labels)
    if n == 0:
        return [FieldError("labels", "no_labels", "Give at least one label.")]
    if scheme.mode == SchemeMode.SINGLE and n > 1:
        detail = f"The scheme {scheme.code} takes one label per clip, not {n}."
        return [FieldError("labels", "too_many_labels", detail)]
    return []


def _label_error(
    esc: str, eis: int | None, codes: list[str], levels: list[int], mode: str, *, required: bool
) -> LabelError | None:
    try:
        if mode == SchemeMode.MULTI:
            _check_multi(esc, eis, codes, levels)
        else:
            # A control category says that no emotion was settled on: it has no intensity.
            check_label(esc, eis, codes, levels, eis_required=required and esc not in CONTROL)
    except LabelError as error:
        return error
    return None


def _check_multi(esc: str, eis: int | None, codes: list[str], levels: list[int]) -> None:
    """In multi mode each emotion has its own intensity and 0 means none of it."""
    check_label(esc, None, codes, levels)
    if eis not in levels or isinstance(eis, bool):
        offered = ", ".join(str(level) for level in levels)
        raise LabelError("out_of_scale", f"EIS {eis!r} is not one of {offered}.", "eis")
