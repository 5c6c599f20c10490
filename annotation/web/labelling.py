"""The labelling page: a plain form that modules make fast. Both end in the same services.

Blind by construction: what reaches the page is the clip's sound and pictures, the scheme, the
caller's own last answer and two counts. Nothing of anyone else's, and nothing a model said.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from annotation.api.labelling import AssignmentSerializer, visible_campaign
from annotation.models import Annotation, Assignment, Campaign
from annotation.models.scheme import SchemeMode
from annotation.services import labelling, leases, queue
from annotation.services.errors import CampaignNotOpen, NotQualified, PracticeFirst
from annotation.services.judgements import Judgement
from annotation.services.progress import progress
from annotation.web.scheme_view import scheme_for_page
from speecheq.error_words import meaning_of, words_of
from speecheq.errors import DomainError

FLAG_NAMES = {
    "noise": gettext_lazy("noise over the voice"),
    "several_speakers": gettext_lazy("several speakers"),
    "wrong_language": gettext_lazy("not the language of the corpus"),
    "not_speech": gettext_lazy("not speech"),
    "technical_fault": gettext_lazy("cut off or distorted"),
}
SKIPPED_ON_PAGE = "skipped"


@dataclass(frozen=True)
class Shown:
    """What one rendering shows: an assignment, perhaps an earlier answer to change, a complaint."""

    assignment: Assignment | None
    revising: Annotation | None = None
    problem: str = ""
    chosen: dict[str, str] | None = None
    key: str = ""


class LabelView(View):
    """GET shows the caller's open or next clip; POST submits, skips or revises, then goes on."""

    def get(self, request: HttpRequest, public_id: str) -> HttpResponse:
        campaign = visible_campaign(request.user, public_id)
        return self.show(request, campaign, to_show(campaign, request))

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        campaign = visible_campaign(request.user, public_id)
        try:
            if request.POST.get("action") == "skip":
                skip(request)
            else:
                submit(request, campaign)
        except DomainError as error:
            shown = to_show(campaign, request, problem=words_of(error))
            return self.show(request, campaign, shown, status=error.status)
        return HttpResponseRedirect(reverse("annotation:label", args=[campaign.public_id]))

    def show(
        self, request: HttpRequest, campaign: Campaign, shown: Shown, status: int = 200
    ) -> HttpResponse:
        context = page_context(request, campaign, shown)
        answer = render(request, "annotation/label.html", context, status=status)
        # A page from the history would offer a clip that is done.
        answer["Cache-Control"] = "no-store"
        return answer


def to_show(campaign: Campaign, request: HttpRequest, problem: str = "") -> Shown:
    """The clip for this person: the one being changed, else the one they hold, else the next."""
    asked = request.GET.get("revise") or request.POST.get("revise", "")
    earlier = own_answers(campaign, request.user).filter(public_id=asked).first() if asked else None
    if earlier is not None:
        return Shown(
            assignment=earlier.assignment,
            revising=earlier,
            problem=problem,
            chosen=chosen_in(request.POST) or labels_chosen(earlier),
        )
    try:
        held = queue.claim_next(campaign=campaign, annotator=request.user, count=1)
    except CampaignNotOpen:
        return Shown(None, problem=problem or closed_text(campaign))
    except (PracticeFirst, NotQualified) as error:
        return Shown(None, problem=problem or words_of(error))
    same = bool(held) and held[0].public_id == request.POST.get("assignment")
    return Shown(
        assignment=held[0] if held else None,
        problem=problem,
        chosen=chosen_in(request.POST) if same else None,
        key=request.POST.get("idempotency_key", "") if same else "",
    )


def closed_text(campaign: Campaign) -> str:
    return _("This campaign is %(state)s. What you labelled is kept.") % {
        "state": campaign.get_state_display()
    }


def own_answers(campaign: Campaign, user: Any) -> Any:
    """The caller's current answers, latest first."""
    mine = Annotation.objects.current().filter(campaign=campaign, annotator=user).order_by("-pk")
    return mine.select_related("assignment__clip", "assignment__campaign__scheme")


