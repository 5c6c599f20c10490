"""The statements by which `next` looks, written by hand, since they run once per label: see
`speecheq.sql`. Those by which it takes are in `offers_sql`.

Column names are those of the models. Each statement seeks in an index, whatever the campaign's
size; a test reads the plans of both databases. `free > 0` and `state = 'open'` stand as literals,
since the partial indexes hold for these texts only.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import NamedTuple

# Rank and item of cursors that have not begun: over what a round put first, which has ranks below
# 0, and over the campaign's own order.
FRONT = (-1e308, 0)
BASE = (0.0, 0)


class Desk(NamedTuple):
    """One person's place in one campaign, in the order in which DESK reads it."""

    member_id: int
    user_id: int
    group_id: int | None
    cursor_rank: float | None
    cursor_item: int
    front_rank: float | None
    front_item: int
    front_version: int
    back_number: int
    back_item: int
    offered: int
    done: int
    gold_cursor: int
    repeat_cursor: int
    qualification: str
    own_cap: int | None
    campaign_id: int
    name: str
    state: str
    order_version: int
    front_end: float | None
    lease_s: int
    campaign_cap: int | None
    seed: int
    gold_share: float
    repeat_share: float
    n_gold: int
    n_practice: int
    practice_share: float
    scheme_code: str
    scheme_version: int
    scheme_mode: str
    scheme_rules: str

    @property
    def shows_intended(self) -> bool:
        """Whether annotators of this scheme are told what the speaker was asked to express."""
        return bool(json.loads(self.scheme_rules).get("shows_intended"))

    @property
    def cap(self) -> int | None:
        return self.campaign_cap if self.own_cap is None else self.own_cap

    def place(self, *, front: bool) -> tuple[float, int]:
        """Rank and item of a cursor. That over the front starts again with each round."""
        if not front:
            return BASE if self.cursor_rank is None else (self.cursor_rank, self.cursor_item)
        if self.front_rank is None or self.front_version != self.order_version:
            return FRONT
        return self.front_rank, self.front_item

    @property
    def in_front(self) -> bool:
        """Whether something that a round put first may be left for this person."""
        return self.front_end is not None and self.place(front=True) < (self.front_end, 0)

    def is_ahead(self, place: tuple[float, int]) -> bool:
        """Whether a cursor has still to come by this place."""
        if place >= BASE:
            return place >= self.place(front=False)
        placed = self.front_end is not None and place[0] < self.front_end
        return placed and place >= self.place(front=True)

    def at(self, place: tuple[float, int], *, front: bool) -> Desk:
        """With a cursor at this place."""
        rank, item = place
        if not front:
            return self._replace(cursor_rank=rank, cursor_item=item)
        return self._replace(front_rank=rank, front_item=item, front_version=self.order_version)


DESK_WIDTH = len(Desk._fields)


class Held(NamedTuple):
    """An assignment with what may be told of its clip."""

    id: int
    public_id: str
    item_id: int
    kind: str
    ordinal: int
    expires_at: datetime
    clip_id: int
    clip: str
    duration_ms: int


# Member, campaign, scheme and own open assignments in one: with the ORM these are three queries,
# and building them takes longer than all that follows. With nothing open, one row with nulls.
DESK = """
SELECT m.id, m.user_id, m.group_id, m.cursor_rank, m.cursor_item, m.front_rank, m.front_item,
       m.front_version, m.back_number, m.back_item, m.offered, m.done, m.gold_cursor,
       m.repeat_cursor, m.qualification, m.cap,
       c.id, c.name, c.state, c.order_version, c.front_end, c.lease_s, c.cap, c.seed, c.gold_share,
       c.repeat_share, c.n_gold, c.n_practice, c.practice_share, s.code, s.version, s.mode, s.rules,
       a.id, a.public_id, a.item_id, a.kind, a.ordinal, a.expires_at, k.id, k.public_id,
       k.duration_ms
FROM annotation_campaign c
JOIN annotation_campaignmember m
     ON m.campaign_id = c.id AND m.user_id = %(user)s AND m.left_at IS NULL
JOIN annotation_scheme s ON s.id = c.scheme_id
LEFT JOIN annotation_assignment a
       ON a.campaign_id = c.id AND a.annotator_id = m.user_id AND a.state = 'open'
LEFT JOIN annotation_clip k ON k.id = a.clip_id
WHERE c.public_id = %(campaign)s
ORDER BY a.id
LIMIT %(count)s
"""

# The lease of what one holds, up to the last that is offered again. RETURNING tells what was still
# open: the ORM would need a second query.
RENEW_HELD = """
UPDATE annotation_assignment SET expires_at = %(until)s
WHERE campaign_id = %(campaign)s AND annotator_id = %(user)s AND state = 'open' AND id <= %(last)s
RETURNING id
"""


