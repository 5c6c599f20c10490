"""The answer in a form post, and an answer as the form shows it again."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from annotation.models import Annotation, Scheme
from annotation.models.scheme import SchemeMode
from annotation.services.judgements import Judgement
from speecheq.errors import Malformed, field_error
from speecheq.sentences import say

FLAG_NAMES = {
    "noise": gettext_lazy("noise over the voice"),
    "several_speakers": gettext_lazy("several speakers"),
    "wrong_language": gettext_lazy("not the language of the corpus"),
    "not_speech": gettext_lazy("not speech"),
    "technical_fault": gettext_lazy("cut off or distorted"),
}
CONFIDENCES = {
    "0.25": gettext_lazy("guessing"),
    "0.6": gettext_lazy("fairly sure"),
    "1": gettext_lazy("sure"),
}


@dataclass(frozen=True)
class Chosen:
    """What the form shows as chosen, as text: `levels` and `extras` by code."""

    esc: str = ""
    eis: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    secondary: list[str] = field(default_factory=list)
    extras: dict[str, str] = field(default_factory=dict)
    confidence: str = ""
    flags: list[str] = field(default_factory=list)
    comment: str = ""

    @property
    def has_note(self) -> bool:
        return bool(self.confidence or self.flags or self.comment)


def chosen_in(posted: QueryDict) -> Chosen:
    """A refused post again; what the scheme no longer offers finds no place in the form."""
    return Chosen(
        esc=posted.get("esc", ""),
        eis=posted.get("eis", ""),
        levels=_by_code(posted, "level-"),
        secondary=posted.getlist("secondary"),
        extras=_by_code(posted, "extra-"),
        confidence=posted.get("confidence", ""),
        flags=posted.getlist("flags"),
        comment=posted.get("comment", ""),
    )


def chosen_before(annotation: Annotation) -> Chosen:
    """An earlier answer, to be changed."""
    labels = [(label.esc, _text(label.eis)) for label in annotation.labels.all()]
    esc, eis = labels[0] if labels else ("", "")
    return Chosen(
        esc=esc,
        eis=eis,
        levels=dict(labels),
        secondary=annotation.secondary,
        extras={code: _text(value) for code, value in annotation.extras.items()},
        confidence=_text(annotation.confidence),
        flags=annotation.flags,
        comment=annotation.comment,
    )


def as_judgement(annotation: Annotation) -> dict[str, Any]:
    """An earlier answer as the modules of the page have it."""
    return {
        "labels": [{"esc": label.esc, "eis": label.eis} for label in annotation.labels.all()],
        "secondary": annotation.secondary,
        "extras": annotation.extras,
        "confidence": annotation.confidence,
        "flags": annotation.flags,
        "comment": annotation.comment,
    }


def read_form(posted: QueryDict, scheme: Scheme) -> Judgement:
    """The judgement in a form post. Neutral without an intensity means 0, as with script."""
    confidence = posted.get("confidence")
    return Judgement(
        labels=read_labels(posted, scheme),
        secondary=posted.getlist("secondary"),
        extras=read_extras(posted),
        confidence=float(confidence) if confidence in CONFIDENCES else None,
        flags=sorted({flag for flag in posted.getlist("flags") if flag in FLAG_NAMES}),
        comment=posted.get("comment", "").strip()[:1000],
    )


def read_labels(posted: QueryDict, scheme: Scheme) -> list[tuple[str, int | None]]:
    if scheme.mode == SchemeMode.MULTI:
        rated = ((row["code"], posted.get(f"level-{row['code']}")) for row in scheme.esc)
        return [(esc, _level(level)) for esc, level in rated if level]
    esc, eis = posted.get("esc", ""), _level(posted.get("eis", ""))
    if not esc:
        return []
    return [(esc, 0 if esc == "NEU" and eis is None else eis)]


def read_extras(posted: QueryDict) -> dict[str, float]:
    """Ratings by scale; one left empty is missing. Raises Malformed for what is no number."""
    return {code: _rating(code, text) for code, text in _by_code(posted, "extra-").items()}


def _rating(code: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        detail = say("{code} {text!r} is not a number.", code=code, text=text[:40])
        raise field_error(f"extras.{code}", "not_a_number", detail, kind=Malformed)
    return int(value) if value == int(value) else value


def _by_code(posted: QueryDict, prefix: str) -> dict[str, str]:
    filled = ((name, value.strip()) for name, value in posted.items() if name.startswith(prefix))
    return {name.removeprefix(prefix): value for name, value in filled if value}


def _level(text: str) -> int | None:
    """A level as it was sent; what is no number is out of every scale, so the service refuses."""
    if not text:
        return None
    return int(text) if re.fullmatch("[0-9]{1,3}", text) else -1


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
