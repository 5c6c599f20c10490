"""Gold clips and repeats: when one is due, and which. Nothing an annotator receives tells of it."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.crypto import salted_hmac

from annotation.models.assignment import AssignmentKind
from annotation.services import queue_sql
from annotation.services.queue_sql import Desk
from speecheq import sql

REPEAT_AFTER = 20  # offers, so that nobody remembers their answer
REPEAT_SPREAD = 60  # offers, so that nobody waits for the repeat
REPEAT_REACH = 200  # offers that are looked through for one not repeated yet


class Planned(NamedTuple):
    """What one offer is."""

    kind: AssignmentKind
    item_id: int
    clip_id: int
    clip: str
    duration_ms: int


def draw(seed: int, person: str, offer: int, what: str = "kind") -> float:
    """A number in [0, 1) that campaign, person and offer decide, so that it can be made again.

    By the installation's secret key: whoever learns the seed and this code must not be able to work
    out which of their clips check them.
    """
    value = f"{seed}:{person}:{offer}:{what}"
    digest = salted_hmac("annotation.planned", value, algorithm="sha256").digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def kind_due(desk: Desk, person: str, offer: int) -> AssignmentKind:
    """What the offer numbered `offer` of this person should be."""
    if not desk.gold_share and not desk.repeat_share:
        return AssignmentKind.NORMAL
    drawn = draw(desk.seed, person, offer)
    if drawn < desk.gold_share:
        return AssignmentKind.GOLD
    if drawn < desk.gold_share + desk.repeat_share:
        return AssignmentKind.REPEAT
    return AssignmentKind.NORMAL


def find(desk: Desk, person: str, offer: int, kind: AssignmentKind) -> Planned | None:
    """The gold clip or repeat for this offer; None where all were had, or none is old enough."""
    if kind == AssignmentKind.GOLD:
        return _gold(desk, person)
    return _repeat(desk, person, offer)


def _gold(desk: Desk, person: str) -> Planned | None:
    # Everybody begins elsewhere: two people side by side do not hear the same gold at once.
    start = int(draw(desk.seed, person, 0, "gold") * desk.n_gold)
    values = {"campaign": desk.campaign_id, "user": desk.user_id, "start": start}
    found = sql.row(queue_sql.GOLD, values)
    return None if found is None else Planned(AssignmentKind.GOLD, *found)


def _repeat(desk: Desk, person: str, offer: int) -> Planned | None:
    latest = offer - REPEAT_AFTER
    if latest < 1:
        return None
    before = latest - int(draw(desk.seed, person, offer, "spread") * min(REPEAT_SPREAD, latest))
    values = {
        "campaign": desk.campaign_id,
        "user": desk.user_id,
        "after": before - REPEAT_REACH,
        "before": before,
    }
    found = sql.row(queue_sql.REPEAT, values)
    return None if found is None else Planned(AssignmentKind.REPEAT, *found)
