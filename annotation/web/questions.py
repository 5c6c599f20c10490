"""Questions about clips: an annotator's own threads; the inbox of those who answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from annotation.api.labelling import visible_campaign
from annotation.models import Campaign
from annotation.services import questions
from annotation.services.oversight import oversees
from annotation.web.campaigns import seen_by
from speecheq.error_words import words_of
from speecheq.errors import DomainError

PER_PAGE = 30


def question_list(request: HttpRequest, public_id: str) -> HttpResponse:
    """The threads one may read. What is shown counts as read from the next visit on."""
    campaign = visible_campaign(request.user, public_id)
    written = ""
    status = 200
    if request.method == "POST":
        try:
            question = act(request, campaign)
        except DomainError as error:
            messages.error(request, words_of(error))
            written, status = request.POST.get("text", ""), error.status
        else:
            address = reverse("annotation:questions", args=[public_id])
            return redirect(f"{address}#{question}")
    return show(request, campaign, written=written, status=status)


def act(request: HttpRequest, campaign: Campaign) -> str:
    """Ask, answer, close or open, as the form says. Returns the thread's id."""
    text, action = request.POST.get("text", ""), request.POST.get("action", "")
    if assignment := request.POST.get("assignment"):
        made = questions.ask(campaign, assignment_id=assignment, annotator=request.user, text=text)
        messages.success(request, _("Your question was sent."))
        return made.public_id
    asked = request.POST.get("question", "")
    thread = questions.find_thread(campaign, asked, user=request.user)
    close = {"close": True, "open": False}.get(action)
    questions.reply(thread, author=request.user, text=text, close=close)
    return thread.public_id


def show(request: HttpRequest, campaign: Campaign, *, written: str, status: int) -> HttpResponse:
    staff = oversees(request.user, campaign)
    rows = questions.threads_for(campaign, request.user)
    only = request.GET.get("show", "")
    if only in ("open", "closed"):
        rows = rows.filter(closed=only == "closed")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "campaign": campaign,
        "page_obj": page,
        **seen_by(request.user, campaign),
        "answers": staff,
        "only": only,
        "written": written,
        "at": request.POST.get("question", ""),
    }
    answer = render(request, "annotation/questions.html", context, status=status)
    if request.method == "GET":
        for thread in page:
            questions.mark_read(thread, request.user)
    return answer
