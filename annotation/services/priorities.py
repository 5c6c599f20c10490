"""Where a round of active learning puts the clips of a campaign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, F, QuerySet, When

from annotation.models import Campaign, Item


@dataclass(frozen=True)
class QueuePriority:
    """Where a round puts a clip. Highest `priority` first; `why` is the acquisition function."""

    clip_id: int
    priority: float
    score: float | None
    probability: float | None
    arm: str
    why: str


_READ_TO_PLACE = ("pk", "clip_id", "needed", "free", "probability")


def set_priorities(*, campaign_id: int, rows: Sequence[QueuePriority], round_id: str) -> int:
    """Put these clips first, highest priority first; the others keep the campaign's own order.

    Short transactions: labelling goes on meanwhile. Returns how many items were placed.

    An item that was handed out before keeps its `probability`, or its lack of one: that is how its
    first label was sampled, and what a release weighs it by, whatever later rounds say.
    """
    ordered = sorted(rows, key=lambda row: (-row.priority, row.clip_id))
    by_clip = {row.clip_id: (row, place - len(ordered)) for place, row in enumerate(ordered)}
    items = Item.objects.filter(campaign_id=campaign_id)
    # What an earlier round placed goes back first, so that a round stands for itself.
    stale = items.filter(rank__lt=0).exclude(round_id=round_id)
    sampled = Case(When(free__lt=F("needed"), then=F("probability")), default=None)
    stale.update(rank=F("base_rank"), arm="", why="", round_id="", score=None, probability=sampled)
    placed = 0
    wanted = items.filter(clip_id__in=list(by_clip)) if len(by_clip) < 500 else items
    for batch in _batches(wanted.order_by("pk").only(*_READ_TO_PLACE), 500):
        placed += _place(batch, by_clip, round_id)
    Campaign.objects.filter(pk=campaign_id).update(order_version=F("order_version") + 1)
    return placed


def _batches(queryset: QuerySet[Item], size: int) -> Iterable[list[Item]]:
    after = 0
    while batch := list(queryset.filter(pk__gt=after)[:size]):
        yield batch
        after = batch[-1].pk


def _place(batch: list[Item], by_clip: dict[int, tuple[QueuePriority, int]], round_id: str) -> int:
    changed = []
    for item in batch:
        if item.clip_id not in by_clip:
            continue
        row, rank = by_clip[item.clip_id]
        item.rank, item.score = float(rank), row.score
        item.arm, item.why, item.round_id = row.arm, row.why, round_id
        if item.free == item.needed:
            item.probability = row.probability
        changed.append(item)
    fields = ["rank", "score", "probability", "arm", "why", "round_id"]
    Item.objects.bulk_update(changed, fields)
    return len(changed)
