"""The practice page: a plain form, one clip at a time, each followed by what is known of it.

What is known of a clip is rendered after its answer was stored, and for that clip alone.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import View

from annotation.api.labelling import OfferedClipSerializer, visible_campaign
from annotation.models import CampaignMember, PracticeAnswer, ReferenceClip
from annotation.models.member import Qualification
from annotation.services import practice, qualification
from annotation.services.errors import CampaignNotOpen
from annotation.services.oversight import OVERSEERS
from annotation.web.answer_form import chosen_in, read_labels
from annotation.web.campaigns import seen_by
from annotation.web.label_texts import texts
from annotation.web.labelling import closed_text
from annotation.web.scheme_view import label_words, scheme_for_page
from annotation.web.waveform import outline
from speecheq.authorisation import require_role
from speecheq.error_words import words_of
from speecheq.errors import DomainError


class PracticeView(View):
    """GET shows the next practice clip, or with `answered` what is known of one; POST answers."""

    def get(self, request: HttpRequest, public_id: str) -> HttpResponse:
        campaign = visible_campaign(request.user, public_id)
        try:
            member = practice.member_of(campaign, request.user)
        except CampaignNotOpen:
            messages.info(request, closed_text(campaign))
            return redirect("annotation:campaign-detail", public_id)
        if not (campaign.n_practice or practice.has_failed(member)):
            return redirect("annotation:label", public_id)
        return self.show(request, member)

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        campaign = visible_campaign(request.user, public_id)
        try:
            member = practice.member_of(campaign, request.user)
            answer, _created = practice.answer_clip(
                member,
                reference_id=request.POST.get("reference", ""),
                attempt=whole(request.POST.get("attempt", "")),
                labels=read_labels(request.POST, campaign.scheme),
            )
        except CampaignNotOpen:
            return redirect("annotation:practice", public_id)
        except DomainError as error:
            return self.show(request, member, problem=words_of(error), status=error.status)
        address = reverse("annotation:practice", args=[public_id])
        query = f"?answered={answer.reference.public_id}&attempt={answer.attempt}"
        return HttpResponseRedirect(address + query)

    def show(
        self, request: HttpRequest, member: CampaignMember, problem: str = "", status: int = 200
    ) -> HttpResponse:
        context = page_context(request, member) | {"problem": problem}
        answer = render(request, "annotation/practice.html", context, status=status)
        answer["Cache-Control"] = "no-store"
        return answer


def whole(text: str) -> int:
    """A number as it was sent; what is none is no attempt, so the service refuses it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def page_context(request: HttpRequest, member: CampaignMember) -> dict[str, Any]:
    campaign = member.campaign
    now = practice.standing(member)
    told = answered(request, member)
    heard = told.reference if told else now.following
    scheme = scheme_for_page(campaign.scheme, request.user)
    clip = OfferedClipSerializer(heard.clip).data if heard else None
    return {
        "campaign": campaign,
        "now": now,
        "place": place_of(told, now),
        "told": told,
        "given": label_words(campaign.scheme, told.labels) if told else [],
        "known": label_words(campaign.scheme, told.reference.labels) if told else [],
        "following": None if told else now.following,
        "needed": n_needed(now),
        "assignment": {"clip": clip} if clip else None,
        "outline": outline(heard.clip) if heard else "",
        "chosen": chosen_in(request.POST),
        "scheme": scheme,
        "keys": scheme.action_keys,
        "practising": True,
        "config": {
            "mode": campaign.scheme.mode,
            "eis_optional": scheme.eis_optional,
            "clip": clip,
            "texts": texts(),
        },
    }


def answered(request: HttpRequest, member: CampaignMember) -> PracticeAnswer | None:
    """The caller's own answer that the address names, whose clip may be told about."""
    mine = member.practice.filter(
        reference__public_id=request.GET.get("answered", ""),
        attempt=whole(request.GET.get("attempt", "")),
    )
    return mine.select_related("reference__clip").first()


def place_of(told: PracticeAnswer | None, now: practice.Standing) -> int:
    """Which clip of the list is shown, from 1; 0 for none."""
    shown: ReferenceClip | None = told.reference if told else now.following
    return now.clips.index(shown) + 1 if shown in now.clips else 0


def n_needed(now: practice.Standing) -> int:
    """How many clips must be right."""
    share, total = now.member.campaign.practice_share, len(now.clips)
    return next(n for n in range(total + 1) if n >= share * total - 1e-9)


def practice_people(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where everybody is in their practice, for those who answer for the work."""
    campaign = visible_campaign(request.user, public_id)
    require_role(request.user, campaign.corpus, *OVERSEERS)
    context = {
        "campaign": campaign,
        "rows": practice.standings(campaign),
        "failed": Qualification.FAILED,
        **seen_by(request.user, campaign),
    }
    return render(request, "annotation/practice_people.html", context)


@require_POST
def practice_again(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = visible_campaign(request.user, public_id)
    username = request.POST.get("username", "")
    try:
        qualification.let_try_again(campaign, username, by=request.user)
        messages.success(request, _("%(name)s may try again.") % {"name": username})
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:practice-people", public_id)