def chosen_in(posted: QueryDict) -> dict[str, str]:
    return {name: posted[name] for name in ("esc", "eis") if posted.get(name)}


def labels_chosen(annotation: Annotation) -> dict[str, str]:
    label = annotation.labels.first()
    if label is None:
        return {}
    return {"esc": label.esc, "eis": "" if label.eis is None else str(label.eis)}


def submit(request: HttpRequest, campaign: Campaign) -> None:
    """Send the form through the services that the API uses."""
    judgement = read_form(request.POST, campaign)
    key = request.POST.get("idempotency_key", "")
    if request.POST.get("revise"):
        labelling.revise(
            annotation_id=request.POST["revise"],
            annotator=request.user,
            key=key,
            judgement=judgement,
        )
        messages.success(request, _("The label was changed; the earlier one is kept."))
        return
    answer = labelling.submit(
        assignment_id=request.POST.get("assignment", ""),
        annotator=request.user,
        key=key,
        judgement=judgement,
    )
    if not answer.counted:
        messages.info(request, _("Kept, but not counted: the clip had all its labels by then."))


def skip(request: HttpRequest) -> None:
    reason = request.POST.get("comment", "").strip()[:200] or SKIPPED_ON_PAGE
    leases.skip(public_id=request.POST.get("assignment", ""), annotator=request.user, reason=reason)


def read_form(posted: QueryDict, campaign: Campaign) -> Judgement:
    """The judgement in a form post. Neutral without an intensity means 0, as with script."""
    confidence = posted.get("confidence")
    return Judgement(
        labels=read_labels(posted, campaign),
        confidence=float(confidence) if confidence in {"0.25", "0.6", "1"} else None,
        flags=sorted({flag for flag in posted.getlist("flags") if flag in FLAG_NAMES}),
        comment=posted.get("comment", "").strip()[:1000],
    )


def read_labels(posted: QueryDict, campaign: Campaign) -> list[tuple[str, int | None]]:
    if campaign.scheme.mode == SchemeMode.MULTI:
        rated = ((row["code"], posted.get(f"level-{row['code']}")) for row in campaign.scheme.esc)
        return [(esc, _level(level)) for esc, level in rated if level]
    esc, eis = posted.get("esc", ""), _level(posted.get("eis", ""))
    if not esc:
        return []
    return [(esc, 0 if esc == "NEU" and eis is None else eis)]


def _level(text: str) -> int | None:
    """A level as it was sent; what is no number is out of every scale, so the service refuses."""
    if not text:
        return None
    return int(text) if re.fullmatch("[0-9]{1,3}", text) else -1


def page_context(request: HttpRequest, campaign: Campaign, shown: Shown) -> dict[str, Any]:
    last = own_answers(campaign, request.user).first()
    progress = progress_for(campaign, request.user)
    offered = AssignmentSerializer(shown.assignment).data if shown.assignment else None
    page_scheme = scheme_for_page(campaign.scheme, request.user)
    return {
        "campaign": campaign,
        "assignment": offered,
        "revising": shown.revising.public_id if shown.revising else "",
        "last": {"id": last.public_id} if last else None,
        "idempotency_key": shown.key or secrets.token_urlsafe(18),
        "problem": shown.problem,
        "chosen": shown.chosen or {},
        "progress": progress,
        "scheme": page_scheme,
        "keys": page_scheme.action_keys,
        "flags": list(FLAG_NAMES.items()),
        "texts": texts(),
        "config": {
            "mode": campaign.scheme.mode,
            "scheme": f"{campaign.scheme.code}@{campaign.scheme.version}",
            "eis_optional": page_scheme.eis_optional,
            "assignments": [offered] if offered and not shown.revising else [],
            "last": last_answer(last),
            "user": request.user.public_id,
            "username": request.user.get_username(),
            "csrf": get_token(request),
            "progress": progress,
            "urls": urls(campaign),
        },
    }


