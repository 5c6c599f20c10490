"""Who hears which clip next.

A claim is one conditional UPDATE on the item, so overlap is exact on SQLite and PostgreSQL alike,
and a database constraint stands behind it. What is before a member's cursor was tried: it was full,
or that person had it. Slots that come back later are found by `Item.returned`, so `next` costs the
same however long the campaign and the annotator's own history are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    When,
    prefetch_related_objects,
)
from django.utils import timezone

from annotation.models import Assignment, Campaign, CampaignMember, Item
from annotation.models.assignment import AssignmentState
from annotation.models.campaign import CampaignState
from annotation.models.member import Qualification
from annotation.services.errors import (
    AssignmentClosed,
    AssignmentUnknown,
    CampaignNotOpen,
    NotInCampaign,
    NotQualified,
    PracticeFirst,
)
from speecheq.errors import NotFound
from speecheq.outbox import audit

LOOK_AHEAD = 16
NOTHING_LEFT = "nothing_left"
CAP_REACHED = "cap_reached"
REAP_BATCH = 200


class Candidate(NamedTuple):
    """An item that may be claimed. `returned`: a slot of it came back at some time."""

    item_id: int
    rank: float
    clip_id: int
    returned: bool


@dataclass(frozen=True)
class QueuePriority:
    """Where a round puts a clip. Highest `priority` first; `why` is the acquisition function."""

    clip_id: int
    priority: float
    score: float | None
    probability: float | None
    arm: str
    why: str


def member_of(*, campaign_id: str, user: Any) -> CampaignMember:
    """The membership, with campaign and scheme, in one query. Raises NotFound, NotInCampaign."""
    members = CampaignMember.objects.filter(campaign__public_id=campaign_id, user=user)
    member = members.select_related("campaign__scheme").first()
    if member is not None:
        return member
    visible = Campaign.objects.visible_to(user).filter(public_id=campaign_id).first()
    if visible is None:
        raise NotFound(f"No campaign {campaign_id!r}.")
    raise NotInCampaign(f"You are not a member of the campaign {visible.name!r}.")


def claim_next(*, campaign: Campaign, annotator: Any, count: int = 1) -> list[Assignment]:
    """As `claim_for`, for whoever has the campaign and not the membership."""
    return claim_for(member_of(campaign_id=campaign.public_id, user=annotator), count=count)


def claim_for(member: CampaignMember, *, count: int = 1) -> list[Assignment]:
    """Up to `count` open assignments: those the annotator already holds, then new claims.

    Empty when nothing is left for this person. Raises CampaignNotOpen, PracticeFirst,
    NotQualified.
    """
    campaign = member.campaign
    if campaign.state != CampaignState.OPEN:
        raise CampaignNotOpen(f"The campaign {campaign.name!r} is {campaign.state}, not open.")
    _check_qualified(member)
    offered = _hold_on(member, count)
    if len(offered) < count:
        offered += _claim(member, count - len(offered))
    if len(offered) < count and reap_expired(campaign=campaign):
        offered += _claim(member, count - len(offered))
    prefetch_related_objects(offered, "clip")
    return offered


def _check_qualified(member: CampaignMember) -> None:
    """Raise PracticeFirst or NotQualified where the campaign has practice clips."""
    campaign = member.campaign
    if member.qualification == Qualification.PRACTISING and campaign.n_practice:
        detail = f"The campaign {campaign.name!r} begins with {campaign.n_practice} practice clips."
        raise PracticeFirst(f"{detail} Label them first.")
    if member.qualification == Qualification.FAILED and campaign.practice_share > 0:
        raise NotQualified(
            f"Fewer than {campaign.practice_share:.0%} of your practice clips were right."
            " Ask the data manager."
        )


def _hold_on(member: CampaignMember, count: int) -> list[Assignment]:
    """The annotator's open assignments, oldest first, with a fresh lease."""
    mine = Assignment.objects.filter(
        campaign=member.campaign_id, annotator=member.user_id, state=AssignmentState.OPEN
    )
    held = list(mine.order_by("pk")[:count])
    if not held:
        return []
    until = _lease_end(member.campaign)
    mine.filter(pk__in=[a.pk for a in held]).update(expires_at=until)
    for assignment in held:
        assignment.campaign = member.campaign
        assignment.expires_at = until
    return held


