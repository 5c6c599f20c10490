"""The labelling page: a plain form that modules make fast. Both end in the same services.

Blind by construction: what reaches the page is the clip's sound and pictures, the scheme, the
caller's own last answer and two counts. Nothing of anyone else's, and nothing a model said.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View

from annotation.api.labelling import AssignmentSerializer, visible_campaign
from annotation.models import Annotation, Assignment, Campaign
from annotation.services import labelling, leases, queue
from annotation.services.errors import (
    AssignmentClosed,
    CampaignNotOpen,
    NotQualified,
    PracticeFirst,
)
from annotation.services.history import own_answers
from annotation.services.judgements import warnings
from annotation.services.progress import progress
from annotation.web.answer_form import (
    CONFIDENCES,
    FLAG_NAMES,
    Chosen,
    as_judgement,
    chosen_before,
    chosen_in,
    read_form,
)
from annotation.web.label_panels import panels_context
from annotation.web.label_texts import TEXTS, texts
from annotation.web.listening import listening_config
from annotation.web.scheme_view import PageScheme, scheme_for_page
from annotation.web.waveform import outline
from speecheq.error_words import words_of
from speecheq.errors import DomainError

SKIPPED_ON_PAGE = "skipped"
SKIP_REASON_MAX = 200  # of Assignment.skip_reason


@dataclass(frozen=True)
class Shown:
    """What one rendering shows: an assignment, perhaps an earlier answer to change, a complaint."""

    assignment: Assignment | None
    revising: Annotation | None = None
    problem: str = ""
    chosen: Chosen = field(default_factory=Chosen)
    key: str = ""


class LabelView(View):
    """GET shows the caller's open or next clip; POST submits, skips or revises, then goes on."""

    def get(self, request: HttpRequest, public_id: str) -> HttpResponse:
        campaign = visible_campaign(request.user, public_id)
        try:
            return self.show(request, campaign, to_show(campaign, request))
        except (PracticeFirst, NotQualified):
            return redirect("annotation:practice", public_id)

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        campaign = visible_campaign(request.user, public_id)
        try:
            if request.POST.get("action") == "skip":
                skip(request)
            else:
                submit(request, campaign)
        except DomainError as error:
            return self.show_refused(request, campaign, error)
        return HttpResponseRedirect(reverse("annotation:label", args=[campaign.public_id]))

    def show_refused(
        self, request: HttpRequest, campaign: Campaign, error: DomainError
    ) -> HttpResponse:
        try:
            shown = to_show(campaign, request, problem=words_of(error))
        except (PracticeFirst, NotQualified):
            return redirect("annotation:practice", campaign.public_id)
        return self.show(request, campaign, shown, status=error.status)

    def show(
        self, request: HttpRequest, campaign: Campaign, shown: Shown, status: int = 200
    ) -> HttpResponse:
        context = page_context(request, campaign, shown)
        answer = render(request, "annotation/label.html", context, status=status)
        # A page from the history would offer a clip that is done.
        answer["Cache-Control"] = "no-store"
        return answer


def to_show(campaign: Campaign, request: HttpRequest, problem: str = "") -> Shown:
    """The clip for this person: the one being changed, else the one they hold, else the next.

    Raises PracticeFirst, NotQualified.
    """
    asked = request.GET.get("revise") or request.POST.get("revise", "")
    earlier = own_answers(campaign, request.user).filter(public_id=asked).first() if asked else None
    if earlier is not None:
        return Shown(
            assignment=earlier.assignment,
            revising=earlier,
            problem=problem,
            chosen=chosen_in(request.POST) if request.POST else chosen_before(earlier),
        )
    try:
        held = queue.claim_next(campaign=campaign, annotator=request.user, count=1)
    except CampaignNotOpen:
        return Shown(None, problem=problem or closed_text(campaign))
    same = bool(held) and held[0].public_id == request.POST.get("assignment")
    return Shown(
        assignment=held[0] if held else None,
        problem=problem,
        chosen=chosen_in(request.POST) if same else Chosen(),
        key=request.POST.get("idempotency_key", "") if same else "",
    )


def closed_text(campaign: Campaign) -> str:
    return _("This campaign is %(state)s. What you labelled is kept.") % {
        "state": campaign.get_state_display()
    }


