"""How far a campaign is: exact for its staff; for those who only label, so that every answer moves
the counts alike, on an ordinary clip, a gold clip or a repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from annotation.models import Annotation, Assignment, Campaign, Item
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.services.looking import RECENT
from annotation.services.oversight import is_staff

LEAST_ORDINARY = 0.1


@dataclass(frozen=True)
class Totals:
    """Clips, and the labels they need and have."""

    items: int = 0
    needed: int = 0
    done: int = 0

    @property
    def left(self) -> int:
        return self.needed - self.done


@dataclass(frozen=True)
class Overview:
    """A campaign as somebody may see it. `goes_on`: there may be something to label for them."""

    campaign: Campaign
    totals: Totals
    goes_on: bool


def progress(campaign: Campaign, *, only: Any = None) -> dict[str, Any]:
    """How far the campaign is; `only` limits `by_annotator` to one annotator, who is told nothing
    that would tell gold clips and repeats from others."""
    exact = _sums([campaign]).get(campaign.pk, Totals())
    totals, goes_on = exact, exact.left > 0
    if only is not None:
        totals = told(campaign, exact, planned=_planned_done([campaign]).get(campaign.pk, 0))
        goes_on = goes_on or bool(_holding([campaign], only))
    skipped = Assignment.objects.filter(campaign=campaign, state=AssignmentState.SKIPPED)
    late = Annotation.objects.current().filter(campaign=campaign, counted=False)
    return {
        "items": totals.items,
        "needed": totals.needed,
        "done": totals.done,
        "skipped": skipped.count(),
        "extras": late.filter(assignment__kind=AssignmentKind.NORMAL).count(),
        "by_annotator": _by_annotator(campaign, only),
        "eta": _eta(campaign, totals.left, every_kind=only is not None) if goes_on else None,
    }


def overviews(campaigns: Sequence[Campaign], user: Any) -> list[Overview]:
    """Each campaign with the counts that `user` may see."""
    sums, holding = _sums(campaigns), _holding(campaigns, user)
    only_labelled = [c for c in campaigns if not is_staff(user, c.corpus_id)]
    planned = _planned_done(only_labelled)
    found = []
    for campaign in campaigns:
        exact = shown = sums.get(campaign.pk, Totals())
        if campaign in only_labelled:
            shown = told(campaign, exact, planned=planned.get(campaign.pk, 0))
        found.append(Overview(campaign, shown, exact.left > 0 or campaign.pk in holding))
    return found


def told(campaign: Campaign, exact: Totals, *, planned: int) -> Totals:
    """What annotators are told: with the gold clips and repeats to be expected, and the `planned`
    ones that were answered. Clips and labels grow alike, or their ratio would be the share."""
    ordinary = 1 - campaign.gold_share - campaign.repeat_share
    items = round(exact.items / max(ordinary, LEAST_ORDINARY))
    needed = round(exact.needed * items / max(exact.items, 1))
    return Totals(items, needed, exact.done + planned)


def _sums(campaigns: Iterable[Campaign]) -> dict[int, Totals]:
    """Exact, by campaign; those without items are left out."""
    rows = Item.objects.filter(campaign__in=campaigns).values_list("campaign")
    sums = rows.annotate(
        items=Count("pk", filter=Q(needed__gt=0)), needed=Sum("needed"), done=Sum("done")
    )
    return {pk: Totals(*counts) for pk, *counts in sums}


def _planned_done(campaigns: Iterable[Campaign]) -> dict[int, int]:
    """Answers on gold clips and repeats, by campaign."""
    found = Assignment.objects.filter(campaign__in=campaigns, state=AssignmentState.DONE)
    counts = found.exclude(kind=AssignmentKind.NORMAL).values_list("campaign")
    return dict(counts.annotate(n=Count("pk")))


def _holding(campaigns: Iterable[Campaign], user: Any) -> set[int]:
    """Campaigns in which `next` has something for `user` also when every clip has its labels: what
    they hold, and gold or a repeat that ran out. Without these, the end of the ordinary clips would
    tell what the rest are."""
    lapsed = Q(state=AssignmentState.EXPIRED) & ~Q(kind=AssignmentKind.NORMAL)
    mine = Assignment.objects.filter(
        Q(state=AssignmentState.OPEN) | lapsed,
        annotator=user,
        campaign__in=campaigns,
        campaign__members__user=user,
        campaign__members__left_at=None,
        ordinal__gt=F("campaign__members__offered") - RECENT,
    )
    return set(mine.values_list("campaign", flat=True))


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


def _eta(campaign: Campaign, left: int, *, every_kind: bool) -> str | None:
    """When the campaign will be done at the pace of the last hour; null without a pace."""
    if left <= 0:
        return None
    now = timezone.now()
    recent = Annotation.objects.filter(
        campaign=campaign, supersedes=None, created_at__gt=now - timedelta(hours=1)
    ).filter(is_simulated=False)
    moving = Q(counted=True)
    if every_kind:  # as they move the counts that annotators are told
        moving |= ~Q(assignment__kind=AssignmentKind.NORMAL)
    n = recent.filter(moving).count()
    if not n:
        return None
    return (now + timedelta(hours=1) * (left / n)).isoformat()
