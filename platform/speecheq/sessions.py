"""Sessions in the database, as Django keeps them, read by hand: see `speecheq.sql`."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

from speecheq import sql

FIND_SESSION = """
SELECT session_key, session_data, expire_date FROM django_session
WHERE session_key = %(key)s AND expire_date > %(now)s
"""


class SessionStore(db.SessionStore):
    """Every request of somebody who signed in begins with this."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        values = {"key": self.session_key, "now": sql.moment(timezone.now())}
        found = sql.row(FIND_SESSION, values)
        if found is None:
            self._session_key: Any = None
            return None
        key, data, expires = found
        return self.model(session_key=key, session_data=data, expire_date=sql.when(expires))
