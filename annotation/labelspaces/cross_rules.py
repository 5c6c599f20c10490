"""Rules between scales: "when the emotion is this, the other scale is there".

A rule reads `when` (categories, a range of intensity) and `then` (a range of another scale, or of
the intensity itself). What was not rated breaks no rule: whether a rating may be missing is said
elsewhere. Where each emotion has its own intensity, a rule speaks of those that were heard at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.labelspaces.extras import Scale
from annotation.labelspaces.problem import Problem
from annotation.labelspaces.rules import CONTROL, NEUTRAL
from speecheq.sentences import say

REFUSE, WARN = "refuse", "warn"
Answer = tuple[str, int | None]
"""(ESC, EIS or None)"""


@dataclass(frozen=True)
class Bounds:
    """A range with both ends in it; None is no end."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    @property
    def is_open(self) -> bool:
        return self.low is None and self.high is None

    @property
    def is_empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high


@dataclass(frozen=True)
class CrossRule:
    """`esc` empty: any category. `extra` empty: `then` bounds the intensity."""

    esc: tuple[str, ...]
    when: Bounds
    extra: str
    then: Bounds
    refuses: bool
    message: Mapping[str, str]

    @classmethod
    def from_data(cls, row: Mapping[str, Any]) -> CrossRule:
        when, then = row["when"], row["then"]
        extra = then.get("extra", "")
        low, high = ("min", "max") if extra else ("eis_min", "eis_max")
        return cls(
            esc=tuple(when.get("esc", ())),
            when=Bounds(when.get("eis_min"), when.get("eis_max")),
            extra=extra,
            then=Bounds(then.get(low), then.get(high)),
            refuses=row["severity"] == REFUSE,
            message=row["message"],
        )

    def applies(self, answer: Answer, *, multi: bool) -> bool:
        esc, eis = answer
        if self.esc and esc not in self.esc:
            return False
        if self.when.is_open:
            return not multi or bool(eis)
        return eis is not None and self.when.holds(eis)

    def keeps(self, eis: int | None, extras: Mapping[str, float]) -> bool:
        """Whether an answer to which the rule applies is as it asks."""
        value = extras.get(self.extra) if self.extra else eis
        return value is None or self.then.holds(value)


def broken_rules(
    rules: Iterable[CrossRule],
    labels: Sequence[Answer],
    extras: Mapping[str, float],
    *,
    multi: bool,
) -> Iterator[tuple[CrossRule, str]]:
    """Each broken rule with the field that broke it, such as `extras.valence` or `labels.0.eis`."""
    for rule in rules:
        for index, answer in enumerate(labels):
            if rule.applies(answer, multi=multi) and not rule.keeps(answer[1], extras):
                yield rule, f"extras.{rule.extra}" if rule.extra else f"labels.{index}.eis"
                break


@dataclass(frozen=True)
class Offer:
    """What a scheme offers, as far as rules speak of it."""

    esc: Sequence[str]
    levels: Sequence[int]
    multi: bool
    eis_required: bool
    scales: Sequence[Scale]

    def answers(self, esc: str) -> list[Answer]:
        """Every answer that `esc` can have before any rule between scales."""
        if self.multi:
            return [(esc, level) for level in self.levels]
        rated = [level for level in self.levels if (level == 0) == (esc == NEUTRAL)]
        unrated = [] if self.eis_required and esc not in CONTROL else [None]
        return [(esc, level) for level in [*rated, *unrated]]


def rule_problems(rows: Sequence[Mapping[str, Any]], offer: Offer) -> Iterator[Problem]:
    """Rules that name what is not offered, never apply, ask nothing or can never be met."""
    rules = [CrossRule.from_data(row) for row in rows]
    alone = [
        problem
        for index, rule in enumerate(rules)
        for problem in _problems_of(rule, f"rules.cross.{index}", offer)
    ]
    yield from alone
    if not alone:
        yield from _clashes([rule for rule in rules if rule.refuses], offer)


def _problems_of(rule: CrossRule, place: str, offer: Offer) -> Iterator[Problem]:
    for index, esc in enumerate(rule.esc):
        where = f"{place}.when.esc.{index}"
        if esc not in offer.esc:
            offered = ", ".join(offer.esc)
            yield Problem(
                where,
                "unknown_esc",
                say("No category {esc!r}. The scheme has: {offered}.", esc=esc, offered=offered),
            )
            return
        if not _applying(rule, esc, offer):
            detail = say(
                "The rule never applies to {esc}: no such intensity goes with it.", esc=esc
            )
            yield Problem(where, "never_applies", detail)
            return
    if not any(_applying(rule, esc, offer) for esc in offer.esc):
        yield Problem(f"{place}.when", "never_applies", say("No answer has such an intensity."))
        return
    yield from _problems_of_then(rule, f"{place}.then", offer)


def _applying(rule: CrossRule, esc: str, offer: Offer) -> list[Answer]:
    return [a for a in offer.answers(esc) if rule.applies(a, multi=offer.multi)]


def _problems_of_then(rule: CrossRule, place: str, offer: Offer) -> Iterator[Problem]:
    if rule.then.is_open:
        yield Problem(place, "asks_nothing", say("The rule asks for nothing: give a min or a max."))
        return
    if rule.extra:
        scale = next((each for each in offer.scales if each.code == rule.extra), None)
        if scale is None:
            known = ", ".join(each.code for each in offer.scales) or "none"
            detail = say(
                "No scale {extra!r}. The scheme has: {known}.", extra=rule.extra, known=known
            )
            yield Problem(f"{place}.extra", "unknown_extra", detail)
        elif not any(map(rule.then.holds, scale.values())):
            detail = say("No value of {code} can meet the rule.", code=scale.code)
            yield Problem(place, "cannot_be_met", detail)
        return
    for esc in offer.esc:
        asked = _applying(rule, esc, offer)
        if asked and not any(rule.keeps(eis, {}) for _, eis in asked):
            detail = say("No answer with {esc} can meet the rule.", esc=esc)
            yield Problem(place, "cannot_be_met", detail)
            return


def _clashes(rules: Sequence[CrossRule], offer: Offer) -> Iterator[Problem]:
    """Categories that rules, each possible alone, leave no answer for when taken together."""
    for esc in offer.esc:
        heard = [a for a in offer.answers(esc) if a[1] != 0 or not offer.multi]
        if heard and not any(_can_be_given(answer, rules, offer) for answer in heard):
            detail = say("Taken together, the rules leave no answer with {esc}.", esc=esc)
            yield Problem("rules.cross", "cannot_be_met", detail)
            return


def _can_be_given(answer: Answer, rules: Sequence[CrossRule], offer: Offer) -> bool:
    asked = [rule for rule in rules if rule.applies(answer, multi=offer.multi)]
    if not all(rule.keeps(answer[1], {}) for rule in asked if not rule.extra):
        return False
    return all(
        any(all(r.then.holds(v) for r in asked if r.extra == scale.code) for v in scale.values())
        for scale in offer.scales
        if scale.required
    )
