"""The panels of the labelling page: examples to compare with, questions, one's last labels."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext_lazy

from annotation.api.labelling import OfferedClipSerializer
from annotation.models import Campaign
from annotation.services import practice, questions
from annotation.web.label_texts import REFUSED
from annotation.web.scheme_view import PageScheme


def panels_context(request: HttpRequest, campaign: Campaign, scheme: PageScheme) -> dict[str, Any]:
    return {
        "examples": examples_of(campaign, scheme),
        "unread": questions.n_unread(campaign, request.user),
        "panels_config": {
            "csrf": get_token(request),
            "names": {
                "esc": {row["code"]: row["name"] for row in scheme.all},
                "eis": {
                    str(row["value"]): f"{row['value']} · {row['name']}" for row in scheme.levels
                },
            },
            "texts": {name: str(text) for name, text in (TEXTS | REFUSED).items()},
            "username": request.user.get_username(),
            "urls": {
                "history": reverse("api:campaign-history", args=[campaign.public_id]),
                "questions": reverse("api:campaign-questions", args=[campaign.public_id]),
            },
        },
    }


def examples_of(campaign: Campaign, scheme: PageScheme) -> list[dict[str, Any]]:
    """Anchor clips by category, in the scheme's order, weaker ones first."""
    levels = {row["value"]: row["name"] for row in scheme.levels}
    by_esc: dict[str, list[dict[str, Any]]] = {}
    for anchor in practice.anchors_of(campaign):
        label = anchor.labels[0]
        eis = label.get("eis")
        by_esc.setdefault(label["esc"], []).append(
            {
                "clip": OfferedClipSerializer(anchor.clip).data,
                "eis": eis,
                "level": levels.get(eis, ""),
                "listen_for": anchor.feedback,
            }
        )
    return [
        {**row, "clips": sorted(by_esc[row["code"]], key=lambda clip: clip["eis"] or 0)}
        for row in scheme.all
        if row["code"] in by_esc
    ]


TEXTS = {
    "you": gettext_lazy("You"),
    "change": gettext_lazy("Change"),
    "listen": gettext_lazy("Listen"),
    "changed": gettext_lazy("changed"),
    "none_yet": gettext_lazy("Nothing labelled yet."),
    "sent": gettext_lazy("Your question was sent."),
    "write_first": gettext_lazy("Write your question first."),
    "unreachable": gettext_lazy("The server cannot be reached. Try again in a moment."),
    "unread": gettext_lazy("%d new"),
    "this_clip": gettext_lazy("About the clip you hear now."),
    "earlier_clip": gettext_lazy("About the clip before: your words are not sent yet."),
    "no_clip": gettext_lazy("There is no clip to ask about now."),
}
