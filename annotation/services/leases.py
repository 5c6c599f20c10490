"""What is held: renewed, given back, or returned once its lease has run out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.models import Assignment, Item
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.services.errors import AssignmentClosed, AssignmentUnknown
from annotation.services.returns import come_back
from speecheq.outbox import audit
from speecheq.sentences import say, word

REAP_BATCH = 200


def renew(*, annotator: Any, public_ids: Iterable[str]) -> list[Assignment]:
    """Push out the leases of the annotator's open assignments among `public_ids`."""
    mine = Assignment.objects.held_by(annotator).open().filter(public_id__in=list(public_ids))
    renewed = []
    for assignment in mine.select_related("campaign"):
        until = timezone.now() + timedelta(seconds=assignment.campaign.lease_s)
        still = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.OPEN)
        if still.update(expires_at=until):
            assignment.expires_at = until
            renewed.append(assignment)
    return renewed


def closed_among(*, annotator: Any, public_ids: Iterable[str]) -> list[str]:
    """Which of these the annotator has answered or given back, perhaps on another device."""
    done = [AssignmentState.DONE, AssignmentState.SKIPPED]
    mine = Assignment.objects.held_by(annotator).filter(state__in=done)
    found = set(mine.filter(public_id__in=list(public_ids)).values_list("public_id", flat=True))
    return [each for each in public_ids if each in found]


def find_assignment(public_id: str, *, annotator: Any) -> Assignment:
    """The annotator's own assignment. Raises AssignmentUnknown for anyone else's, and for those of
    a corpus that the annotator has left."""
    mine = Assignment.objects.held_by(annotator).filter(public_id=public_id)
    found = mine.select_related("campaign__scheme", "clip").first()
    if found is None:
        raise AssignmentUnknown(say("You have no assignment {id!r}.", id=public_id))
    found.annotator = annotator
    return found


@transaction.atomic
def skip(*, public_id: str, annotator: Any, reason: str) -> Assignment:
    """Give a clip back to the queue, for somebody else."""
    assignment = find_assignment(public_id, annotator=annotator)
    if not _close(assignment.pk, AssignmentState.SKIPPED, skip_reason=reason):
        assignment.refresh_from_db()
        raise AssignmentClosed(
            say("This assignment is already {state}.", state=word(assignment.state))
        )
    _give_slot_back(assignment.campaign_id, assignment.item_id, assignment.kind)
    audit(annotator, "assignment.skipped", assignment.public_id, reason=reason)
    assignment.refresh_from_db()
    return assignment


def give_back_all(*, campaign_id: int, annotator_id: int) -> None:
    """Return what somebody holds in a campaign. What they send of it afterwards comes late."""
    held = Assignment.objects.open().filter(campaign=campaign_id, annotator=annotator_id)
    for pk, item_id, kind in held.order_by("pk").values_list("pk", "item_id", "kind"):
        with transaction.atomic():
            if _close(pk, AssignmentState.EXPIRED):
                _give_slot_back(campaign_id, item_id, kind)


def _close(pk: int, state: AssignmentState, **changes: Any) -> bool:
    """Close an open assignment; False when somebody else closed it first."""
    open_one = Assignment.objects.filter(pk=pk, state=AssignmentState.OPEN)
    return bool(open_one.update(state=state, closed_at=timezone.now(), **changes))


def _give_slot_back(campaign_id: int, item_id: int, kind: str) -> None:
    """Of an ordinary clip: gold clips and repeats hold no slot."""
    if kind == AssignmentKind.NORMAL:
        Item.objects.filter(pk=item_id).update(
            free=F("free") + 1, leased=F("leased") - 1, came_back=come_back(campaign_id)
        )


def reap_expired(*, campaign_id: int | None = None, limit: int = REAP_BATCH) -> int:
    """Return the slots of leases that ran out. Safe to run in several processes at once."""
    now = timezone.now()
    late = Assignment.objects.filter(state=AssignmentState.OPEN, expires_at__lt=now)
    if campaign_id is not None:
        late = late.filter(campaign=campaign_id)
    reaped = 0
    found = late.order_by("expires_at").values_list("pk", "campaign_id", "item_id", "kind")
    for pk, its_campaign, item_id, kind in list(found[:limit]):
        with transaction.atomic():
            still_late = Assignment.objects.filter(
                pk=pk, state=AssignmentState.OPEN, expires_at__lt=now
            )
            if still_late.update(state=AssignmentState.EXPIRED, closed_at=now):
                _give_slot_back(its_campaign, item_id, kind)
                reaped += 1
    return reaped