def _lease_end(campaign: Campaign) -> datetime:
    return timezone.now() + timedelta(seconds=campaign.lease_s)


def _claim(member: CampaignMember, wanted: int) -> list[Assignment]:
    claimed: list[Assignment] = []
    while len(claimed) < wanted:
        # Looked up before the transaction: on SQLite that one holds the only write lock.
        candidates = _returned(member) or _ahead(member)
        if not candidates:
            break
        try:
            with transaction.atomic():
                claimed += _take(member, candidates, wanted - len(claimed))
        except IntegrityError:
            pass  # the same person in two tabs got one of them: look again
        # Where others were faster on every candidate, the queue has moved: look again.
    return claimed


def _not_had_by(member: CampaignMember) -> QuerySet[Item]:
    """Free items that the member has not answered, skipped or open: a lease that ran out says
    nothing of whether they can judge the clip, and perhaps nobody else is left to."""
    had = Assignment.objects.filter(item=OuterRef("pk"), annotator=member.user_id)
    had = had.exclude(state=AssignmentState.EXPIRED)
    free = Item.objects.filter(~Exists(had), campaign=member.campaign_id, free__gt=0)
    return free.order_by("rank", "pk")


def _has_cursor(member: CampaignMember) -> bool:
    fresh = member.cursor_version == member.campaign.order_version
    return fresh and member.cursor_rank is not None


def _rows(items: QuerySet[Item]) -> list[Candidate]:
    rows = items.values_list("pk", "rank", "clip_id", "returned")
    return [Candidate(*row) for row in rows[:LOOK_AHEAD]]


def _returned(member: CampaignMember) -> list[Candidate]:
    """Items behind the cursor whose slot came back."""
    if not _has_cursor(member):
        return []
    behind = Q(rank__lt=member.cursor_rank) | Q(rank=member.cursor_rank, pk__lt=member.cursor_item)
    return _rows(_not_had_by(member).filter(behind, returned=True))


def _ahead(member: CampaignMember) -> list[Candidate]:
    """The next free items from the cursor on. Moves the cursor to the first of them."""
    items = _not_had_by(member)
    rank = member.cursor_rank
    if _has_cursor(member) and rank is not None:
        # `rank >= x` is what lets the index seek; the rest breaks ties.
        items = items.filter(rank__gte=rank).exclude(rank=rank, pk__lt=member.cursor_item)
    found = _rows(items)
    if found:
        member.cursor_item, member.cursor_rank = found[0].item_id, found[0].rank
        member.cursor_version = member.campaign.order_version
    return found


def _take(member: CampaignMember, candidates: list[Candidate], wanted: int) -> list[Assignment]:
    """Claim slots in order, all or none. The cursor is stored with them."""
    member.save(update_fields=["cursor_item", "cursor_rank", "cursor_version"])
    until = _lease_end(member.campaign)
    lapsed = _lapsed(member, candidates)
    again: list[Assignment] = []
    new: list[Assignment] = []
    for candidate in _unlocked_first(candidates):
        if len(again) + len(new) == wanted:
            break
        slot = Item.objects.filter(pk=candidate.item_id)
        if not slot.filter(free__gt=0).update(free=F("free") - 1, leased=F("leased") + 1):
            continue
        mine = lapsed.get(candidate.item_id)
        if mine is None:
            new.append(_assignment(member, candidate, until))
        elif _reopen(mine, until):
            again.append(mine)
        else:  # answered late, this very moment
            slot.update(free=F("free") + 1, leased=F("leased") - 1)
    return again + Assignment.objects.bulk_create(new)


def _assignment(member: CampaignMember, candidate: Candidate, until: datetime) -> Assignment:
    return Assignment(
        campaign=member.campaign,
        item_id=candidate.item_id,
        clip_id=candidate.clip_id,
        annotator_id=member.user_id,
        expires_at=until,
    )


