"""My work: hours and labels by day, as a page and as CSV. For a campaign: those of all."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotation.api.labelling import visible_campaign
from annotation.models import WorkDay
from annotation.services import worklog
from annotation.services.oversight import OVERSEERS
from annotation.web.campaigns import seen_by
from speecheq.authorisation import require_role

PERIODS = (7, 30, 90, 365)
WIDTH, HEIGHT, BASE = 720, 150, 124
COLUMNS = ["day", "corpus", "campaign", "annotator", "labels", "revisions", "hours"]


def my_work(request: HttpRequest) -> HttpResponse:
    period = period_of(request)
    days = list(worklog.own_days(request.user, since=since(period)))
    context = work_context(days, period) | {"title": _("My work")}
    return render(request, "annotation/work.html", context)


def my_work_csv(request: HttpRequest) -> HttpResponse:
    return as_csv(worklog.own_days(request.user), "work")


def campaign_work(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hours of all who label in a campaign, or with `annotator` of one of them."""
    campaign = visible_campaign(request.user, public_id)
    require_role(request.user, campaign.corpus, *OVERSEERS)
    named = request.GET.get("annotator", "")
    found = worklog.days_in(campaign, user=request.user, annotator=named)
    if request.GET.get("format") == "csv":
        return as_csv(found.select_related("campaign__corpus"), f"work-{campaign.name}")
    period = period_of(request)
    days = list(found.filter(day__gte=since(period)).select_related("campaign__corpus"))
    context = work_context(days, period) | {
        "campaign": campaign,
        **seen_by(request.user, campaign),
        "annotator": named,
        "people": by_person(days),
    }
    return render(request, "annotation/work.html", context)


def period_of(request: HttpRequest) -> int:
    """Days that are shown: one of those on offer, else 30."""
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else 30


def since(period: int) -> date:
    return timezone.now().date() - timedelta(days=period - 1)


def work_context(days: list[WorkDay], period: int) -> dict[str, Any]:
    return {
        "rows": [row_of(day) for day in days],
        "total": worklog.totals(days),
        "chart": chart_of(days, period),
        "period": period,
        "periods": PERIODS,
    }


def row_of(day: WorkDay) -> dict[str, Any]:
    return {
        "day": day,
        "hours": day.active_s / 3600,
        "pace": worklog.labels_per_hour(day.labels, day.active_s),
    }


def by_person(days: Iterable[WorkDay]) -> list[dict[str, Any]]:
    """Sums over the period of each person, by user name."""
    found: dict[str, list[WorkDay]] = defaultdict(list)
    for day in days:
        found[day.annotator.username].append(day)
    return [{"username": name, **worklog.totals(rows)} for name, rows in sorted(found.items())]


def chart_of(days: Iterable[WorkDay], period: int) -> dict[str, Any]:
    """Labels of each day as bars of an SVG: a place for each day, those without work too."""
    labels: dict[date, int] = defaultdict(int)
    for worked in days:
        labels[worked.day] += worked.labels
    most = max(labels.values(), default=0)
    step = WIDTH / period
    bars = []
    for n in range(period):
        day = since(period) + timedelta(days=n)
        height = (BASE - 14) * labels[day] / most if most else 0
        place = {"x": round(n * step + step * 0.1, 2), "width": round(step * 0.8, 2)}
        size = {"y": round(BASE - height, 2), "height": round(height, 2)}
        bars.append({"day": day, "labels": labels[day], **place, **size})
    return {"bars": bars, "most": most, "width": WIDTH, "height": HEIGHT, "base": BASE}


def as_csv(days: Iterable[WorkDay], name: str) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(name) or "work"}.csv"'
    table = csv.writer(answer)
    table.writerow(COLUMNS)
    for day in days:
        campaign = day.campaign
        whose = [day.day.isoformat(), campaign.corpus.slug, plain(campaign.name)]
        counts = [day.labels, day.revisions, f"{day.active_s / 3600:.4f}"]
        table.writerow([*whose, plain(day.annotator.username), *counts])
    return answer


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