def texts() -> dict[str, str]:
    """What the modules say, and what the refusals mean that REST tells them in English."""
    refusals = {f"error.{name}": meaning_of(name) for name in REFUSALS}
    return {name: str(text) for name, text in TEXTS.items()} | refusals


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
        "labels": [{"esc": label.esc, "eis": label.eis} for label in last.labels.all()],
    }


def urls(campaign: Campaign) -> dict[str, str]:
    """Addresses for the modules; ID stands for an assignment or an annotation."""
    return {
        "next": reverse("api:campaign-next", args=[campaign.public_id]),
        "progress": reverse("api:campaign-progress", args=[campaign.public_id]),
        "renew": reverse("api:assignment-renew"),
        "submit": reverse("api:assignment-submit", args=["ID"]),
        "skip": reverse("api:assignment-skip", args=["ID"]),
        "revise": reverse("api:annotation-revise", args=["ID"]),
        "me": reverse("api:me"),
    }


# What the modules say, in the language of the page.
REFUSALS = (
    "annotation_superseded",
    "annotation_unknown",
    "assignment_closed",
    "assignment_unknown",
    "bad_labels",
    "campaign_not_open",
    "forbidden",
    "not_authenticated",
    "not_found",
    "not_heard",
    "not_in_campaign",
    "scheme_changed",
    "storage_full",
    "throttled",
)

TEXTS = {
    "play": gettext_lazy("Play"),
    "pause": gettext_lazy("Pause"),
    "submit": gettext_lazy("Submit"),
    "save_change": gettext_lazy("Save change"),
    "choose_esc": gettext_lazy("Choose an emotion first."),
    "choose_eis": gettext_lazy("Choose how strong it is."),
    "neutral_is_zero": gettext_lazy("Neutral has no intensity: set to 0."),
    "zero_is_neutral": gettext_lazy("0 means no emotion: set to Neutral."),
    "zero_cleared": gettext_lazy("0 goes with Neutral only: choose how strong it is."),
    "neutral_cleared": gettext_lazy("Neutral goes with 0 only: choose the emotion."),
    "press_to_play": gettext_lazy("Press Space or Replay to listen."),
    "not_counted": gettext_lazy("Kept, but not counted: the clip had all its labels by then."),
    "revised": gettext_lazy("The label was changed; the earlier one is kept."),
    "skipped": gettext_lazy("Skipped: somebody else will hear it."),
    "not_sent_yet": gettext_lazy("Your last label is still on its way. Try again in a moment."),
    "unreachable": gettext_lazy("The server cannot be reached. Try again in a moment."),
    "waiting": gettext_lazy("No connection. %d labels are kept here and sent later."),
    "waiting.one": gettext_lazy("No connection. One label is kept here and sent later."),
    "offline": gettext_lazy("No connection. What you label is kept here and sent later."),
    "signed_out": gettext_lazy("You are signed out. %d labels are kept here until you are back."),
    "unsaved": gettext_lazy(
        "This browser has no room left. %d labels are in this tab only: leave it open."
    ),
    "unsaved.one": gettext_lazy(
        "This browser has no room left. One label is in this tab only: leave it open."
    ),
    "signed_out.one": gettext_lazy(
        "You are signed out. One label is kept here until you are back."
    ),
    "refused_kept": gettext_lazy("%d labels were refused. They are kept here with the reason."),
    "refused_kept.one": gettext_lazy("One label was refused. It is kept here with the reason."),
    "to_be_sent": gettext_lazy("not sent yet"),
    "try_again": gettext_lazy("Try again"),
    "discard": gettext_lazy("Discard"),
    "reload": gettext_lazy("Reload the page"),
    "empty.cap_reached": gettext_lazy("You have given all the labels you may give here."),
    "values_kept": gettext_lazy("Your label of this clip was refused. What you chose is kept."),
}