class Candidate(NamedTuple):
    """An item that may be offered. `arm` says where it was found, one of the names below;
    `number`: of what came back; `mine_id`, `mine_state`: this person's own assignment of it, if
    there was one."""

    arm: str
    item_id: int
    rank: float
    number: int
    group_id: int | None
    clip_id: int
    mine_id: int | None
    mine_state: str | None
    kind: str
    clip: str
    duration_ms: int

    @property
    def place(self) -> tuple[float, int]:
        return self.rank, self.item_id

    @property
    def put_first(self) -> bool:
        """Whether a round put it before the campaign's own order."""
        return self.rank < 0

    @property
    def lapsed(self) -> bool:
        """Offered to this person before, who let the lease run out: that says nothing of whether
        they can judge the clip, and perhaps nobody else is left to."""
        return self.mine_state == "expired"

    @property
    def had(self) -> bool:
        """Answered, skipped or held by this person."""
        return self.mine_state is not None and not self.lapsed


# A stretch of the queue is cut out by the index first, and only then joined with what this person
# has had of it: asked the other way round, somebody with a long history would walk all of it.
_STRETCH = """
SELECT '{arm}', stretch.id, stretch.rank, stretch.came_back, stretch.group_id, stretch.clip_id,
       mine.id, mine.state, 'normal', k.public_id, k.duration_ms
FROM ({items}) stretch
JOIN annotation_clip k ON k.id = stretch.clip_id
LEFT JOIN annotation_assignment mine
       ON mine.item_id = stretch.id AND mine.annotator_id = %(user)s AND mine.kind = 'normal'
"""
# Ordered by group too, though it is one value: PostgreSQL does not see that IS NULL fixes it.
_AHEAD = """
SELECT id, rank, came_back, group_id, clip_id FROM annotation_item
WHERE campaign_id = %(campaign)s AND group_id {group} AND free > 0
  AND (rank, id) >= (%(rank)s, %(item)s)
ORDER BY group_id, rank, id LIMIT {{ahead}}
"""
# Whatever their group and place, so that nobody walks past the same items again and again.
_BACK = """
SELECT id, rank, came_back, group_id, clip_id FROM annotation_item
WHERE campaign_id = %(campaign)s AND free > 0 AND came_back > 0
  AND (came_back, id) > (%(back_number)s, %(back_item)s)
ORDER BY came_back, id LIMIT {{back}}
"""
# Gold and repeats whose lease ran out hold no slot, so no item tells of them.
LAPSED_ARM, BACK_ARM = "lapsed", "back"
_LAPSED = f"""
SELECT '{LAPSED_ARM}', a.item_id, 0.0, 0, NULL, a.clip_id, a.id, a.state, a.kind, k.public_id,
       k.duration_ms
FROM annotation_assignment a JOIN annotation_clip k ON k.id = a.clip_id
WHERE a.campaign_id = %(campaign)s AND a.annotator_id = %(user)s AND a.ordinal > %(recent)s
  AND a.state = 'expired' AND a.kind <> 'normal'
"""

AHEAD_ARMS = ("anyone", "group")
BACK = _STRETCH.format(arm=BACK_ARM, items=_BACK.format())
_OF_ANYONE = _STRETCH.format(arm="anyone", items=_AHEAD.format(group="IS NULL"))
_OF_OWN_GROUP = _STRETCH.format(arm="group", items=_AHEAD.format(group="= %(group)s"))
SEARCH = " UNION ALL ".join([_LAPSED, BACK, _OF_ANYONE])
SEARCH_WITH_GROUP = " UNION ALL ".join([SEARCH, _OF_OWN_GROUP])
AHEAD = _OF_ANYONE
AHEAD_WITH_GROUP = " UNION ALL ".join([_OF_ANYONE, _OF_OWN_GROUP])


@cache
def sized(statement: str, *, ahead: int, back: int) -> str:
    """With the lengths of its stretches as literals. For a LIMIT it does not know, PostgreSQL plans
    to fetch a tenth of the table."""
    return statement.format(ahead=ahead, back=back)


LOOK_AHEAD = 12

# All cursors or none: each was moved in sight of the others.
CURSORS = """
    cursor_rank = %(cursor_rank)s, cursor_item = %(cursor_item)s, front_rank = %(front_rank)s,
    front_item = %(front_item)s, front_version = %(front_version)s,
    back_number = %(back_number)s, back_item = %(back_item)s
"""

MOVE = f"UPDATE annotation_campaignmember SET {CURSORS} WHERE id = %(member_id)s"

# A number for what comes back in this transaction, higher than all before. The campaign's row stays
# locked until it commits, so that nobody sees a number while a lower one is still to come.
COME_BACK = """
UPDATE annotation_campaign SET returns = returns + 1 WHERE id = %(campaign)s RETURNING returns
"""
