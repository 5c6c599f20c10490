"""Who records: somebody with an account, or a speaker who came by a one-time link.

A speaker by link is known by a cookie that is good for one session and nothing else. To Django and
DRF it looks like a user without roles; the authorisation table lets it in only where an entry says
`by_link`, and `find_session` only to its own session.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils import timezone

from annotation.models import Session, SessionLink
from speecheq.authorisation import require_role
from speecheq.errors import NotFound
from speecheq.models import User
from speecheq.roles import Role
from speecheq.sentences import say

COOKIE = "speecheq_speaker"
RECORDERS = (Role.DATA_MANAGER, Role.SESSION_OPERATOR)


@dataclass(frozen=True)
class SpeakerByLink:
    """Stands where a user stands. Holds no role, owns nothing but its session."""

    link: SessionLink
    is_visitor: bool = field(default=True, init=False)
    is_authenticated: bool = field(default=True, init=False)
    is_anonymous: bool = field(default=False, init=False)
    is_active: bool = field(default=True, init=False)
    is_staff: bool = field(default=False, init=False)
    is_superuser: bool = field(default=False, init=False)
    only_labels: bool = field(default=True, init=False)
    pk: None = field(default=None, init=False)
    id: None = field(default=None, init=False)
    public_id: str = field(default="", init=False)
    username: str = field(default="", init=False)
    language: str = field(default="", init=False)

    def has_any_role(self, roles: Any) -> bool:
        return False

    def role_names(self) -> list[str]:
        return []

    def get_username(self) -> str:
        return ""


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def visitor_of(cookie: str) -> SpeakerByLink | None:
    """The speaker whose browser holds this cookie, while the link is good. A browser that opened
    several links is at the session of the one it opened last, and at no other."""
    links = SessionLink.objects.select_related(
        "session__corpus", "session__speaker", "session__script", "session__operator"
    )
    good = links.filter(browser_hash=digest(cookie), revoked_at=None, expires_at__gt=timezone.now())
    found = good.order_by(F("opened_at").desc(nulls_last=True), "-pk").first()
    return SpeakerByLink(found) if found else None


def is_visitor(user: Any) -> bool:
    """Whether this is a speaker by link."""
    return bool(getattr(user, "is_visitor", False))


def account_of(user: Any) -> User | None:
    """For columns that name who did it: None for a speaker by link."""
    return None if is_visitor(user) else user


def find_session(public_id: str, *, user: Any) -> Session:
    """The session if `user` may record in it: the operator or data manager of its corpus, or the
    speaker whose link leads to it. Raises NotFound; Forbidden for other roles of the corpus."""
    if is_visitor(user):
        if user.link.session.public_id == public_id:
            return user.link.session
        raise NotFound(say("No session {id!r} for this link.", id=public_id))
    session = _visible(public_id, user)
    require_role(user, session.corpus, *RECORDERS)
    return session


def look_at_session(public_id: str, *, user: Any) -> Session:
    """As `find_session`, for reading: any role of the corpus but annotator will do."""
    if is_visitor(user):
        return find_session(public_id, user=user)
    return _visible(public_id, user)


def _visible(public_id: str, user: Any) -> Session:
    sessions = Session.objects.visible_to(user).select_related(
        "corpus", "speaker", "script", "operator"
    )
    session = sessions.filter(public_id=public_id).first()
    if session is None:
        raise NotFound(say("No session {id!r} among those of your corpora.", id=public_id))
    return session
