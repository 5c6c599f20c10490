"""The statements that make one offer: find or claim its clip, number it, write its assignment.

On PostgreSQL they are one statement, which is a transaction by itself: a label costs five round
trips less. SQLite changes one table at a time and has no round trips, so there they are three.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError

from annotation.models.assignment import AssignmentKind
from annotation.services.queue_sql import CURSORS, LOOK_AHEAD
from speecheq import sql


class Offered(NamedTuple):
    """An assignment as it was written, with what may be told of its clip."""

    id: int
    item_id: int
    clip_id: int
    clip: str
    duration_ms: int


# What is offered: item, clip, and of the clip what may be told. An ordinary item is picked and
# claimed; the condition is checked again when a lock was waited for, so that no slot is claimed
# twice.
_CLAIM = """
WITH picked AS (
    SELECT id FROM annotation_item
    WHERE id IN ({places}) AND free > 0 ORDER BY rank, id LIMIT 1 {lock}
)
UPDATE annotation_item SET free = free - 1, leased = leased + 1
FROM picked WHERE annotation_item.id = picked.id AND annotation_item.free > 0
RETURNING annotation_item.id AS item_id, annotation_item.clip_id AS clip_id,
    (SELECT k.public_id FROM annotation_clip k WHERE k.id = annotation_item.clip_id) AS clip,
    (SELECT k.duration_ms FROM annotation_clip k WHERE k.id = annotation_item.clip_id)
        AS duration_ms
"""
_PLACES = ", ".join(f"%(item{i})s" for i in range(LOOK_AHEAD))
_CLAIM_ALONE = _CLAIM.format(places=_PLACES, lock="")
_CLAIM_UNLOCKED = _CLAIM.format(places=_PLACES, lock="FOR UPDATE SKIP LOCKED")
# One item only: one that was waited for and found full stays locked, and nobody may wait for an
# item while holding another.
_CLAIM_WAITING = _CLAIM.format(places="%(item0)s", lock="FOR UPDATE")

# COUNT(*) = 0 instead of NOT EXISTS, here and below: PostgreSQL would read the whole table to find
# the few that exist.
#
# A gold clip this person has not had. The list is gone round from a place of their own, and sought
# from where the next one should be: reading past all they had would tell gold by its time. All of
# it is looked through where that finds none, as the list has changed.
_GOLD = """
SELECT i.id AS item_id, i.clip_id AS clip_id, k.public_id AS clip, k.duration_ms AS duration_ms
FROM annotation_referenceclip r
JOIN annotation_item i ON i.campaign_id = r.campaign_id AND i.clip_id = r.clip_id
JOIN annotation_clip k ON k.id = r.clip_id
WHERE r.campaign_id = %(campaign_id)s AND r.purpose = 'gold' AND r.place >= {place}
  AND i.needed = 0 AND (
    SELECT COUNT(*) FROM annotation_assignment a
    WHERE a.item_id = i.id AND a.annotator_id = %(user_id)s AND a.kind = 'gold') = 0
ORDER BY r.place, r.id
LIMIT 1
"""
_GOLD_SOUGHT = _GOLD.format(place="%(place)s")
_GOLD_LEFT = _GOLD.format(place="0")

# An own ordinary answer, the latest up to `before`, that has not been asked for again.
_REPEAT = """
SELECT a.item_id AS item_id, a.clip_id AS clip_id, k.public_id AS clip,
    k.duration_ms AS duration_ms
FROM annotation_assignment a
JOIN annotation_clip k ON k.id = a.clip_id
WHERE a.campaign_id = %(campaign_id)s AND a.annotator_id = %(user_id)s
  AND a.ordinal > %(after)s AND a.ordinal <= %(before)s
  AND a.state = 'done' AND a.kind = 'normal' AND (
    SELECT COUNT(*) FROM annotation_assignment b
    WHERE b.item_id = a.item_id AND b.annotator_id = a.annotator_id AND b.kind = 'repeat') = 0
