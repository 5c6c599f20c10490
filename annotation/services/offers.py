"""One offer after the other: claimed, numbered and written, exactly once.

A claim is one conditional UPDATE on the item; the row that counts a member's offers decides between
two tabs of one person. Each offer is a transaction of its own, so nobody waits for an item while
holding another. The statements are in `offers_sql`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from annotation.models import Assignment, CampaignMember, Clip, ids
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.services import offers_sql, planned
from annotation.services.offers_sql import Offered, OtherTab
from annotation.services.queue_sql import LOOK_AHEAD, Candidate, Desk, Held
from speecheq import sql


def take(
    desk: Desk, candidates: list[Candidate], person: str, wanted: int
) -> tuple[Desk, list[Assignment]]:
    """Claim up to `wanted` of the candidates. None where others had all of them first.

    Raises OtherTab. What was taken before that stays taken.
    """
    lapsed = [c for c in candidates if c.lapsed]
    again = [a for c in lapsed[:wanted] if (a := _reopen(desk, c)) is not None]
    fresh = [c for c in candidates if not c.lapsed]
    taken: list[Assignment] = []
    while fresh and not again and len(taken) < wanted:
        desk, one = _take_one(desk, fresh, person)
        if one is None:
            break
        taken.append(one)
        fresh = [c for c in fresh if c.item_id != one.item_id]
    return desk, again or taken


def _take_one(
    desk: Desk, candidates: list[Candidate], person: str
) -> tuple[Desk, Assignment | None]:
    """The next offer: a gold clip or a repeat if one is due and to be had, else an item."""
    due = planned.kind_due(desk, person, desk.offered + 1)
    for kind in dict.fromkeys([due, AssignmentKind.NORMAL]):
        chosen = (
            _chosen(candidates)
            if kind == AssignmentKind.NORMAL
            else planned.choice(desk, person, desk.offered + 1, kind)
        )
        if chosen is None:
            continue
        numbered = _numbered(desk, kind)
        found = _write(numbered, kind, chosen)
        if found is not None:
            return numbered, found
    return desk, None


def _chosen(candidates: list[Candidate]) -> dict[str, int]:
    """The items to choose from: always as many, so that it is one statement to the database."""
    asked = candidates[:LOOK_AHEAD]
    asked += [asked[-1]] * (LOOK_AHEAD - len(asked))
    return {f"item{i}": candidate.item_id for i, candidate in enumerate(asked)}


def _numbered(desk: Desk, kind: AssignmentKind) -> Desk:
    """The desk as it is once an offer of this kind was made."""
    return desk._replace(
        offered=desk.offered + 1,
        gold_cursor=desk.gold_cursor + (kind == AssignmentKind.GOLD),
        repeat_cursor=desk.repeat_cursor + (kind == AssignmentKind.REPEAT),
    )


def _write(desk: Desk, kind: AssignmentKind, chosen: dict[str, int]) -> Assignment | None:
    now = timezone.now()
    until = now + timedelta(seconds=desk.lease_s)
    public_id = ids.assignment_id()
    values = {
        **desk._asdict(),
        **chosen,
        "public_id": public_id,
        "kind": kind.value,
        "now": sql.moment(now),
        "until": sql.moment(until),
    }
    made = _offer(desk, kind, values)
    if made is None:
        return None
    clip = (made.clip_id, made.clip, made.duration_ms)
    held = Held(made.id, public_id, made.item_id, kind.value, desk.offered, until, *clip)
    return as_open(desk, held, until)


def _offer(desk: Desk, kind: AssignmentKind, values: dict[str, object]) -> Offered | None:
    is_alone = sql.changes_at_once() and desk.cap is None
    for statement in offers_sql.ways_to_offer(kind):
        with sql.one_statement() if is_alone else transaction.atomic():
            made = offers_sql.offer(statement, values)
            if made is not None:
                _check_cap(desk)
                return made
    return None


def as_open(desk: Desk, held: Held, until: datetime) -> Assignment:
    """The record of an open assignment, with as much of its clip as may be told."""
    assignment = Assignment(
        id=held.id,
        public_id=held.public_id,
        campaign_id=desk.campaign_id,
        item_id=held.item_id,
        annotator_id=desk.user_id,
        state=AssignmentState.OPEN,
        kind=held.kind,
        ordinal=held.ordinal,
        expires_at=until,
        clip=sql.part_of(Clip, id=held.clip_id, public_id=held.clip, duration_ms=held.duration_ms),
    )
    assignment._state.adding = False
    return assignment


def _reopen(desk: Desk, lapsed: Candidate) -> Assignment | None:
    """Open an own assignment again whose lease ran out; None where somebody was faster.

    The assignment is locked before the item, as a late answer locks them: the other way round the
    two would wait for each other.
    """
    until = timezone.now() + timedelta(seconds=desk.lease_s)
    values = {
        "assignment": lapsed.mine_id,
        "until": sql.moment(until),
        "offered": desk.offered,
        "item": lapsed.item_id,
    }
    with transaction.atomic():
        opened = sql.row(offers_sql.REOPEN, values)
        holds_slot = lapsed.kind == AssignmentKind.NORMAL
        if opened is None or (holds_slot and not sql.change(offers_sql.TAKE_SLOT, values)):
            transaction.set_rollback(True)
            return None
        _check_cap(desk)
    pk, public_id = opened
    clip = (lapsed.clip_id, lapsed.clip, lapsed.duration_ms)
    held = Held(pk, public_id, lapsed.item_id, lapsed.kind, desk.offered, until, *clip)
    return as_open(desk, held, until)


def _check_cap(desk: Desk) -> None:
    """Raise OtherTab, which undoes the claim, if two tabs together went above the cap."""
    if desk.cap is None:
        return
    member = CampaignMember.objects.select_for_update().filter(pk=desk.member_id)
    done = member.values_list("done", flat=True).first()
    mine = Assignment.objects.open().filter(campaign=desk.campaign_id, annotator=desk.user_id)
    if done is None or done + mine.count() > desk.cap:
        raise OtherTab
