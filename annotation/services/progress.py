"""How far a campaign is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from annotation.models import Annotation, Assignment, Campaign
from annotation.models.assignment import AssignmentState


def progress(campaign: Campaign, *, only: Any = None) -> dict[str, Any]:
    """How far the campaign is; `only` limits `by_annotator` to one person."""
    sums = campaign.items.aggregate(items=Count("pk"), needed=Sum("needed"), done=Sum("done"))
    needed, done = sums["needed"] or 0, sums["done"] or 0
    current = Annotation.objects.filter(campaign=campaign, superseded_at=None)
    people = current.values("annotator__username", "annotator__is_simulated")
    if only is not None:
        people = people.filter(annotator=only)
    by_annotator = [
        {
            "username": row["annotator__username"],
            "simulated": row["annotator__is_simulated"],
            "done": row["n"],
        }
        for row in people.annotate(n=Count("pk")).order_by("annotator__username")
    ]
    skipped = Assignment.objects.filter(campaign=campaign, state=AssignmentState.SKIPPED)
    return {
        "items": sums["items"],
        "needed": needed,
        "done": done,
        "skipped": skipped.count(),
        "extras": current.filter(counted=False).count(),
        "by_annotator": by_annotator,
        "eta": _eta(campaign, needed - done),
    }


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
