"""Scales beside category and intensity: manikins to choose from (SAM) and sliders.

The Self-Assessment Manikin (Bradley & Lang 1994) asks for valence, arousal and dominance by
pictures: five figures, with steps between them where the scale has nine. Other scales are sliders.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.labelspaces.problem import Problem
from speecheq.sentences import say

SAM, SLIDER = "sam", "slider"
PICTURED = ("valence", "arousal", "dominance")
SAM_STEPS = (5, 9)
MOST_STEPS = 1000
RESERVED = ("esc", "eis")
"""Agreement names its scales so."""


@dataclass(frozen=True)
class Scale:
    """One further scale. Its values are `low`, `low + step`, ... `high`."""

    code: str
    kind: str
    low: float
    high: float
    step: float
    required: bool

    @classmethod
    def from_data(cls, row: Mapping[str, Any]) -> Scale:
        return cls(
            code=row["code"],
            kind=row["kind"],
            low=row["min"],
            high=row["max"],
            step=row["step"],
            required=bool(row.get("required")),
        )

    @property
    def n_steps(self) -> float:
        """How often `step` fits in; a whole number for a scale without problems."""
        return (self.high - self.low) / self.step

    def values(self) -> list[float]:
        """Every value, ascending; for a scale that `scale_problems` has nothing against."""
        return [self.low + i * self.step for i in range(round(self.n_steps) + 1)]

    def problem_of(self, value: float) -> Problem | None:
        """Why `value` is none of this scale, or None where it is."""
        field = f"extras.{self.code}"
        if not self.low <= value <= self.high:
            detail = say(
                "{code} {value:g} is outside {low:g} to {high:g}.",
                code=self.code,
                value=value,
                low=self.low,
                high=self.high,
            )
            return Problem(field, "out_of_range", detail)
        if not _is_whole((value - self.low) / self.step):
            detail = say(
                "{code} goes from {low:g} in steps of {step:g}, not {value:g}.",
                code=self.code,
                low=self.low,
                step=self.step,
                value=value,
            )
            return Problem(field, "off_step", detail)
        return None


def rating_problems(extras: Mapping[str, float], scales: Sequence[Scale]) -> Iterator[Problem]:
    """What is wrong with ratings by code: unknown scales, wrong values, required ones missing."""
    known = {scale.code: scale for scale in scales}
    for code, value in extras.items():
        if code not in known:
            offered = ", ".join(known) or "none"
            detail = say(
                "No scale {code!r}. The scheme has: {offered}.", code=code, offered=offered
            )
            yield Problem(f"extras.{code}", "unknown_extra", detail)
        elif (problem := known[code].problem_of(value)) is not None:
            yield problem
    for scale in scales:
        if scale.required and scale.code not in extras:
            detail = say("This scheme needs a rating of {code}.", code=scale.code)
            yield Problem(f"extras.{scale.code}", "extra_required", detail)


def scale_problems(rows: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """What keeps these rows from being scales, in the form in which a scheme keeps them."""
    seen: set[str] = set()
    for index, row in enumerate(rows):
        scale, place = Scale.from_data(row), f"extras.{index}"
        if scale.code in RESERVED:
            detail = say(
                "{code!r} names a part of every label. Call the scale otherwise.", code=scale.code
            )
            yield Problem(f"{place}.code", "reserved_code", detail)
        if scale.code in seen:
            yield Problem(
                f"{place}.code", "repeated", say("{code} is offered twice.", code=scale.code)
            )
        seen.add(scale.code)
        range_problem = _range_problem(scale, place)
        if range_problem is not None:
            yield range_problem
        elif scale.kind == SAM:
            yield from _sam_problems(scale, place)


def _range_problem(scale: Scale, place: str) -> Problem | None:
    if scale.low >= scale.high:
        detail = say(
            "The scale ends at {high:g}, not above its beginning {low:g}.",
            high=scale.high,
            low=scale.low,
        )
        return Problem(f"{place}.max", "empty_range", detail)
    steps = scale.n_steps if scale.step > 0 else math.inf
    if steps > MOST_STEPS or not _is_whole(steps):
        detail = say(
            "Steps of {step:g} do not lead from {low:g} to {high:g} in 1 to {most} steps.",
            step=scale.step,
            low=scale.low,
            high=scale.high,
            most=MOST_STEPS,
        )
        return Problem(f"{place}.step", "bad_step", detail)
    return None


def _sam_problems(scale: Scale, place: str) -> Iterator[Problem]:
    if scale.code not in PICTURED:
        detail = say(
            "There are pictures for {pictured}. Use a slider for {code}.",
            pictured=", ".join(PICTURED),
            code=scale.code,
        )
        yield Problem(f"{place}.kind", "no_pictures", detail)
    elif scale.step != 1 or len(scale.values()) not in SAM_STEPS:
        detail = say("Pictures go with 5 or 9 whole numbers, such as 1 to 9 in steps of 1.")
        yield Problem(f"{place}.max", "sam_steps", detail)


def _is_whole(number: float) -> bool:
    return math.isclose(number, round(number), abs_tol=1e-6)
