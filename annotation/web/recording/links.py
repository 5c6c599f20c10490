"""The page a one-time link leads to, and the speaker's last page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from annotation.models import Session, SessionLink
from annotation.models.session import SessionState
from annotation.services.recording import links
from annotation.services.recording.errors import LinkGone, LinkTaken, LinkUnknown
from annotation.services.recording.visitors import COOKIE, find_session, is_visitor
from annotation.web.recording.withheld import withheld_of
from speecheq.error_words import words_of
from speecheq.errors import DomainError

COOKIE_AGE_S = links.MAX_DAYS * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def link_open(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and opens nothing, since mail and chat programs look at links; it gives
    the browser its cookie, so that an answer lost on the way locks nobody out. POST opens it."""
    browser = request.COOKIES.get(COOKIE, "")
    try:
        link = links.read_link(token, browser=browser)
        if request.method == "POST" and browser and not _has_account(request):
            link = links.open_link(token, browser=browser)
            return _private(redirect(first_page(link.session)))
    except (LinkUnknown, LinkGone, LinkTaken) as error:
        held = links.held_by(token, browser=browser)
        return _private(_refused(request, error, held))
    answer = _private(_offered(request, link, cookie_refused=request.method == "POST"))
    if not browser and not _has_account(request):
        _give_cookie(answer)
    return answer


def _has_account(request: HttpRequest) -> bool:
    """Who is signed in stays who they are: a link is for somebody without an account."""
    user: Any = request.user
    return user.is_authenticated and not is_visitor(user)


def _offered(request: HttpRequest, link: SessionLink, *, cookie_refused: bool) -> HttpResponse:
    session = link.session
    is_over = session.state == SessionState.CLOSED
    context = {
        "link": link,
        "session": session,
        "is_over": is_over,
        "has_account": _has_account(request),
        "goes_on": bool(link.browser_hash),
        "cookie_refused": cookie_refused and not _has_account(request),
        "withheld": _kept(session) if link.browser_hash else None,
    }
    return render(request, "annotation/recording/link.html", context)


def _refused(request: HttpRequest, error: DomainError, held: Session | None) -> HttpResponse:
    """What of the session is still in this browser can be deleted here, also without the link."""
    context = {
        "refused": words_of(error),
        "code": error.code,
        "withheld": _kept(held) if held else None,
    }
    return render(request, "annotation/recording/link.html", context, status=error.status)


def _kept(session: Session) -> dict[str, Any]:
    return withheld_of(session.speaker, session, by_link=True)


def _private(answer: HttpResponse) -> HttpResponse:
    """The address is a secret: no cache keeps the page, no other page hears of it."""
    add_never_cache_headers(answer)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _give_cookie(answer: HttpResponse) -> None:
    answer.set_cookie(
        COOKIE,
        links.new_browser(),
        max_age=COOKIE_AGE_S,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def first_page(session: Session) -> str:
    """Where a speaker begins: what they agree to, which leads on to the recorder."""
    return reverse("annotation:session-consent", args=[session.public_id])


def session_thanks(request: HttpRequest, public_id: str) -> HttpResponse:
    """The last page a speaker sees."""
    session = find_session(public_id, user=request.user)
    by_link = is_visitor(request.user)
    kept = withheld_of(session.speaker, session, by_link=by_link)
    context = {"session": session, "withheld": kept}
    return render(request, "annotation/recording/thanks.html", context)
