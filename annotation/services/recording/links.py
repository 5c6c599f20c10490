"""One-time links: how a speaker without an account comes to record.

A link is a token of 192 random bits, shown once and stored as its hash: it cannot be guessed, so
guesses are not counted. The first browser that opens it holds it; each browser has a secret of its
own in a cookie, of which the hash is stored. Looking at a link opens nothing: mail and chat
programs look at links too.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotation.models import Session, SessionLink
from annotation.models.session import EventKind
from annotation.services.recording import events
from annotation.services.recording.errors import LinkGone, LinkTaken, LinkUnknown
from annotation.services.recording.sessions import refuse_closed
from annotation.services.recording.visitors import RECORDERS, digest, is_visitor
from speecheq.authorisation import require_role
from speecheq.errors import Forbidden, field_error
from speecheq.sentences import say

DAYS = 7
MAX_DAYS = 90
TOKEN_BYTES = 24
UNKNOWN = say("There is no such link. Ask whoever sent it to you for a new one.")
TAKEN_BACK = say("This link was taken back. Ask whoever sent it to you for a new one.")
RUN_OUT = say("This link has run out. Ask whoever sent it to you for a new one.")
ELSEWHERE = say(
    "This link was opened in another browser and works only there. "
    "Go back to that browser, or ask whoever sent the link for a new one."
)


@transaction.atomic
def make_link(session: Session, *, by: Any, days: int = DAYS) -> tuple[SessionLink, str]:
    """A link and its token, which nobody can read later. Raises Forbidden, RuleBroken,
    SessionNotOpen."""
    _require_staff(session, by)
    refuse_closed(session)
    if not 1 <= days <= MAX_DAYS:
        raise field_error(
            "days",
            "out_of_range",
            say("{days} days; a link is good for 1 to {most}.", days=days, most=MAX_DAYS),
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = SessionLink.objects.create(
        session=session,
        token_hash=digest(token),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    events.note(session, EventKind.LINK, by=by, link=link.public_id, days=days)
    return link, token


@transaction.atomic
def revoke_link(link: SessionLink, *, by: Any) -> None:
    """End a link now, also for the browser that holds it. A second time changes nothing."""
    _require_staff(link.session, by)
    if SessionLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        events.note(link.session, EventKind.LINK, by=by, link=link.public_id, revoked=True)


def _require_staff(session: Session, by: Any) -> None:
    if is_visitor(by):
        raise Forbidden(say("A speaker by link gives out no links."))
    require_role(by, session.corpus, *RECORDERS)


def find_link(public_id: str, *, user: Any) -> SessionLink:
    """A link to a session that `user` may see. Raises LinkUnknown."""
    links = SessionLink.objects.filter(session__in=Session.objects.visible_to(user))
    link = links.select_related("session__corpus").filter(public_id=public_id).first()
    if link is None:
        raise LinkUnknown(say("No link {id!r} in your corpora.", id=public_id))
    return link


def read_link(token: str, *, browser: str) -> SessionLink:
    """The link of this token as this browser may use it, without opening it.

    Raises LinkUnknown, LinkGone, LinkTaken.
    """
    links = SessionLink.objects.select_related("session__corpus", "session__speaker")
    link = links.filter(token_hash=digest(token)).first()
    if link is None:
        raise LinkUnknown(UNKNOWN)
    if link.revoked_at is not None:
        raise LinkGone(TAKEN_BACK)
    if link.expires_at <= timezone.now():
        raise LinkGone(RUN_OUT)
    if link.browser_hash and link.browser_hash != digest(browser):
        raise LinkTaken(ELSEWHERE)
    return link


@transaction.atomic
def open_link(token: str, *, browser: str) -> SessionLink:
    """Let this browser record. One UPDATE decides between two that open the link at once.

    `browser`: the secret of the browser's cookie. The link opened last is the one it is good for.
    Raises LinkUnknown, LinkGone, LinkTaken.
    """
    link = read_link(token, browser=browser)
    is_first = not link.browser_hash
    free = Q(browser_hash="") | Q(browser_hash=digest(browser))
    here = SessionLink.objects.filter(free, pk=link.pk, revoked_at=None)
    if not here.update(browser_hash=digest(browser), opened_at=timezone.now()):
        return read_link(token, browser=browser)  # says which of the reasons it was
    if is_first:
        events.note(link.session, EventKind.LINK, by=None, link=link.public_id, opened=True)
    return link


def held_by(token: str, *, browser: str) -> Session | None:
    """The session of a link that this browser opened, also once the link is no longer good."""
    links = SessionLink.objects.select_related("session__speaker").exclude(browser_hash="")
    link = links.filter(token_hash=digest(token), browser_hash=digest(browser)).first()
    return link.session if link else None


def new_browser() -> str:
    """A secret for a browser that has none."""
    return secrets.token_urlsafe(TOKEN_BYTES)
