"""Where a round of active learning puts the clips of a campaign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from time import monotonic, sleep
from typing import NamedTuple, TypeVar

from django.db import connection, transaction
from django.db.models import Case, F, When

from annotation.models import Campaign, Item
from annotation.services.returns import come_back
from speecheq import sql

T = TypeVar("T")


@dataclass(frozen=True)
class QueuePriority:
    """Where a round puts a clip. Highest `priority` first; `why` is the acquisition function."""

    clip_id: int
    priority: float
    score: float | None
    probability: float | None
    arm: str
    why: str


class Order(NamedTuple):
    """The order of a campaign, as one call of `set_priorities` makes it."""

    campaign_id: int
    version: int


BATCH = 200  # a few milliseconds of SQLite's only write lock
LEFT_TO_OTHERS = 8  # parts of the time, to one part of this: people are labelling meanwhile

# By hand: the ORM writes one statement with a CASE over all rows of a batch, whose time grows with
# the square of the batch. An item that was handed out before keeps its probability.
PLACE = """
UPDATE annotation_item
SET rank = %(rank)s, score = %(score)s, arm = %(arm)s, why = %(why)s, round_id = %(round)s,
    probability = CASE WHEN free = needed THEN %(probability)s ELSE probability END
WHERE campaign_id = %(campaign)s AND clip_id = %(clip_id)s
"""
# By hand as well: the partial index needs `free > 0` as a literal.
FRONT = "SELECT id FROM annotation_item WHERE campaign_id = %(campaign)s AND free > 0 AND rank < 0"


def set_priorities(*, campaign_id: int, rows: Sequence[QueuePriority], round_id: str) -> int:
    """Put these clips first, highest priority first; the others keep the campaign's own order.

    Short transactions, so that labelling goes on meanwhile: what an earlier round placed goes back,
    then the first are placed first, and are found at once. Stopped at any point, nothing is lost to
    anybody. Returns how many items were placed; fewer where a later call has taken over.

    An item that was handed out before keeps its `probability`, or its lack of one: that is how its
    first label was sampled, and what a release weighs it by, whatever later rounds say.
    """
    ordered = sorted(rows, key=lambda row: (-row.priority, row.clip_id))
    first = -len(ordered)
    for items in _gently(_placed_before(campaign_id)):
        _put_back(campaign_id, items)
    order = _begin(campaign_id, first)
    placed = 0
    for start in _gently(range(0, len(ordered), BATCH)):
        batch = ordered[start : start + BATCH]
        found = _place(batch, order, first + start, round_id)
        if found is None:
            break
        placed += found
    return placed


def _gently(batches: Iterable[T]) -> Iterator[T]:
    """These, with a pause after the work on each that is not the last."""
    began = None
    for batch in batches:
        if began is not None:
            sleep(LEFT_TO_OTHERS * (monotonic() - began))
        began = monotonic()
        yield batch


def _placed_before(campaign_id: int) -> Iterator[list[int]]:
    """Items that a round put first, a batch at a time."""
    after = 0
    placed = Item.objects.filter(campaign_id=campaign_id, rank__lt=0).order_by("pk")
    while batch := list(placed.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        yield batch
        after = batch[-1]


def _put_back(campaign_id: int, items: list[int]) -> None:
    """To their place in the campaign's own order, where some may have looked already."""
    sampled = Case(When(free__lt=F("needed"), then=F("probability")), default=None)
    with transaction.atomic():
        number = come_back(campaign_id)
        Item.objects.filter(pk__in=items).update(
            rank=F("base_rank"),
            arm="",
            why="",
            round_id="",
            score=None,
            probability=sampled,
            came_back=number,
        )


def _begin(campaign_id: int, first: int) -> Order:
    """Take over from whoever places items now, and let everybody look at the front from its start:
    it is empty up to the rank `first`."""
    here = Campaign.objects.filter(pk=campaign_id)
    with transaction.atomic():
        here.update(order_version=F("order_version") + 1, front_end=float(first))
        since = [pk for (pk,) in sql.rows(FRONT, {"campaign": campaign_id})]
        _put_back(campaign_id, since)  # by whom this takes over from
        return Order(campaign_id, here.values_list("order_version", flat=True).get())


def _place(batch: Sequence[QueuePriority], order: Order, first: int, round_id: str) -> int | None:
    """Place a batch at the ranks from `first` on; None if another has taken over."""
    values = [
        {**asdict(each), "rank": float(rank), "round": round_id, "campaign": order.campaign_id}
        for rank, each in enumerate(batch, start=first)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        # With the items, so that nobody passes by what is still to be placed.
        if not Campaign.objects.filter(pk=order.campaign_id, order_version=order.version).update(
            front_end=float(first + len(batch))
        ):
            return None
        cursor.executemany(PLACE, values)
        return int(cursor.rowcount)
