"""What a person answered, and whether their campaign's scheme offers it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from annotation.labelspaces.cross_rules import CrossRule, broken_rules
from annotation.labelspaces.extras import Scale, rating_problems
from annotation.labelspaces.problem import Problem
from annotation.labelspaces.rules import CONTROL, NEUTRAL, LabelError, check_label
from annotation.models import Scheme
from annotation.models.scheme import SchemeMode
from annotation.services.errors import BadLabels
from speecheq.errors import FieldError
from speecheq.sentences import say

FLAGS = ["noise", "several_speakers", "wrong_language", "not_speech", "technical_fault"]
MOST_SECONDARY = 3
# Answers from before these fields existed keep their hash, so that their keys can still be retried.
LATER_FIELDS = ("secondary", "extras")


@dataclass(frozen=True)
class Judgement:
    """What a person answered. `labels`: (ESC, EIS or None) pairs; confidence 0 to 1.

    `secondary`: codes of further emotions heard, weaker ones last; `extras`: ratings by scale.
    """

    labels: list[tuple[str, int | None]]
    confidence: float | None = None
    flags: list[str] = field(default_factory=list)
    comment: str = ""
    listened_ms: int = 0
    replays: int = 0
    client_at: Any = None
    secondary: list[str] = field(default_factory=list)
    extras: dict[str, float] = field(default_factory=dict)

    def sha256(self) -> str:
        """The same for the same answer, however it was written."""
        body = dict(vars(self))
        for name in LATER_FIELDS:
            if not body[name]:
                del body[name]
        text = json.dumps(body, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def check_judgement(judgement: Judgement, scheme: Scheme) -> None:
    """Raise BadLabels, naming each wrong field, unless the scheme offers this answer."""
    errors = [
        *_count_errors(judgement, scheme),
        *_label_errors(judgement, scheme),
        *_secondary_errors(judgement, scheme),
        *_extra_errors(judgement, scheme),
    ]
    _refuse(errors, judgement, scheme)


def check_labels(labels: Sequence[tuple[str, int | None]], scheme: Scheme) -> None:
    """The same for emotions and intensities alone: known answers and practice hold no more.

    Raises BadLabels.
    """
    judgement = Judgement(labels=list(labels))
    errors = [*_count_errors(judgement, scheme), *_label_errors(judgement, scheme)]
    _refuse(errors, judgement, scheme)


def _refuse(errors: list[FieldError], judgement: Judgement, scheme: Scheme) -> None:
    # Rules between scales are about values that are right by themselves.
    errors = errors or list(_rule_errors(judgement, scheme))
    if errors:
        raise BadLabels(errors[0].detail, errors=errors, code=errors[0].code)


def warnings(judgement: Judgement, scheme: Scheme) -> list[str]:
    """What the scheme finds unlikely in an answer that it takes, in the reader's language."""
    return [worded(rule.message) for rule, _ in _broken(judgement, scheme) if not rule.refuses]


def worded(message: Mapping[str, str]) -> str:
    """A text of the scheme in the language of the request."""
    language = (get_language() or "en").split("-")[0]
    return message.get(language) or message["en"]


def _count_errors(judgement: Judgement, scheme: Scheme) -> list[FieldError]:
    n = len(judgement.labels)
    if n == 0:
        return [FieldError("labels", "no_labels", say("Give at least one label."))]
    if scheme.mode == SchemeMode.SINGLE and n > 1:
        detail = say("The scheme {code} takes one label per clip, not {n}.", code=scheme.code, n=n)
        return [FieldError("labels", "too_many_labels", detail)]
    return []


def _label_errors(judgement: Judgement, scheme: Scheme) -> Iterator[FieldError]:
    codes = [row["code"] for row in scheme.esc]
    levels = [row["value"] for row in scheme.eis]
    required = bool(scheme.rules.get("eis_required"))
    seen: set[str] = set()
    for i, (esc, eis) in enumerate(judgement.labels):
        problem = _label_error(esc, eis, codes, levels, scheme.mode, required=required)
        if problem is not None:
            yield FieldError(f"labels.{i}.{problem.field}", problem.code, problem.detail)
        elif esc in seen:
            yield FieldError(
                f"labels.{i}.esc", "duplicate_esc", say("{esc} is rated twice.", esc=esc)
            )
        seen.add(esc)


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
        raise LabelError(
            "out_of_scale",
            say("EIS {eis!r} is not one of {offered}.", eis=eis, offered=offered),
            "eis",
        )


def _secondary_errors(judgement: Judgement, scheme: Scheme) -> Iterator[FieldError]:
    most = int(scheme.rules.get("secondary", 0))
    if len(judgement.secondary) > most:
        detail = say(
            "{n} further emotions; the scheme takes {most} at most.",
            n=len(judgement.secondary),
            most=most,
        )
        yield FieldError("secondary", "too_many_secondary", detail)
    primary = judgement.labels[0][0] if judgement.labels else ""
    codes = [row["code"] for row in scheme.esc]
    for i, code in enumerate(judgement.secondary):
        problem = _secondary_problem(i, code, primary, codes, judgement.secondary[:i])
        if problem is not None:
            yield FieldError(problem.field, problem.code, problem.detail)


def _secondary_problem(
    index: int, esc: str, primary: str, codes: list[str], earlier: list[str]
) -> Problem | None:
    field_name = f"secondary.{index}"
    if esc not in codes:
        return Problem(
            field_name,
            "unknown_esc",
            say("No category {esc!r}. The scheme has: {codes}.", esc=esc, codes=", ".join(codes)),
        )
    if esc in earlier:
        return Problem(
            field_name, "duplicate_esc", say("{esc} is given twice as a further emotion.", esc=esc)
        )
    if esc == primary:
        return Problem(
            field_name, "secondary_is_primary", say("{esc} is the first emotion already.", esc=esc)
        )
    if esc == NEUTRAL or esc in CONTROL:
        return Problem(
            field_name,
            "not_an_emotion",
            say("{esc} is no emotion that can be heard besides another.", esc=esc),
        )
    if primary == NEUTRAL:
        return Problem(
            field_name,
            "secondary_with_neutral",
            say("NEU says that no emotion is heard: take away {esc}.", esc=esc),
        )
    return None


def _extra_errors(judgement: Judgement, scheme: Scheme) -> Iterator[FieldError]:
    scales = [Scale.from_data(row) for row in scheme.extras]
    for problem in rating_problems(judgement.extras, scales):
        yield FieldError(problem.field, problem.code, problem.detail)


def _rule_errors(judgement: Judgement, scheme: Scheme) -> Iterator[FieldError]:
    for rule, field_name in _broken(judgement, scheme):
        if rule.refuses:
            yield FieldError(field_name, "cross_rule", worded(rule.message))


def _broken(judgement: Judgement, scheme: Scheme) -> Iterator[tuple[CrossRule, str]]:
    rules = [CrossRule.from_data(row) for row in scheme.rules.get("cross", ())]
    multi = scheme.mode == SchemeMode.MULTI
    return broken_rules(rules, judgement.labels, judgement.extras, multi=multi)
