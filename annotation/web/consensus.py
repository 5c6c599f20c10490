"""Consensus as people see it: settled labels, their votes, and a button for the next version."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotation.api.consensus import READERS
from annotation.api.labelling import visible_campaign
from annotation.labelspaces.presets import ESC_NAMES
from annotation.models import Campaign, Consensus
from annotation.services import consensus as service
from annotation.web.campaigns import roles_in, seen_by
from annotation.web.forms_consensus import ConsensusForm
from speecheq.authorisation import require_role
from speecheq.error_words import words_of
from speecheq.errors import DomainError
from speecheq.models import Job
from speecheq.roles import Role

PER_PAGE = 100
SHOWN: dict[str, dict[str, Any]] = {"ties": {"tie": True}, "unknown": {"esc": "UNK"}}
"""What the list can be narrowed to."""


def consensus(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = visible_campaign(request.user, public_id)
    if request.method == "POST":
        return start(request, campaign)
    require_role(request.user, campaign.corpus, *READERS)
    latest = service.find_version(campaign, None)
    form = ConsensusForm(campaign=campaign, initial=latest.params if latest else None)
    return show(request, campaign, form)


def start(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Ask for the next version; back to the page, which shows the job."""
    form = ConsensusForm(request.POST, campaign=campaign)
    if not form.is_valid():
        return show(request, campaign, form, status=422)
    try:
        service.request_consensus(
            campaign, method=form.method, params=form.cleaned_data, by=request.user
        )
    except DomainError as error:
        messages.error(request, words_of(error))
    else:
        messages.success(request, _("The labels are being settled."))
    return redirect("annotation:campaign-consensus", campaign.public_id)


def show(
    request: HttpRequest, campaign: Campaign, form: ConsensusForm, *, status: int = 200
) -> HttpResponse:
    number = request.GET.get("version", "")
    known = re.fullmatch("[0-9]{1,9}", number)
    version = service.find_version(campaign, int(number) if known else None)
    only = request.GET.get("only", "")
    rows = Consensus.objects.filter(computation=version) if version else Consensus.objects.none()
    page = Paginator(
        rows.filter(**SHOWN.get(only, {})).select_related("clip").order_by("pk"), PER_PAGE
    )
    context = {
        "campaign": campaign,
        **seen_by(request.user, campaign),
        "form": form,
        "may_settle": bool(
            roles_in(request.user, campaign.corpus) & {Role.DATA_MANAGER, Role.ADJUDICATOR}
        ),
        "version": version,
        "versions": campaign.consensus_versions.all()[:20],
        "summary": service.summary(version) if version else None,
        "page_obj": page.get_page(request.GET.get("page")),
        "only": only,
        "query": f"&version={number}&only={only}",
        "job": last_job(campaign),
        "names": names_of(campaign),
    }
    return render(request, "annotation/consensus.html", context, status=status)


def names_of(campaign: Campaign) -> dict[str, dict[str, Any]]:
    """Entries with names by code; UNK may result without being on offer."""
    known = {code: {"code": code, "names": names} for code, names in ESC_NAMES.items()}
    return known | {entry["code"]: entry for entry in campaign.scheme.esc}


def last_job(campaign: Campaign) -> Any:
    """The last computation asked for: under way, failed or done."""
    jobs = Job.objects.filter(kind=service.JOB, params__campaign=campaign.public_id)
    return jobs.order_by("-pk").first()
