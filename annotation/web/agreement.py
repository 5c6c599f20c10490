"""Agreement as people see it: every number with its interval, its meaning and its comparison."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from annotation.agreement import coefficient as reasons
from annotation.api.labelling import visible_campaign
from annotation.models import Campaign
from annotation.services.agreement import Agreement, agreement_for, live_alpha
from annotation.services.votes import ScaleKey
from annotation.templatetags.annotation_ui import local_name
from annotation.web.campaigns import seen_by
from annotation.web.forest import Forest, forest

# coefficient -> (name, what it says)
COEFFICIENTS = {
    "alpha_nominal": (
        _("Krippendorff's alpha, nominal"),
        _(
            "Agreement on the category beyond chance: 1 is full agreement, 0 is what chance gives, "
            "below 0 raters contradict each other. Every pair of different categories counts the "
            "same, and clips with few raters count with what they have."
        ),
    ),
    "fleiss_kappa": (
        _("Fleiss' kappa"),
        _(
            "Like alpha, without its correction for small samples; every clip weighs the same, "
            "however many raters it had. Given for comparison with older papers."
        ),
    ),
    "ac1": (
        _("Gwet's AC1"),
        _(
            "Assumes less agreement by chance where one category dominates, so it lies higher "
            "than alpha on speech that is mostly neutral. Read it beside alpha, not instead of it."
        ),
    ),
    "percent": (
        _("Share of equal pairs"),
        _(
            "How often two raters of a clip chose the same category. Not corrected for chance: "
            "two raters who always answer neutral reach 1."
        ),
    ),
    "alpha_ordinal": (
        _("Krippendorff's alpha, ordinal"),
        _(
            "Agreement on intensity beyond chance, where slight against strong is a larger "
            "disagreement than slight against moderate. For one emotion, only the ratings of "
            "those who chose it are compared."
        ),
    ),
    "alpha_interval": (
        _("Krippendorff's alpha, interval"),
        _("As ordinal, taking the steps between the levels as equally long."),
    ),
}

REASONS = {
    reasons.NO_RATINGS: _("There are no ratings."),
    reasons.NO_PAIR: _("No clip has two ratings."),
    reasons.ALL_EQUAL: _("All ratings that can be compared are equal: chance alone explains them."),
    reasons.ONE_CLIP: _("Only one clip has two ratings: too few for an interval."),
    reasons.UNSTABLE: _("Too few different ratings for an interval."),
}

SCALES = {"esc": _("Category"), "eis": _("Intensity")}

REFERENCES = (
    (0.28, _("CREMA-D (voice), IEMOCAP (10 labels): 0.28")),
    (0.67, _("a common gate: 0.67")),
)


def agreement(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page; for htmx only its figures, or 204 while they are what the page shows already."""
    campaign = visible_campaign(request.user, public_id)
    found = agreement_for(request.user, campaign)
    seen = f"{found.votes_version}-{found.version}"
    part = getattr(request, "htmx", None)
    if part and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    rows = [named(row, campaign) for row in found.scales]
    context = {
        "campaign": campaign,
        **seen_by(request.user, campaign),
        "agreement": found,
        "seen": seen,
        "rows": rows,
        "headlines": headlines(rows, live_alpha(campaign) if found.is_live else None),
        "counts": counts(found),
        "chart": chart(rows),
        "explained": explained(rows),
    }
    template = "parts/agreement.html" if part else "agreement.html"
    return render(request, f"annotation/{template}", context)


def named(row: dict[str, Any], campaign: Campaign) -> dict[str, Any]:
    """A row with its names in the language of the page."""
    names = {entry["code"]: entry.get("names", {}) for entry in campaign.scheme.esc}
    code = row["emotion"]
    return {
        **row,
        "name": COEFFICIENTS[row["coefficient"]][0],
        "scale_name": SCALES.get(row["scale"], row["scale"]),
        "emotion_name": local_name(names.get(code, {}), fallback=code) if code else "",
        "reason": REASONS.get(row["reason"], row["reason"]),
    }


def headlines(
    rows: list[dict[str, Any]], live: dict[ScaleKey, float | None] | None
) -> list[dict[str, Any]]:
    """The first coefficient of each whole scale; `live`: with its running value."""
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["emotion"] is None:
            first.setdefault(row["scale"], row)
    if live is None:
        return list(first.values())
    return [{**row, "value": live.get((scale, ""))} for scale, row in first.items()]


def counts(found: Agreement) -> dict[str, int]:
    """How much the rows rest on: the largest scale has all labels."""
    most = max(found.scales, key=lambda row: row["n_ratings"], default=None)
    if most is None:
        return {"n_items": 0, "n_ratings": 0, "n_pairable": 0}
    return {name: most[name] for name in ("n_items", "n_ratings", "n_pairable")}


def chart(rows: list[dict[str, Any]]) -> Forest:
    """Values and intervals against the reference lines."""
    lines = [
        (
            f"{row['scale_name']} · {row['emotion_name'] or row['name']}",
            row["value"],
            row["ci_low"],
            row["ci_high"],
        )
        for row in rows
        if row["value"] is not None
    ]
    return forest(lines, references=REFERENCES)


def explained(rows: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Names and meanings of the coefficients that occur, in their order."""
    present = dict.fromkeys(row["coefficient"] for row in rows)
    return [COEFFICIENTS[name] for name in present]
