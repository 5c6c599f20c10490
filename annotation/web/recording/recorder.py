"""The recorder page, and the operator's screen beside it.

Both are made of modules: nothing can be recorded without script. What they show comes from REST;
the first of it stands in the page, so that it is there at once.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation.api.recording.sessions import shown
from annotation.labelspaces.presets import ESC_NAMES, LEVELS
from annotation.models import Session
from annotation.services.recording.visitors import find_session, is_visitor
from annotation.templatetags.annotation_ui import local_name
from annotation.web.recording.record_texts import operator_texts, recorder_texts
from speecheq.web.policy import PERMISSIONS, WITH_MICROPHONE

WORKLET = "annotation/js/capture_worklet.js"


@require_safe
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page that records. Whose speaker has not agreed is led to the consent first."""
    session = find_session(public_id, user=request.user)
    told = shown(session)
    if not told["consent"]["in_force"]:
        return redirect(pages_of(session)["consent"])
    context = {
        "session": session,
        "is_visitor": is_visitor(request.user),
        "config": page_config(request, session, told),
        "texts": recorder_texts(by_link=is_visitor(request.user)),
        "pages": pages_of(session),
    }
    answer = render(request, "annotation/recording/record.html", context)
    answer[PERMISSIONS] = WITH_MICROPHONE
    return _fresh(answer)


@require_safe
def operate(request: HttpRequest, public_id: str) -> HttpResponse:
    """What happens at the recorder, for whoever leads the session."""
    session = find_session(public_id, user=request.user)
    context = {
        "session": session,
        "config": page_config(request, session, shown(session)),
        "texts": operator_texts(),
        "pages": pages_of(session),
    }
    return _fresh(render(request, "annotation/recording/operate.html", context))


def page_config(request: HttpRequest, session: Session, told: dict[str, Any]) -> dict[str, Any]:
    """What the modules begin with: the session as REST tells it, addresses, names."""
    names = {code: local_name(each) for code, each in ESC_NAMES.items()}
    levels = {str(level["value"]): local_name(level["names"]) for level in LEVELS}
    return {
        "session": told,
        "csrf": get_token(request),
        "urls": addresses(session),
        "by_link": is_visitor(request.user),
        "names": {"esc": names, "eis": levels},
    }


def addresses(session: Session) -> dict[str, str]:
    """Those of this session; where an id of the browser's own is wanted, ID stands for it."""
    of_session = {
        name: reverse(f"api:session-{name}", args=[session.public_id])
        for name in ("live", "device", "notes", "again", "skip")
    }
    return of_session | {
        "session": reverse("api:session-detail", args=[session.public_id]),
        "takes": reverse("api:take-list", args=["ID"]),
        "take": reverse("api:take-detail", args=["ID"]),
        "sound": reverse("api:take-audio", args=["ID"]),
        "uploads": reverse("api:upload-list"),
        "worklet": static(WORKLET),
        "page": reverse("annotation:session-record", args=[session.public_id]),
        "thanks": reverse("annotation:session-thanks", args=[session.public_id]),
    }


def pages_of(session: Session) -> dict[str, str]:
    """Addresses of the pages around it."""
    names = ("detail", "consent", "operate", "takes")
    of_session = {
        name: reverse(f"annotation:session-{name}", args=[session.public_id]) for name in names
    }
    return of_session | {"list": reverse("annotation:session-list")}


def _fresh(answer: HttpResponse) -> HttpResponse:
    # A page from the history would show a session that has moved on.
    answer["Cache-Control"] = "no-store"
    return answer
