"""What one annotator answered last in a campaign: to hear again, and to change.

Gold clips and repeats stand among the rest like any other: nothing here reads their kind.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotation.models import Annotation, Campaign

SHOWN = 50


def own_answers(campaign: Campaign, user: Any) -> QuerySet[Annotation]:
    """The caller's current answers, latest first."""
    mine = Annotation.objects.current().filter(campaign=campaign, annotator=user).order_by("-pk")
    return mine.select_related("assignment__clip", "assignment__campaign__scheme")


def own_last(campaign: Campaign, user: Any) -> list[Annotation]:
    """The last 50 of them, with their labels."""
    return list(own_answers(campaign, user).prefetch_related("labels")[:SHOWN])
