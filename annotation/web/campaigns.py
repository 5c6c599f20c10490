"""Campaigns for people: the list, making one, watching one, and why a clip is next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.api.consensus import READERS
from annotation.api.labelling import visible_campaign
from annotation.models import Campaign, CampaignMember, Corpus, Membership
from annotation.models.campaign import CampaignState
from annotation.services import campaigns, members
from annotation.services.oversight import STAFF, sees_agreement
from annotation.services.progress import overviews, progress
from annotation.web.forms import CampaignForm
from speecheq.authorisation import require_role
from speecheq.error_words import words_of
from speecheq.errors import DomainError, NotFound
from speecheq.roles import Role

PER_PAGE = 100


def roles_in(user: Any, corpus: Corpus) -> set[str]:
    """The roles `user` has in `corpus`; all for the administrator."""
    if user.is_superuser:
        return set(Role.values)
    return set(user.memberships.filter(corpus=corpus).values_list("role", flat=True))


def seen_by(user: Any, campaign: Campaign) -> dict[str, bool]:
    """Which tabs of the campaign's pages `user` gets (parts/campaign_head.html)."""
    held = roles_in(user, campaign.corpus)
    return {
        "staff": bool(held & set(STAFF)),
        "manager": Role.DATA_MANAGER in held,
        "reads_settled": bool(held & set(READERS)),
        "sees_agreement": sees_agreement(user, campaign),
    }


def campaign_list(request: HttpRequest) -> HttpResponse:
    visible = Campaign.objects.visible_to(request.user).values_list("pk", flat=True)
    found = Campaign.objects.filter(pk__in=visible).select_related("corpus", "scheme")
    page = Paginator(found.order_by("-pk"), 50).get_page(request.GET.get("page"))
    mine = set(
        CampaignMember.objects.filter(user=request.user).values_list("campaign_id", flat=True)
    )
    context = {
        "page_obj": page,
        "rows": overviews(list(page), request.user),
        "mine": mine,
        "may_create": Corpus.objects.managed_by(request.user).exists(),
    }
    return render(request, "annotation/campaign_list.html", context)


def campaign_create(request: HttpRequest) -> HttpResponse:
    """One form for one corpus; which corpus is chosen first, as its members are offered."""
    managed = Corpus.objects.managed_by(request.user).order_by("slug")
    slug = request.POST.get("corpus") or request.GET.get("corpus")
    corpus = managed.filter(slug=slug).first() if slug else managed.first()
    if corpus is None:
        raise NotFound(_("There is no corpus here that you manage."))
    form = CampaignForm(request.POST or None, corpus=corpus)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                campaign = campaigns.create_campaign(
                    corpus=corpus, request=form.campaign_request(), by=request.user
                )
            except DomainError as error:
                form.add_domain_error(error)
            else:
                messages.success(request, _("The campaign was made."))
                return redirect("annotation:campaign-detail", campaign.public_id)
    context = {"form": form, "corpus": corpus, "corpora": managed}
    return render(request, "annotation/campaign_form.html", context, status=status)


def campaign_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = visible_campaign(request.user, public_id)
    seen = seen_by(request.user, campaign)
    context = {
        "campaign": campaign,
        **seen,
        "progress": progress(campaign, only=None if seen["staff"] else request.user),
        "labels_here": campaign.members.filter(user=request.user).exists(),
        "states": sorted(campaigns.NEXT_STATES[campaign.state]),
        "people": people_for(campaign) if seen["manager"] else [],
        "nobody_labels": not campaign.members.exists(),
    }
    part = getattr(request, "htmx", None)
    template = "parts/campaign_progress.html" if part else "campaign_detail.html"
    return render(request, f"annotation/{template}", context)


def people_for(campaign: Campaign) -> list[dict[str, Any]]:
    """Members of the corpus, and whether each labels in this campaign."""
    labelling = set(campaign.members.values_list("user__username", flat=True))
    rows = Membership.objects.filter(corpus=campaign.corpus).select_related("user")
    names = {row.user.username: row.user.is_simulated for row in rows.order_by("user__username")}
    return [
        {"username": name, "simulated": simulated, "labels": name in labelling}
        for name, simulated in names.items()
    ]


@require_POST
def campaign_state(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = visible_campaign(request.user, public_id)
    try:
        campaigns.change_campaign(campaign, by=request.user, state=request.POST.get("state", ""))
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:campaign-detail", public_id)


@require_POST
def campaign_members(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = visible_campaign(request.user, public_id)
    try:
        members.set_members(campaign, request.POST.getlist("members"), by=request.user)
        messages.success(request, _("The list of annotators was saved."))
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:campaign-detail", public_id)


def campaign_queue(request: HttpRequest, public_id: str) -> HttpResponse:
    """What may still be claimed, next first, and why each clip stands where it stands."""
    campaign = visible_campaign(request.user, public_id)
    require_role(request.user, campaign.corpus, *STAFF)
    items = campaign.items.filter(free__gt=0).select_related("clip").order_by("rank", "pk")
    page = Paginator(items, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "page_obj": page,
        **seen_by(request.user, campaign),
        "chosen": items.filter(arm="chosen").count(),
        "control": items.filter(arm="control").count(),
        "closed": campaign.state == CampaignState.CLOSED,
    }
    return render(request, "annotation/campaign_queue.html", context)
