"""Releases for people: the list, making one, what is in one, and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from annotation.api.exports import serve_export
from annotation.exports import FORMATS
from annotation.exports.manifest import SPLITS
from annotation.labelspaces.presets import CONTROL_CATEGORIES
from annotation.models import Corpus, Export, Release
from annotation.models.release import ReleaseState
from annotation.services.exports import MAKE, find_export, request_export
from annotation.services.releases import (
    BUILD,
    READY,
    find_release,
    readable_releases,
    request_release,
)
from annotation.templatetags.annotation_ui import local_name
from annotation.web.release_forms import ReleaseForm
from speecheq.error_words import words_of
from speecheq.errors import DomainError
from speecheq.models import Job
from speecheq.models.job import OPEN_STATES

EXPORTS_SHOWN = 20
SEX_ORDER = ("female", "male", "other", "null")
EIS_ORDER = ("0", "1", "2", "3", "null")


def release_list(request: HttpRequest) -> HttpResponse:
    found = readable_releases(request.user).select_related("label_space")
    page = Paginator(found.prefetch_related("corpora").order_by("-pk"), 50)
    context = {
        "page_obj": page.get_page(request.GET.get("page")),
        "may_create": Corpus.objects.managed_by(request.user).exists(),
    }
    return render(request, "annotation/release_list.html", context)


def release_create(request: HttpRequest) -> HttpResponse:
    form = ReleaseForm(request.POST or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                release, _job = request_release(form.release_request(), by=request.user)
            except DomainError as error:
                form.add_domain_error(error)
            else:
                return redirect("annotation:release-detail", release.public_id)
    return render(request, "annotation/release_form.html", {"form": form}, status=status)


def release_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """The release; while it is being made, htmx asks for the part that changes."""
    release = find_release(public_id, user=request.user)
    context = {
        "release": release,
        "ready": release.state in READY,
        "building": release.state == ReleaseState.BUILDING,
        "corpora": release.corpora.all(),
        "formats": list(FORMATS),
        "splits": SPLITS,
        **_tables(release),
        **_files(release),
    }
    if release.state == ReleaseState.BUILDING:
        jobs = Job.objects.filter(kind=BUILD, params={"release_id": release.pk})
        context["job"] = jobs.order_by("-pk").first()
    template = "parts/release_body.html" if _by_htmx(request) else "release_detail.html"
    return render(request, f"annotation/{template}", context)


def release_exports(request: HttpRequest, public_id: str) -> HttpResponse:
    """The list of files: read again while one is being made; POST asks for a new one."""
    release = find_release(public_id, user=request.user)
    if request.method == "POST":
        try:
            request_export(release, format=request.POST.get("format", ""), by=request.user)
        except DomainError as error:
            messages.error(request, words_of(error))
        if not _by_htmx(request):
            return redirect("annotation:release-detail", public_id)
    elif not _by_htmx(request):
        return redirect("annotation:release-detail", public_id)
    context = {"release": release, "formats": list(FORMATS), **_files(release)}
    return render(request, "annotation/parts/release_exports.html", context)


def export_download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    return serve_export(request, find_export(public_id, user=request.user))


def _by_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _tables(release: Release) -> dict[str, Any]:
    """Counts by split in the form the page draws: a row per label, a column per split."""
    if release.state not in READY:
        return {}
    counts = release.manifest["counts"]
    columns = [counts["splits"][split] for split in SPLITS]
    named = [*release.manifest["label_space"]["categories"], *CONTROL_CATEGORIES]
    names = {each["code"]: local_name(each["names"], fallback=each["code"]) for each in named}
    return {
        "columns": columns,
        "total": counts["all"],
        "esc_rows": _rows(names, "esc", columns),
        "sex_rows": _rows({code: code for code in SEX_ORDER}, "sex", columns),
        "eis_rows": _rows({code: code for code in EIS_ORDER}, "eis", columns),
        "provenance": counts["all"].get("provenance", {}),
        "left_out": release.manifest["left_out"],
    }


def _rows(names: dict[str, str], kind: str, columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each value that occurs: its name, and the count and share in each split."""
    rows = []
    for code, name in names.items():
        counts = [column.get(kind, {}).get(code, 0) for column in columns]
        cells = [
            {"n": n, "share": n / column["clips"] if column["clips"] else None}
            for n, column in zip(counts, columns, strict=True)
        ]
        if any(counts):
            rows.append({"code": code, "name": name, "cells": cells, "total": sum(counts)})
    return rows


def _files(release: Release) -> dict[str, Any]:
    exports = list(release.exports.order_by("-pk")[:EXPORTS_SHOWN])
    underway = [each for each in exports if each.state == "building"]
    return {"exports": _with_jobs(exports), "underway": bool(underway)}


def _with_jobs(exports: list[Export]) -> list[dict[str, Any]]:
    """Each export and, while it is being made, its job for the progress bar."""
    open_jobs = Job.objects.filter(kind=MAKE, state__in=OPEN_STATES)
    by_export = {job.params["export_id"]: job for job in open_jobs} if exports else {}
    return [{"export": each, "job": by_export.get(each.pk)} for each in exports]