def _lapsed(member: CampaignMember, candidates: list[Candidate]) -> dict[int, Assignment]:
    """The member's own assignments, by item, whose lease ran out. Locked before any item, as a late
    answer locks them: the other way round the two would wait for each other."""
    returned = [c.item_id for c in candidates if c.returned]
    if not returned:
        return {}
    mine = Assignment.objects.select_for_update().filter(
        item__in=returned, annotator=member.user_id, state=AssignmentState.EXPIRED
    )
    return {each.item_id: each for each in mine}


def _reopen(assignment: Assignment, until: datetime) -> bool:
    """Open an assignment again whose lease ran out; False when it was answered meanwhile."""
    lapsed = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.EXPIRED)
    changes = {"state": AssignmentState.OPEN, "expires_at": until, "closed_at": None}
    for name, value in changes.items():
        setattr(assignment, name, value)
    return bool(lapsed.update(**changes))


def _unlocked_first(candidates: list[Candidate]) -> list[Candidate]:
    """On PostgreSQL, take what nobody has locked, so that annotators do not wait for each other;
    where all are locked, wait in order."""
    if not connection.features.has_select_for_update_skip_locked:
        return candidates
    rows = Item.objects.filter(pk__in=[c.item_id for c in candidates], free__gt=0)
    locked = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
    mine = set(locked.order_by("rank", "pk"))
    return [c for c in candidates if c.item_id in mine] or candidates


def renew(*, annotator: Any, public_ids: Iterable[str]) -> list[Assignment]:
    """Push out the leases of the annotator's open assignments among `public_ids`."""
    mine = Assignment.objects.held_by(annotator).open().filter(public_id__in=list(public_ids))
    renewed = []
    for assignment in mine.select_related("campaign"):
        until = _lease_end(assignment.campaign)
        still = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.OPEN)
        if still.update(expires_at=until):
            assignment.expires_at = until
            renewed.append(assignment)
    return renewed


def find_assignment(public_id: str, *, annotator: Any) -> Assignment:
    """The annotator's own assignment. Raises AssignmentUnknown for anyone else's, and for those of
    a corpus that the annotator has left."""
    mine = Assignment.objects.held_by(annotator).filter(public_id=public_id)
    found = mine.select_related("campaign__scheme", "clip").first()
    if found is None:
        raise AssignmentUnknown(f"You have no assignment {public_id!r}.")
    found.annotator = annotator
    return found


@transaction.atomic
def skip(*, public_id: str, annotator: Any, reason: str) -> Assignment:
    """Give a clip back to the queue, for somebody else."""
    assignment = find_assignment(public_id, annotator=annotator)
    if not _close(assignment.pk, AssignmentState.SKIPPED, skip_reason=reason):
        assignment.refresh_from_db()
        raise AssignmentClosed(f"This assignment is already {assignment.state}.")
    _give_slot_back(assignment.item_id)
    audit(annotator, "assignment.skipped", assignment.public_id, reason=reason)
    assignment.refresh_from_db()
    return assignment


def _close(pk: int, state: AssignmentState, **changes: Any) -> bool:
    """Close an open assignment; False when somebody else closed it first."""
    open_one = Assignment.objects.filter(pk=pk, state=AssignmentState.OPEN)
    return bool(open_one.update(state=state, closed_at=timezone.now(), **changes))


def _give_slot_back(item_id: int) -> None:
    Item.objects.filter(pk=item_id).update(
        free=F("free") + 1, leased=F("leased") - 1, returned=True
    )


def reap_expired(*, campaign: Campaign | None = None, limit: int = REAP_BATCH) -> int:
    """Return the slots of leases that ran out. Safe to run in several processes at once."""
    now = timezone.now()
    late = Assignment.objects.filter(state=AssignmentState.OPEN, expires_at__lt=now)
    if campaign is not None:
        late = late.filter(campaign=campaign)
    reaped = 0
    for pk, item_id in list(late.order_by("expires_at").values_list("pk", "item_id")[:limit]):
        with transaction.atomic():
            still_late = Assignment.objects.filter(
                pk=pk, state=AssignmentState.OPEN, expires_at__lt=now
            )
            if still_late.update(state=AssignmentState.EXPIRED, closed_at=now):
                _give_slot_back(item_id)
                reaped += 1
    return reaped


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
