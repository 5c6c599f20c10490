"""How people learn of items where they have looked already: by a number that only grows.

Each member's third cursor goes by these numbers, so that nobody starts again for what comes back,
however much it is, and nothing that comes back is passed by anybody.
"""

from __future__ import annotations

from django.db import connection

from annotation.services import queue_sql
from speecheq import sql


def come_back(campaign_id: int) -> int:
    """A number for `Item.came_back`, for all that comes back in this transaction.

    Ask before the items are locked: the campaign's row is, from here on.
    """
    assert connection.in_atomic_block, "the number must not be seen before what has it"
    [(number,)] = sql.rows(queue_sql.COME_BACK, {"campaign": campaign_id})
    return int(number)
