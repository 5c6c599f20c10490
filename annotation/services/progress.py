"""How far a campaign is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from annotation.models import Annotation, Assignment, Campaign
from annotation.models.assignment import AssignmentKind, AssignmentState


def progress(campaign: Campaign, *, only: Any = None) -> dict[str, Any]:
    """How far the campaign is; `only` limits `by_annotator` to one annotator, who is told nothing
    that would tell gold clips and repeats from others."""
    sums = campaign.items.aggregate(
        items=Count("pk", filter=Q(needed__gt=0)), needed=Sum("needed"), done=Sum("done")
    )
    needed, done = sums["needed"] or 0, sums["done"] or 0
    assignments = Assignment.objects.filter(campaign=campaign)
    planned = assignments.exclude(kind=AssignmentKind.NORMAL)
    skipped = assignments.filter(state=AssignmentState.SKIPPED).count()
    late = Annotation.objects.current().filter(campaign=campaign, counted=False)
    found = {
        "items": sums["items"],
        "needed": needed,
        "done": done,
        "skipped": skipped,
        "extras": late.filter(assignment__kind=AssignmentKind.NORMAL).count(),
        "by_annotator": _by_annotator(campaign, only),
        "eta": _eta(campaign, needed - done),
    }
    if only is not None:
        found["needed"] = told_needed(campaign, needed)
        found["done"] = done + planned.filter(state=AssignmentState.DONE).count()
    return found


def told_needed(campaign: Campaign, needed: int) -> int:
    """What annotators are told is needed: with the gold clips and repeats to be expected, so that
    each answer moves the count alike."""
    ordinary = 1 - campaign.gold_share - campaign.repeat_share
    return round(needed / max(ordinary, LEAST_ORDINARY))


LEAST_ORDINARY = 0.1


def _by_annotator(campaign: Campaign, only: Any) -> list[dict[str, Any]]:
    people: Iterable[tuple[str, bool, int]]
    if only is not None:
        rows = campaign.members.filter(user=only, done__gt=0)
        people = rows.values_list("user__username", "user__is_simulated", "done")
    else:  # those, too, who are no members any more
        current = Annotation.objects.current().filter(campaign=campaign)
        names = current.values_list("annotator__username", "annotator__is_simulated")
        people = names.annotate(n=Count("pk")).order_by("annotator__username")
    return [
        {"username": name, "simulated": is_simulated, "done": done}
        for name, is_simulated, done in people
    ]


def _eta(campaign: Campaign, left: int) -> str | None:
    """When the campaign will be done at the pace of the last hour; null without a pace."""
    if left <= 0:
        return None
    now = timezone.now()
    recent = Annotation.objects.filter(
        campaign=campaign, counted=True, supersedes=None, created_at__gt=now - timedelta(hours=1)
    ).filter(is_simulated=False)
    n = recent.count()
    if not n:
        return None
    return (now + timedelta(hours=1) * (left / n)).isoformat()
