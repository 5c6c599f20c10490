"""Sessions in the database, as Django keeps them, read by hand: see `speecheq.sql`.

Whose session it is stands in its signed text, so Django reads the user in a second journey. Here
the session brings along the user whom this process knows it to be of: read anew with each request,
and looked at only if the session names the same one.
"""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from speecheq import sql
from speecheq.authentication import AT_HAND, SESSION_USER

FIND_SESSION = f"""
SELECT s.session_data, {", ".join(f"u.{n}" for n in SESSION_USER)}
FROM django_session s LEFT JOIN speecheq_user u ON u.id = %(user)s AND u.is_active
WHERE s.session_key = %(key)s AND s.expire_date > %(now)s
"""

NOBODY = 0
REMEMBERED = 10_000
_whose: dict[str, int] = {}


class SessionStore(db.SessionStore):
    """Every request of somebody who signed in begins with this."""

    user_row: tuple[Any, ...] | None = None

    def load(self) -> dict[str, Any]:
        """What the session holds: nothing where there is none, or it is over."""
        user = _whose.get(self.session_key or "", NOBODY)
        values = {"key": self.session_key, "now": sql.moment(timezone.now()), "user": user}
        found = sql.row(FIND_SESSION, values)
        if found is None:
            self._session_key: Any = None
            return {}
        data, *row = found
        self.user_row = tuple(row) if row[0] is not None else None
        return deepcopy(_content(data, settings.SECRET_KEY))


@lru_cache(maxsize=1000)
def _content(data: str, secret_key: str) -> dict[str, Any]:
    """What a session's signed text says: the same each time, and as costly to check as a statement
    to the database. The text itself is read anew with each request."""
    return SessionStore().decode(data)


class AccountMiddleware(AuthenticationMiddleware):
    """As Django's, with the user that the session brought along at hand."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]


def _user_of(request: HttpRequest) -> Any:
    session: Any = request.session
    session.get(SESSION_KEY)  # reads it
    before = AT_HAND.set(session.user_row)
    try:
        user = get_user(request)
    finally:
        AT_HAND.reset(before)
    if user.is_authenticated and session.session_key:
        _remember(session.session_key, user.pk)
    return user


def _remember(session_key: str, user_id: int) -> None:
    if len(_whose) >= REMEMBERED:
        _whose.clear()
    _whose[session_key] = user_id
