"""Runs for people: the list, starting one, and watching it learn."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from speecheq.error_words import words_of
from speecheq.errors import DomainError
from training.models import EpochMetrics, Run
from training.services.access import find_run, may_research, readable_runs
from training.services.runs import OPEN, cancel_run, request_run
from training.web.curves import chart
from training.web.figures import headlines, split_tables
from training.web.forms import RunForm, offered_releases

PER_PAGE = 50


def run_list(request: HttpRequest) -> HttpResponse:
    found = readable_runs(request.user).select_related("release", "checkpoint", "created_by")
    page = Paginator(found.order_by("-pk"), PER_PAGE)
    context = {
        "page_obj": page.get_page(request.GET.get("page")),
        "may_start": bool(offered_releases(request.user)),
    }
    return render(request, "training/run_list.html", context)


def run_new(request: HttpRequest) -> HttpResponse:
    """The form that starts a retraining; `?release=` chooses one beforehand."""
    initial = {"release": request.GET.get("release", "")}
    form = RunForm(request.POST or None, user=request.user, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            release, preset, config = form.chosen()
            try:
                run, _job = request_run(release, preset=preset, config=config, by=request.user)
            except DomainError as error:
                form.add_domain_error(error)
            else:
                return redirect("training:run-detail", run.public_id)
    return render(request, "training/run_form.html", {"form": form}, status=status)


def run_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    run = find_run(public_id, user=request.user)
    return render(request, "training/run_detail.html", _context(request, run))


def run_progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part that changes while the run goes on; 204 where nothing has since `?seen=`."""
    run = find_run(public_id, user=request.user)
    context = _context(request, run)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "training/parts/run_body.html", context)


@require_POST
def run_cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    run = find_run(public_id, user=request.user)
    try:
        cancel_run(run, by=request.user)
    except DomainError as error:
        messages.error(request, words_of(error))
    else:
        messages.success(request, _("The run stops at its next step."))
    return redirect("training:run-detail", public_id)


def _context(request: HttpRequest, run: Run) -> dict[str, Any]:
    epochs = list(run.epochs.order_by("number"))
    n_epochs = run.config["optimiser"]["epochs"]
    underway = run.state in OPEN
    best = next((each for each in epochs if each.is_best), None)
    return {
        "run": run,
        "model": getattr(run, "checkpoint", None),
        "release": run.release,
        "underway": underway,
        "may_research": may_research(request.user, run.release),
        "stopping": underway and run.job is not None and run.job.cancel_requested,
        "epochs": [_epoch_row(each) for each in epochs],
        "done": len(epochs),
        "n_epochs": n_epochs,
        "time_left": _time_left(epochs, n_epochs),
        "best": best,
        "best_headlines": headlines(best.metrics["dev"]) if best else [],
        "charts": _charts(epochs, n_epochs) if epochs else [],
        "tables": split_tables(run.metrics, run.release),
        "config": json.dumps(run.config, indent=2, ensure_ascii=False),
        "seen": _seen(run, epochs),
    }


def _epoch_row(epoch: EpochMetrics) -> dict[str, Any]:
    dev = epoch.metrics["dev"]
    return {
        "number": epoch.number,
        "is_best": epoch.is_best,
        "loss": epoch.metrics["loss"],
        "ua": dev.get("ua"),
        "eis_ua": dev.get("eis_ua"),
        "gender_ua": dev.get("gender_ua"),
        "phoneme_error": dev.get("phoneme_error"),
        "ms": epoch.metrics["seconds"] * 1000,
    }


def _charts(epochs: list[EpochMetrics], n_epochs: int) -> list[dict[str, Any]]:
    def dev(name: str) -> list[tuple[int, float]]:
        return [
            (each.number, each.metrics["dev"][name])
            for each in epochs
            if name in each.metrics["dev"]
        ]

    loss = [
        (each.number, each.metrics["loss"]) for each in epochs if each.metrics["loss"] is not None
    ]
    measured = [(_("UA, emotion"), dev("ua")), (_("UA, intensity"), dev("eis_ua"))]
    return [
        {
            "title": _("Loss on the train split"),
            "chart": chart([(_("loss"), loss)], n_epochs=n_epochs),
        },
        {
            "title": _("Figures on the dev split"),
            "chart": chart(measured, n_epochs=n_epochs, top=1.0),
        },
    ]


def _time_left(epochs: list[EpochMetrics], n_epochs: int) -> str:
    """By the mean of the epochs so far, as minutes and seconds; empty before the first."""
    if not epochs:
        return ""
    mean = sum(each.metrics["seconds"] for each in epochs) / len(epochs)
    minutes, seconds = divmod(round(mean * (n_epochs - len(epochs))), 60)
    return f"{minutes}:{seconds:02d}"


def _seen(run: Run, epochs: list[EpochMetrics]) -> str:
    """Changes whenever the page would."""
    job = (run.job.message, run.job.cancel_requested) if run.job else ()
    text = repr((run.state, [each.number for each in epochs], job))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
