"""Nobody who waits for an answer waits for a lock without end.

PostgreSQL waits for as long as somebody else holds a row: a console that was left in the middle of
a transaction would take a web process's threads one after the other. Jobs have the time.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.signals import connection_created

LOCK_WAIT_S = 20  # as long as SQLite's timeout; then it is 503, to be asked again


def limit_waiting() -> None:
    """From now on, let each new connection of this process give up a lock that is not to be had."""
    connection_created.connect(_limit, dispatch_uid="speecheq.lock_timeout")


def _limit(*, connection: Any, **kwargs: object) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_WAIT_S}s'")
