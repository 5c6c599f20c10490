"""How each annotator works: how much, how fast, how right on gold, how steady on repeats.

For those who answer for the work; nothing of it reaches whoever only labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Count, QuerySet, Sum

from annotation.agreement.coefficient import point_value
from annotation.agreement.krippendorff import nominal_alpha
from annotation.agreement.table import CountTable
from annotation.agreement.wilson import wilson_interval
from annotation.models import Annotation, AnnotationLabel, Assignment, Campaign, WorkDay
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.models.reference import Purpose
from annotation.services.worklog import PAUSE_S
from speecheq.models import User

SPEED_OVER = 1000  # the last answers, of which the time for one is told

Levels = dict[str, int | None]
"""The labels of one answer: ESC to EIS."""


@dataclass(frozen=True)
class GoldFigures:
    """`right`: answers whose category, or all whose heard emotions, are as known."""

    n: int
    right: int
    n_eis: int
    eis_error: float | None

    @property
    def share(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson_interval(self.right, self.n) if self.n else None


@dataclass(frozen=True)
class RepeatFigures:
    """Clips that came twice: how often the same was said. `alpha` is corrected for chance."""

    n: int
    esc_equal: int
    n_eis: int
    eis_equal: int
    alpha: float | None


@dataclass
class Quality:
    """One person in one campaign. `labels` holds all their current answers."""

    user: User
    member: Any = None
    labels: int = 0
    extras: int = 0
    skipped: int = 0
    hours: float = 0.0
    seconds_per_clip: float | None = None
    gold: GoldFigures = field(default_factory=lambda: GoldFigures(0, 0, 0, None))
    repeats: RepeatFigures = field(default_factory=lambda: RepeatFigures(0, 0, 0, 0, None))


def annotators_of(campaign: Campaign) -> list[Quality]:
    """Everybody who labels or has labelled in the campaign, by name."""
    members = {m.user_id: m for m in campaign.members.select_related("user", "group")}
    current = Annotation.objects.current().filter(campaign=campaign)
    left = User.objects.filter(pk__in=current.values("annotator")).exclude(pk__in=members)
    rows = {m.user_id: Quality(m.user, m) for m in members.values()}
    rows |= {user.pk: Quality(user) for user in left}
    _count(campaign, current, rows)
    for user_id, gold in gold_figures(campaign).items():
        rows[user_id].gold = gold
    for user_id, repeats in repeat_figures(campaign).items():
        rows[user_id].repeats = repeats
    return sorted(rows.values(), key=lambda row: row.user.username)


def _count(campaign: Campaign, current: QuerySet[Annotation], rows: dict[int, Quality]) -> None:
    said = current.values_list("annotator", "counted", "assignment__kind")
    for user_id, counted, kind, n in said.annotate(n=Count("pk")):
        rows[user_id].labels += n
        if not counted and kind == AssignmentKind.NORMAL:
            rows[user_id].extras += n
    skips = Assignment.objects.filter(campaign=campaign, state=AssignmentState.SKIPPED)
    for user_id, n in skips.values_list("annotator").annotate(n=Count("pk")):
        if user_id in rows:
            rows[user_id].skipped = n
    days = WorkDay.objects.filter(campaign=campaign).values_list("annotator")
    for user_id, active_s in days.annotate(active_s=Sum("active_s")):
        if user_id in rows:
            rows[user_id].hours = active_s / 3600
    for user_id, row in rows.items():
        if row.labels:
            row.seconds_per_clip = _pace(campaign, user_id)


def _pace(campaign: Campaign, user_id: int) -> float | None:
    """Median seconds from one first answer to the next, pauses left out."""
    first = Annotation.objects.filter(campaign=campaign, annotator=user_id, supersedes=None)
    at = list(first.order_by("-pk").values_list("created_at", flat=True)[: SPEED_OVER + 1])
    gaps = [_seconds(late, early) for late, early in pairwise(at)]
    worked = [gap for gap in gaps if 0 <= gap <= PAUSE_S]
    return median(worked) if worked else None


def _seconds(late: datetime, early: datetime) -> float:
    return (late - early).total_seconds()


def late_answers(campaign: Campaign) -> QuerySet[Annotation]:
    """Answers beyond the overlap: kept, outside votes. Gold and repeats are none of them."""
    late = Annotation.objects.current().filter(
        campaign=campaign, counted=False, assignment__kind=AssignmentKind.NORMAL
    )
    return late.select_related("clip", "annotator").prefetch_related("labels")


def _answers(current: QuerySet[Annotation]) -> dict[int, Levels]:
    """Labels by annotation."""
    found: dict[int, Levels] = defaultdict(dict)
    labels = AnnotationLabel.objects.filter(annotation__in=current)
    for annotation, esc, eis in labels.values_list("annotation_id", "esc", "eis"):
        found[annotation][esc] = eis
    return found


def heard(levels: Levels) -> frozenset[str]:
    """The emotions of an answer: its category, or all that were given an intensity above 0."""
    if len(levels) == 1:
        [(esc, eis)] = levels.items()
        if esc == "NEU" or eis != 0:
            return frozenset([esc])
    return frozenset(esc for esc, eis in levels.items() if eis)


def gold_figures(campaign: Campaign) -> dict[int, GoldFigures]:
    """By annotator, for those who had gold clips that are gold still."""
    known = {
        row.clip_id: {label["esc"]: label["eis"] for label in row.labels}
        for row in campaign.references.filter(purpose=Purpose.GOLD)
    }
    current = Annotation.objects.current().filter(
        campaign=campaign, assignment__kind=AssignmentKind.GOLD
    )
    given = _answers(current)
    pairs: dict[int, list[tuple[Levels, Levels]]] = defaultdict(list)
    for pk, user_id, clip_id in current.values_list("pk", "annotator_id", "clip_id"):
        if clip_id in known:
            pairs[user_id].append((given.get(pk, {}), known[clip_id]))
    return {user_id: _against_gold(found) for user_id, found in pairs.items()}


def _against_gold(pairs: Sequence[tuple[Levels, Levels]]) -> GoldFigures:
    errors = [abs(a - b) for given, known in pairs for a, b in _rated_by_both(given, known)]
    return GoldFigures(
        n=len(pairs),
        right=sum(heard(given) == heard(known) for given, known in pairs),
        n_eis=len(errors),
        eis_error=sum(errors) / len(errors) if errors else None,
    )


def _rated_by_both(one: Levels, other: Levels) -> Iterable[tuple[int, int]]:
    """Intensities of the same emotion. A missing rating is missing, never 0."""
    for esc, level in one.items():
        against = other.get(esc)
        if level is not None and against is not None:
            yield level, against


def repeat_figures(campaign: Campaign) -> dict[int, RepeatFigures]:
    """By annotator, for those who had a clip twice: the repeat against their first answer."""
    current = Annotation.objects.current().filter(campaign=campaign)
    again = current.filter(assignment__kind=AssignmentKind.REPEAT)
    first = current.filter(assignment__kind=AssignmentKind.NORMAL, clip__in=again.values("clip"))
    said = _answers(again) | _answers(first)
    names = ("annotator_id", "clip_id", "pk")
    before = {(user, clip): pk for user, clip, pk in first.values_list(*names)}
    pairs: dict[int, list[tuple[Levels, Levels]]] = defaultdict(list)
    for user, clip, pk in again.values_list(*names):
        if (user, clip) in before:
            pairs[user].append((said[before[user, clip]], said[pk]))
    return {user: _steadiness(found) for user, found in pairs.items()}


def _steadiness(pairs: Sequence[tuple[Levels, Levels]]) -> RepeatFigures:
    rated = [both for one, other in pairs for both in _rated_by_both(one, other)]
    words = [[_word(heard(one)), _word(heard(other))] for one, other in pairs]
    table = CountTable.from_ratings(
        [i for i in range(len(words)) for _ in range(2)],
        ["first", "again"] * len(words),
        [word for both in words for word in both],
    )
    return RepeatFigures(
        n=len(pairs),
        esc_equal=sum(one == other for one, other in words),
        n_eis=len(rated),
        eis_equal=sum(a == b for a, b in rated),
        alpha=point_value(table, nominal_alpha),
    )


def _word(codes: frozenset[str]) -> str:
    """One category for what was heard, so that equal answers are equal."""
    return "+".join(sorted(codes)) or "-"