def submit(request: HttpRequest, campaign: Campaign) -> None:
    """Send the form through the services that the API uses."""
    judgement = read_form(request.POST, campaign.scheme)
    key = request.POST.get("idempotency_key", "")
    scheme = request.POST.get("scheme", "")
    if request.POST.get("revise"):
        labelling.revise(
            annotation_id=request.POST["revise"],
            annotator=request.user,
            key=key,
            judgement=judgement,
            scheme=scheme,
        )
        messages.success(request, _("The label was changed; the earlier one is kept."))
        return
    answer = labelling.submit(
        assignment_id=request.POST.get("assignment", ""),
        annotator=request.user,
        key=key,
        judgement=judgement,
        scheme=scheme,
    )
    for warning in warnings(judgement, campaign.scheme):
        messages.warning(request, warning)
    if not answer.counted:
        messages.info(request, _("Kept, but not counted: the clip had all its labels by then."))


def skip(request: HttpRequest) -> None:
    """Give the clip back. One whose lease ran out meanwhile is somebody else's already."""
    note = request.POST.get("comment", "").strip()
    flags = ", ".join(flag for flag in FLAG_NAMES if flag in request.POST.getlist("flags"))
    reason = note[:SKIP_REASON_MAX].strip() or flags or SKIPPED_ON_PAGE
    with suppress(AssignmentClosed):
        assignment = request.POST.get("assignment", "")
        leases.skip(public_id=assignment, annotator=request.user, reason=reason)
    if len(note) > SKIP_REASON_MAX:
        messages.info(request, TEXTS["skipped_cut"])


def page_context(request: HttpRequest, campaign: Campaign, shown: Shown) -> dict[str, Any]:
    last = own_answers(campaign, request.user).first()
    progress = progress_for(campaign, request.user)
    offered = AssignmentSerializer(shown.assignment).data if shown.assignment else None
    page_scheme = scheme_for_page(campaign.scheme, request.user)
    return {
        "campaign": campaign,
        "assignment": offered,
        "outline": outline(shown.assignment.clip) if shown.assignment else "",
        "revising": shown.revising.public_id if shown.revising else "",
        "last": {"id": last.public_id} if last else None,
        "idempotency_key": shown.key or secrets.token_urlsafe(18),
        "problem": shown.problem,
        "chosen": shown.chosen,
        "confidences": confidences(page_scheme),
        "progress": progress,
        "scheme": page_scheme,
        "keys": page_scheme.action_keys,
        "meant": page_scheme.meant(offered["clip"]) if offered else "",
        "flags": list(FLAG_NAMES.items()),
        "texts": texts(),
        "config": {
            **page_scheme.for_modules(),
            "names": {
                **page_scheme.names(),
                "flags": {flag: str(name) for flag, name in FLAG_NAMES.items()},
                "confidence": {value: str(name) for value, name in CONFIDENCES.items()},
            },
            "assignments": [offered] if offered and not shown.revising else [],
            "last": last_answer(last),
            "revising": last_answer(shown.revising),
            "user": request.user.public_id,
            "username": request.user.get_username(),
            "csrf": get_token(request),
            "progress": progress,
            "listening": listening_config(campaign, request.user),
            "urls": urls(campaign),
        },
    } | panels_context(request, campaign, page_scheme)


def confidences(scheme: PageScheme) -> list[dict[str, Any]]:
    """The three steps of certainty with their keys, the least first."""
    keys = [scheme.action_keys.get(name, "") for name in ("guessing", "fairly_sure", "sure")]
    steps = zip(CONFIDENCES.items(), keys, strict=True)
    return [{"value": value, "name": name, "key": key} for (value, name), key in steps]


def progress_for(campaign: Campaign, user: Any) -> dict[str, int]:
    whole = progress(campaign, only=user)
    mine = sum(row["done"] for row in whole["by_annotator"])
    return {"done": whole["done"], "needed": whole["needed"], "mine": mine}


def last_answer(last: Annotation | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "id": last.public_id,
        "assignment": AssignmentSerializer(last.assignment).data,
        **as_judgement(last),
    }


def urls(campaign: Campaign) -> dict[str, str]:
    """Addresses for the modules; ID stands for an assignment or an annotation."""
    return {
        "next": reverse("api:campaign-next", args=[campaign.public_id]),
        "practice": reverse("annotation:practice", args=[campaign.public_id]),
        "progress": reverse("api:campaign-progress", args=[campaign.public_id]),
        "renew": reverse("api:assignment-renew"),
        "submit": reverse("api:assignment-submit", args=["ID"]),
        "skip": reverse("api:assignment-skip", args=["ID"]),
        "revise": reverse("api:annotation-revise", args=["ID"]),
        "me": reverse("api:me"),
    }
