"""Models and rounds for people: what was learned, and which clips it asked for next."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotation.models import Item
from speecheq.errors import DomainError
from speecheq.models import Job
from speecheq.models.job import OPEN_STATES
from training.models import AcquisitionRound, Checkpoint
from training.services.access import (
    find_model,
    find_round,
    may_research,
    readable_models,
    readable_rounds,
)
from training.services.acquisition import SCORE, request_round
from training.web.figures import split_tables
from training.web.forms import RoundForm

PER_PAGE = 50
ITEMS_PER_PAGE = 100


def model_list(request: HttpRequest) -> HttpResponse:
    found = readable_models(request.user).select_related("run__release")
    page = Paginator(found.annotate(n_rounds=Count("rounds")).order_by("-pk"), PER_PAGE)
    context = {"page_obj": page.get_page(request.GET.get("page"))}
    return render(request, "training/model_list.html", context)


def model_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """The model; while it scores, htmx asks for the part with its rounds."""
    model = find_model(public_id, user=request.user)
    if getattr(request, "htmx", False):
        return render(request, "training/parts/model_rounds.html", _rounds(request, model))
    return _page(request, model, RoundForm(user=request.user))


def model_score(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let the model re-order a queue."""
    model = find_model(public_id, user=request.user)
    if request.method != "POST":
        return redirect("training:model-detail", public_id)
    form = RoundForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            request_round(model, form.round_request(), by=request.user)
        except DomainError as error:
            form.add_domain_error(error)
        else:
            return redirect("training:model-detail", public_id)
    return _page(request, model, form, status=422)


def round_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every clip the round put first, and why."""
    found = find_round(public_id, user=request.user)
    items = found.items.select_related("clip").order_by("rank")
    page_obj = Paginator(items, ITEMS_PER_PAGE).get_page(request.GET.get("page"))
    shown = [item.clip_id for item in page_obj]
    labels = Item.objects.filter(campaign=found.campaign_id, clip__in=shown)
    by_clip = {item.clip_id: item for item in labels}
    arms = dict(found.items.order_by().values_list("arm").annotate(n=Count("pk")))
    context = {
        "round": found,
        "page_obj": page_obj,
        "rows": [{"item": item, "labels": by_clip.get(item.clip_id)} for item in page_obj],
        "n_chosen": arms.get("chosen", 0),
        "n_control": arms.get("control", 0),
        "is_newest": not found.campaign.rounds.filter(pk__gt=found.pk).exists(),
    }
    return render(request, "training/round_detail.html", context)


def _page(
    request: HttpRequest, model: Checkpoint, form: RoundForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "model": model,
        "run": model.run,
        "release": model.run.release,
        "tables": split_tables(model.metrics, model.run.release),
        "config": json.dumps(model.run.config, indent=2, ensure_ascii=False),
        "may_research": may_research(request.user, model.run.release),
        "form": form,
        **_rounds(request, model),
    }
    return render(request, "training/model_detail.html", context, status=status)


def _rounds(request: HttpRequest, model: Checkpoint) -> dict[str, Any]:
    """The model's rounds, the scorings under way, and the last one where it failed."""
    rounds: list[AcquisitionRound] = list(
        readable_rounds(request.user).filter(checkpoint=model).select_related("campaign__corpus")
    )
    jobs = Job.objects.filter(kind=SCORE, params__model=model.public_id).order_by("-pk")
    underway = list(jobs.filter(state__in=OPEN_STATES))
    last = jobs.first()
    failed = last if last is not None and last.error else None
    return {"model": model, "rounds": rounds, "underway": underway, "failed": failed}
