"""Pages for those who answer for the work: each annotator's figures, and late answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.api.consensus import READERS
from annotation.api.labelling import visible_campaign
from annotation.models import Campaign
from annotation.services import qualification
from annotation.services.quality import annotators_of, late_answers
from annotation.templatetags.annotation_ui import localised
from annotation.web.campaign_setup import managed_campaign
from annotation.web.campaigns import seen_by
from speecheq.authorisation import require_role
from speecheq.error_words import words_of
from speecheq.errors import DomainError

PER_PAGE = 100
ACTIONS = {"qualify": qualification.qualify, "again": qualification.let_try_again}


def _read_by_staff(request: HttpRequest, public_id: str) -> Campaign:
    campaign = visible_campaign(request.user, public_id)
    require_role(request.user, campaign.corpus, *READERS)
    return campaign


def campaign_annotators(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = _read_by_staff(request, public_id)
    context = {
        **seen_by(request.user, campaign),
        "campaign": campaign,
        "rows": annotators_of(campaign),
        "practises": campaign.n_practice > 0,
        "n_extras": late_answers(campaign).count(),
    }
    return render(request, "annotation/campaign_annotators.html", context)


@require_POST
def campaign_qualify(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another attempt at the practice, or no more of it, for one member."""
    campaign = managed_campaign(request, public_id)
    act = ACTIONS.get(request.POST.get("action", ""))
    try:
        if act is not None:
            act(campaign, request.POST.get("username", ""), by=request.user)
            messages.success(request, _("The qualification was changed."))
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:campaign-annotators", public_id)


def labels_in_words(labels: Iterable[Any], names: Mapping[str, str]) -> str:
    """Such as "Happy 2, Sad": an intensity that was not rated is left out."""
    said = ((names.get(each.esc, each.esc), each.eis) for each in labels)
    return ", ".join(name if eis is None else f"{name} {eis}" for name, eis in said)


def campaign_extras(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answers beyond the overlap, latest first."""
    campaign = _read_by_staff(request, public_id)
    names = {row["code"]: localised(row) for row in campaign.scheme.esc}
    page = Paginator(late_answers(campaign).order_by("-pk"), PER_PAGE)
    page_obj = page.get_page(request.GET.get("page"))
    rows = [
        {"answer": answer, "labels": labels_in_words(answer.labels.all(), names)}
        for answer in page_obj
    ]
    context = {
        **seen_by(request.user, campaign),
        "campaign": campaign,
        "page_obj": page_obj,
        "rows": rows,
    }
    return render(request, "annotation/campaign_extras.html", context)
