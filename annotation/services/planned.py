"""Gold clips and repeats: when one is due, and which. Nothing an annotator receives tells of it."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from annotation.models.assignment import AssignmentKind
from annotation.services.queue_sql import Desk

REPEAT_AFTER = 20  # offers, so that nobody remembers their answer
REPEAT_SPREAD = 60  # offers, so that nobody waits for the repeat
REPEAT_REACH = 200  # offers that are looked through for one not repeated yet


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


def choice(desk: Desk, person: str, offer: int, kind: AssignmentKind) -> dict[str, int] | None:
    """Where the gold clip or repeat for this offer is looked for; None where none is old enough."""
    return _gold(desk, person) if kind == AssignmentKind.GOLD else _repeat(desk, person, offer)


def _gold(desk: Desk, person: str) -> dict[str, int] | None:
    if not desk.n_gold:
        return None
    # Everybody begins elsewhere: two people side by side do not hear the same gold at once.
    start = int(draw(desk.seed, person, 0, "gold") * desk.n_gold)
    return {"place": (start + desk.gold_cursor) % desk.n_gold}


def _repeat(desk: Desk, person: str, offer: int) -> dict[str, int] | None:
    latest = offer - REPEAT_AFTER
    if latest < 1:
        return None
    before = latest - int(draw(desk.seed, person, offer, "spread") * min(REPEAT_SPREAD, latest))
    return {"after": before - REPEAT_REACH, "before": before}
