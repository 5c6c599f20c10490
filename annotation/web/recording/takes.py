"""The takes of a session, to hear and to choose: plain forms, as nothing is recorded here."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.models import Session, SessionPrompt, Take
from annotation.models.take import TakeKind
from annotation.services.recording.takes import choose_take, find_take, takes_of
from annotation.services.recording.visitors import look_at_session
from annotation.web.recording.reason_words import reasons_in_words
from annotation.web.recording.record_texts import VERDICTS
from annotation.web.recording.session_view import may_act

PER_PAGE = 20
ALL, UNCHOSEN, SEVERAL = SHOWN = ("all", "unchosen", "several")
ROOM_TONE = "room_tone"


def session_takes(request: HttpRequest, public_id: str) -> HttpResponse:
    """Prompts with their takes, in the order of the session. `show` narrows them, `prompt` names
    one, or the room tone."""
    session = look_at_session(public_id, user=request.user)
    asked = request.GET.get("prompt", "")
    show = request.GET.get("show", ALL)
    show = show if show in SHOWN else ALL
    spoken = _with_takes(session)
    places = spoken.filter(prompt__public_id=asked) if asked else _narrowed(spoken, show)
    page = Paginator(places, PER_PAGE).get_page(request.GET.get("page"))
    has_tone = asked in ("", ROOM_TONE) and show == ALL and page.number == 1
    context = {
        "session": session,
        "page_obj": page,
        "query": "" if show == ALL else f"&show={show}",
        "show": show,
        "asked": asked,
        "counts": {name: _narrowed(spoken, name).count() for name in SHOWN},
        "groups": _groups(session, list(page), has_tone=has_tone),
        "may_choose": may_act(session, request.user),
        "is_over": session.state == "closed",
    }
    return render(request, "annotation/recording/session_takes.html", context)


def _with_takes(session: Session) -> QuerySet[SessionPrompt]:
    """Places of which something was recorded, with the number of takes and whether one is
    chosen."""
    mine = Q(prompt__takes__session=session)
    chosen = Take.objects.filter(session=session, prompt=OuterRef("prompt"), accepted=True)
    places = session.places.select_related("prompt__section").order_by("position")
    counted = places.annotate(n_takes=Count("prompt__takes", filter=mine), chosen=Exists(chosen))
    return counted.filter(n_takes__gt=0)


def _narrowed(places: QuerySet[SessionPrompt], show: str) -> QuerySet[SessionPrompt]:
    if show == UNCHOSEN:
        return places.filter(chosen=False)
    return places.filter(n_takes__gt=1) if show == SEVERAL else places


def _groups(
    session: Session, places: list[SessionPrompt], *, has_tone: bool
) -> list[dict[str, Any]]:
    """Each prompt with its takes, oldest first; before them the room tone, where it is wanted."""
    of_these = Q(prompt__in=[place.prompt_id for place in places])
    if has_tone:
        of_these |= Q(kind=TakeKind.ROOM_TONE)
    found: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for take in takes_of(session).filter(of_these):
        row = {"take": take, "seconds": take.duration_ms / 1000, "reasons": _sentences(take)}
        found[take.prompt_id].append(row)
    groups = [_group(place, found[place.prompt_id]) for place in places]
    return ([_group(None, found[None])] if found[None] else []) + groups


def _sentences(take: Take) -> list[str]:
    """What cut the take short, then why it is not green; one sentence each."""
    cut_short = VERDICTS.get(f"interrupted.{take.reported.get('interrupted')}")
    return ([str(cut_short)] if cut_short else []) + reasons_in_words(take.qc)


def _group(place: SessionPrompt | None, takes: list[dict[str, Any]]) -> dict[str, Any]:
    prompt = place.prompt if place else None
    return {
        "place": place,
        "prompt": prompt,
        "anchor": prompt.public_id if prompt else ROOM_TONE,
        "name": prompt.key if prompt else TakeKind.ROOM_TONE.label,
        "takes": takes,
        "chosen": any(row["take"].accepted for row in takes),
    }


@require_POST
def take_choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a take the one to use, or no longer; back to where it was pressed."""
    take = find_take(public_id, user=request.user, to_record=True)
    accepted = request.POST.get("accepted") == "true"
    choose_take(take, accepted=accepted, by=request.user)
    name = take.prompt.key if take.prompt else TakeKind.ROOM_TONE.label
    told = _("Take %(n)s of %(name)s is chosen.")
    if not accepted:
        told = _("Take %(n)s of %(name)s is no longer chosen.")
    messages.success(request, told % {"n": take.version, "name": name})
    return redirect(_back(request, take))


def _back(request: HttpRequest, take: Take) -> str:
    """The same list; nothing of it comes from elsewhere but known words."""
    kept = {name: request.POST.get(name, "") for name in ("show", "page", "prompt")}
    query = urlencode({name: value for name, value in kept.items() if value})
    anchor = take.prompt.public_id if take.prompt else ROOM_TONE
    page = reverse("annotation:session-takes", args=[take.session.public_id])
    return f"{page}?{query}#{anchor}" if query else f"{page}#{anchor}"
