"""What of a campaign one person may be offered next.

Each member has three cursors: over what the present round of a model has put first (the front),
over the campaign's own order, and over what came back. What is before them was tried: it was full,
or that person had it. A slot that comes back gets a number (`Item.came_back`), and so does an item
that is put where people may have looked: what may be offered to somebody is always at or after one
of their cursors, and only that over the front ever starts again.

All are moved in stretches of a few items and kept, so that `next` costs the same however long the
campaign and the annotator's own history are, and whatever a model does to the order meanwhile.
"""

from __future__ import annotations

from annotation.services import queue_sql
from annotation.services.queue_sql import BASE, LOOK_AHEAD, Candidate, Desk
from speecheq import sql

LOOK_BACK = 8
RECENT = 10  # offers; more than one person holds at a time
GROWTH = 8
FURTHEST = 90  # items of the front at a time: of more, PostgreSQL reads a whole table for the join


def look(desk: Desk) -> tuple[Desk, list[Candidate]]:
    """What may be offered, first what came back. The desk's cursors move past all before it."""
    began = desk
    statement = queue_sql.SEARCH_WITH_GROUP if desk.group_id else queue_sql.SEARCH
    found = _search(statement, desk, front=desk.in_front)
    lapsed = [c for c in found if c.arm == queue_sql.LAPSED_ARM]
    desk, fresh = _fresh(desk, [c for c in found if c.arm in queue_sql.AHEAD_ARMS])
    desk, back = _came_back(desk, [c for c in found if c.arm == queue_sql.BACK_ARM])
    if lapsed or back or fresh:
        return desk, lapsed + back + fresh
    desk, back = _all_that_came_back(desk)
    if desk != began and not back:
        _keep_cursors(desk)
    return desk, back


def _search(
    statement: str,
    desk: Desk,
    *,
    front: bool,
    ahead: int = LOOK_AHEAD,
    back: int = LOOK_BACK,
) -> list[Candidate]:
    """At most `ahead` items from the front's cursor on, or else from that over the campaign's own
    order, and `back` of those that came back."""
    rank, item = desk.place(front=front)
    sized = queue_sql.sized(statement, ahead=ahead, back=back)
    values = {
        "campaign": desk.campaign_id,
        "user": desk.user_id,
        "group": desk.group_id,
        "rank": rank,
        "item": item,
        "back_number": desk.back_number,
        "back_item": desk.back_item,
        "recent": desk.offered - RECENT,
    }
    return [Candidate(*row) for row in sql.rows(sized, values)]


def _fresh(desk: Desk, ahead: list[Candidate]) -> tuple[Desk, list[Candidate]]:
    """What is ahead: of what a round put first while any of that is left, then of the others.

    So much of the front is looked through at a time, so that nobody waits who has had most of it.
    """
    while desk.in_front:
        desk, fresh = _forward(desk, ahead, front=True)
        if not fresh:
            desk, fresh = _forward(desk, _ahead(desk, front=False), front=False)
        if fresh or not desk.in_front:
            return desk, fresh
        ahead = _ahead(desk, front=True)
    return _forward(desk, ahead, front=False)


def _ahead(desk: Desk, *, front: bool, size: int = LOOK_AHEAD) -> list[Candidate]:
    statement = queue_sql.AHEAD_WITH_GROUP if desk.group_id else queue_sql.AHEAD
    return _search(statement, desk, front=front, ahead=size)


def _forward(desk: Desk, ahead: list[Candidate], *, front: bool) -> tuple[Desk, list[Candidate]]:
    """The first items ahead that this person has not had, and the cursor at the first of them.

    None where there are no more: of the front also where the next are further than FURTHEST.
    """
    size = LOOK_AHEAD
    while True:
        left = sorted((c for c in ahead if not c.had and c.put_first == front), key=_place)
        end = _end_of_stretch(ahead, size)
        if front and end is not None and end >= BASE:
            end = None
        if left and (end is None or left[0].place <= end):
            return desk.at(left[0].place, front=front), left
        if end is None:
            return desk.at(_last_place(desk, ahead, front=front), front=front), []
        desk = desk.at(end, front=front)
        _keep_cursors(desk)
        if front and size >= FURTHEST:
            return desk, []
        size *= GROWTH
        ahead = _ahead(desk, front=front, size=size)


def _place(candidate: Candidate) -> tuple[float, int]:
    return candidate.place


def _end_of_stretch(found: list[Candidate], size: int) -> tuple[float, int] | None:
    """How far a search saw everything; None where it came to the end of the queue."""
    ends = []
    for arm in {c.arm for c in found}:
        places = [c.place for c in found if c.arm == arm]
        if len(places) == size:
            ends.append(max(places))
    return min(ends, default=None)


def _last_place(desk: Desk, ahead: list[Candidate], *, front: bool) -> tuple[float, int]:
    """Where a cursor stays once it has passed everything. What a round places next, while it is at
    it, comes at the end of the front or after it."""
    if front:
        assert desk.front_end is not None
        return desk.front_end, 0
    return max((c.place for c in ahead), default=desk.place(front=False))


def _keep_cursors(desk: Desk) -> None:
    """Store how far one has looked, so that what one has had is passed once."""
    sql.change(queue_sql.MOVE, desk._asdict())


def _came_back(desk: Desk, found: list[Candidate]) -> tuple[Desk, list[Candidate]]:
    """What came back where this person has looked before. The cursor stays before the first of it.

    While something is left in front, what came back elsewhere waits.
    """
    back: list[Candidate] = []
    for each in sorted(found, key=lambda c: (c.number, c.item_id)):
        for_others = each.group_id not in (None, desk.group_id)
        if not (each.had or for_others or desk.is_ahead(each.place)):
            back.append(each)
        elif not back:
            desk = desk._replace(back_number=each.number, back_item=each.item_id)
    if desk.in_front:
        back = [each for each in back if each.put_first]
    return desk, sorted(back, key=_place)


def _all_that_came_back(desk: Desk) -> tuple[Desk, list[Candidate]]:
    """What came back, looked through to its end: asked once nothing is left ahead."""
    size = LOOK_AHEAD
    while True:
        found = _search(queue_sql.BACK, desk, front=False, back=size)
        desk, back = _came_back(desk, found)
        if back or len(found) < size:
            return desk, back
        _keep_cursors(desk)
        size *= GROWTH