ORDER BY a.ordinal DESC
LIMIT 1
"""

# No row where another tab of the same person was faster, or they just left: then nothing counts.
_NUMBER = f"""
UPDATE annotation_campaignmember
SET {CURSORS}, offered = %(offered)s, gold_cursor = %(gold_cursor)s,
    repeat_cursor = %(repeat_cursor)s
WHERE id = %(member_id)s AND offered = %(offered)s - 1 AND left_at IS NULL
"""

_ASSIGN = """
INSERT INTO annotation_assignment (public_id, campaign_id, item_id, clip_id, annotator_id, state,
    kind, ordinal, created_at, expires_at, closed_at, skip_reason)
SELECT %(public_id)s, %(campaign_id)s, {item}, {clip}, %(user_id)s, 'open',
    %(kind)s, {ordinal}, %(now)s, %(until)s, NULL, '' {source}
RETURNING id
"""
_ASSIGN_ALONE = _ASSIGN.format(
    item="%(item_id)s", clip="%(clip_id)s", ordinal="%(offered)s", source=""
)
# Each part waits for the one before it, so locks are taken in their order. Without a number there
# is no ordinal, which the table refuses: that undoes the claim.
_ASSIGN_FOUND = _ASSIGN.format(
    item="found.item_id",
    clip="found.clip_id",
    ordinal="numbered.offered",
    source="FROM found LEFT JOIN numbered ON TRUE",
)
_AT_ONCE = f"""
WITH found AS ({{found}}),
numbered AS ({_NUMBER} AND EXISTS (SELECT 1 FROM found) RETURNING offered),
assigned AS ({_ASSIGN_FOUND})
SELECT assigned.id, found.item_id, found.clip_id, found.clip, found.duration_ms
FROM assigned, found
"""

_FIND = {
    AssignmentKind.NORMAL: [_CLAIM_ALONE],
    AssignmentKind.GOLD: [_GOLD_SOUGHT, _GOLD_LEFT],
    AssignmentKind.REPEAT: [_REPEAT],
}
# PostgreSQL passes by what others are claiming, and waits only where that is all there is.
_FIND_AT_ONCE = {**_FIND, AssignmentKind.NORMAL: [_CLAIM_UNLOCKED, _CLAIM_WAITING]}
_OFFER_AT_ONCE = {
    kind: [_AT_ONCE.format(found=found) for found in ways] for kind, ways in _FIND_AT_ONCE.items()
}


class OtherTab(Exception):
    """The same person claimed something else meanwhile, or was removed: look again."""


def ways_to_offer(kind: AssignmentKind) -> list[str]:
    """The statements to try, each in a transaction of its own, until one finds something."""
    return (_OFFER_AT_ONCE if sql.changes_at_once() else _FIND)[kind]


def offer(statement: str, values: Mapping[str, Any]) -> Offered | None:
    """Make the offer by one of `ways_to_offer`; None where it finds nothing to offer.

    Raises OtherTab, and the transaction is to be undone.
    """
    try:
        found = sql.row(statement, values)
        if found is None:
            return None
        return Offered(*found) if sql.changes_at_once() else _write(found, values)
    except IntegrityError as error:
        raise OtherTab from error


def _write(found: tuple[Any, ...], values: Mapping[str, Any]) -> Offered:
    if not sql.change(_NUMBER, values):
        raise OtherTab
    where = {"item_id": found[0], "clip_id": found[1]}
    [(pk,)] = sql.rows(_ASSIGN_ALONE, {**values, **where})
    return Offered(pk, *found)


REOPEN = """
UPDATE annotation_assignment
SET state = 'open', expires_at = %(until)s, closed_at = NULL, ordinal = %(offered)s
WHERE id = %(assignment)s AND state = 'expired'
RETURNING id, public_id
"""

TAKE_SLOT = """
UPDATE annotation_item SET free = free - 1, leased = leased + 1 WHERE id = %(item)s AND free > 0
"""
