"""Hours and labels of each annotator by day, advanced by the worker from the submissions.

A person's time runs from one submission to the next, in whichever campaign; a gap of more than five
minutes was a pause and counts for nothing. A gap belongs to the campaign of the later submission.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from annotation.models import Annotation, Campaign, WorkDay
from annotation.services.answer_rows import SUBMITTED
from annotation.services.oversight import oversees
from speecheq.errors import Forbidden, NotFound
from speecheq.outbox import outbox_handler
from speecheq.sentences import say

PAUSE_S = 300.0


@dataclass(frozen=True, order=True)
class Submission:
    """One judgement, as far as the log of work goes. Ordered as they were stored."""

    at: datetime
    annotation_id: int
    campaign_id: int
    revises: bool


Days = dict[int, WorkDay]  # of one person on one day, by campaign
ByDay = dict[tuple[int, date], list[Submission]]  # by person and day


@outbox_handler(SUBMITTED)
def log_work(events: list[dict[str, Any]]) -> None:
    """Advance the days that these submissions belong to. Sent again or out of order, a submission
    has the day counted anew from the annotations, so that the sums are the same however they came.
    """
    found = _by_people(_by_day(events))
    known = _days_of(found)
    changed: list[WorkDay] = []
    for (annotator_id, day), submissions in found.items():
        days = known[annotator_id, day]
        if _continues(days, submissions):
            advance(days, submissions, annotator_id=annotator_id, day=day)
        else:
            recount(days, annotator_id=annotator_id, day=day)
        changed += days.values()
    WorkDay.objects.bulk_create([each for each in changed if each.pk is None])
    WorkDay.objects.bulk_update([each for each in changed if each.pk is not None], _COUNTED)


_COUNTED = ["labels", "revisions", "active_s", "last_at", "last_annotation"]


def _by_day(events: list[dict[str, Any]]) -> ByDay:
    """Submissions by person and day (UTC), each list in the order they were stored."""
    found: dict[tuple[int, date], set[Submission]] = defaultdict(set)
    for event in events:
        at = datetime.fromisoformat(event["at"]).astimezone(UTC)
        revises = event["supersedes_id"] is not None
        one = Submission(at, event["annotation_id"], event["campaign_id"], revises)
        found[event["annotator_id"], at.date()].add(one)
    return {key: sorted(submissions) for key, submissions in found.items()}


def _by_people(found: ByDay) -> ByDay:
    """What people submitted: a simulated annotator spends no hours."""
    simulated = get_user_model().objects.filter(is_simulated=True)
    nobody = set(simulated.filter(pk__in={who for who, _ in found}).values_list("pk", flat=True))
    return {key: submissions for key, submissions in found.items() if key[0] not in nobody}


def _days_of(found: Iterable[tuple[int, date]]) -> dict[tuple[int, date], Days]:
    wanted = set(found)
    rows = WorkDay.objects.filter(
        annotator__in={person for person, _ in wanted}, day__in={day for _, day in wanted}
    )
    days: dict[tuple[int, date], Days] = {key: {} for key in wanted}
    for row in rows.select_for_update():
        if (row.annotator_id, row.day) in days:
            days[row.annotator_id, row.day][row.campaign_id] = row
    return days


def _last_at(days: Days) -> datetime | None:
    return max((day.last_at for day in days.values() if day.last_at), default=None)


def _continues(days: Days, submissions: list[Submission]) -> bool:
    """Whether all of these come after what is counted already."""
    last_at = _last_at(days)
    last_id = max((day.last_annotation for day in days.values()), default=0)
    first_id = min(each.annotation_id for each in submissions)
    return first_id > last_id and (last_at is None or submissions[0].at >= last_at)


def advance(days: Days, submissions: list[Submission], *, annotator_id: int, day: date) -> None:
    """Add submissions, in order, to one person's day."""
    last_at = _last_at(days)
    for each in submissions:
        row = days.get(each.campaign_id)
        if row is None:
            row = WorkDay(campaign_id=each.campaign_id, annotator_id=annotator_id, day=day)
            days[each.campaign_id] = row
        gap_s = (each.at - last_at).total_seconds() if last_at else 0.0
        row.active_s += gap_s if gap_s <= PAUSE_S else 0.0
        row.labels += not each.revises
        row.revisions += each.revises
        row.last_at = last_at = each.at
        row.last_annotation = max(row.last_annotation, each.annotation_id)


def recount(days: Days, *, annotator_id: int, day: date) -> None:
    """Count one person's day again, from what they stored."""
    start = datetime.combine(day, time.min, tzinfo=UTC)
    rows = Annotation.objects.filter(
        annotator=annotator_id, created_at__gte=start, created_at__lt=start + timedelta(days=1)
    ).values_list("created_at", "pk", "campaign_id", "supersedes_id")
    for row in days.values():
        row.labels = row.revisions = row.last_annotation = 0
        row.active_s, row.last_at = 0.0, None
    submissions = sorted(Submission(at, pk, camp, old is not None) for at, pk, camp, old in rows)
    advance(days, submissions, annotator_id=annotator_id, day=day)


def days_in(campaign: Campaign, *, user: Any, annotator: str = "") -> QuerySet[WorkDay]:
    """Days of work in a campaign, latest first: one's own; those of all, or of the one named, for
    whoever answers for the work. Raises Forbidden, NotFound."""
    rows = WorkDay.objects.filter(campaign=campaign).select_related("annotator", "campaign")
    rows = rows.order_by("-day", "annotator__username")
    if not oversees(user, campaign):
        if annotator not in ("", user.get_username()):
            raise Forbidden(say("You see your own hours only. Leave `annotator` out."))
        return rows.filter(annotator=user)
    if not annotator:
        return rows
    people = get_user_model().objects.filter(username=annotator)
    labels_here = people.filter(campaign_memberships__campaign=campaign)
    if not (labels_here.exists() or rows.filter(annotator__username=annotator).exists()):
        raise NotFound(say("No annotator {annotator!r} in this campaign.", annotator=annotator))
    return rows.filter(annotator__username=annotator)


def own_days(user: Any, *, since: date | None = None) -> QuerySet[WorkDay]:
    """One's own days in all campaigns, latest first."""
    rows = WorkDay.objects.filter(annotator=user)
    rows = rows.select_related("campaign__corpus", "annotator")
    if since is not None:
        rows = rows.filter(day__gte=since)
    return rows.order_by("-day", "campaign__name")


def labels_per_hour(labels: int, active_s: float) -> float | None:
    """None where there is no time to speak of: the first label of a day has no gap before it."""
    return labels / active_s * 3600 if active_s >= 60 else None


def totals(rows: Iterable[WorkDay]) -> dict[str, Any]:
    """Sums over days: `labels`, `revisions`, `hours`, `labels_per_hour`."""
    counted = list(rows)
    labels = sum(row.labels for row in counted)
    active_s = sum(row.active_s for row in counted)
    return {
        "labels": labels,
        "revisions": sum(row.revisions for row in counted),
        "hours": active_s / 3600,
        "labels_per_hour": labels_per_hour(labels, active_s),
    }
