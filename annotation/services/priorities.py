"""Where a round of active learning puts the clips of a campaign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction
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


BATCH = 200  # a few milliseconds of SQLite's only write lock
LEFT_TO_OTHERS = 8  # parts of the time, to one part of this: people are labelling meanwhile

# By hand: the ORM writes one statement with a CASE over all rows of a batch, whose time grows with
# the square of the batch. An item that was handed out before keeps its probability.
PLACE = """
UPDATE annotation_item
SET rank = %s, score = %s, arm = %s, why = %s, round_id = %s,
    probability = CASE WHEN free = needed THEN %s ELSE probability END
WHERE id = %s
"""


def set_priorities(*, campaign_id: int, rows: Sequence[QueuePriority], round_id: str) -> int:
    """Put these clips first, highest priority first; the others keep the campaign's own order.

    Short transactions: labelling goes on meanwhile, in the old order until all are placed. Returns
    how many items were.

    An item that was handed out before keeps its `probability`, or its lack of one: that is how its
    first label was sampled, and what a release weighs it by, whatever later rounds say.
    """
    ordered = sorted(rows, key=lambda row: (-row.priority, row.clip_id))
    items = Item.objects.filter(campaign_id=campaign_id)
    # What an earlier round placed goes back first, so that a round stands for itself.
    for batch in _batches(items.filter(rank__lt=0).exclude(round_id=round_id), "pk"):
        _put_back([pk for (pk,) in batch])
    placed = 0
    ranks = {row.clip_id: place - len(ordered) for place, row in enumerate(ordered)}
    by_clip = {row.clip_id: row for row in ordered}
    wanted = items.filter(clip_id__in=list(by_clip)) if len(by_clip) < BATCH else items
    for batch in _batches(wanted, "pk", "clip_id"):
        placed += _place(
            [(pk, by_clip[clip], ranks[clip]) for pk, clip in batch if clip in by_clip], round_id
        )
    Campaign.objects.filter(pk=campaign_id).update(order_version=F("order_version") + 1)
    return placed


def _batches(queryset: QuerySet[Item], *fields: str) -> Iterable[list[tuple[Any, ...]]]:
    """A batch at a time, with a pause after each that is not the last."""
    after = 0
    ordered = queryset.order_by("pk").values_list(*fields)
    while True:
        began = monotonic()
        batch = list(ordered.filter(pk__gt=after)[:BATCH])
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        after = batch[-1][0]
        sleep(LEFT_TO_OTHERS * (monotonic() - began))


def _put_back(items: list[int]) -> None:
    sampled = Case(When(free__lt=F("needed"), then=F("probability")), default=None)
    Item.objects.filter(pk__in=items).update(
        rank=F("base_rank"), arm="", why="", round_id="", score=None, probability=sampled
    )


def _place(batch: list[tuple[int, QueuePriority, int]], round_id: str) -> int:
    values = [
        (float(rank), row.score, row.arm, row.why, round_id, row.probability, pk)
        for pk, row, rank in batch
    ]
    if values:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(PLACE, values)
    return len(values)
