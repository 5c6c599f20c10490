"""Gold, practice and anchor clips of a campaign: what is known of them, for its staff alone."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import LabelSerializer, visible_campaign
from annotation.models import Campaign
from annotation.models.reference import Purpose
from annotation.services.references import (
    MAX_FEEDBACK,
    Reference,
    references_of,
    set_references,
)
from speecheq.authorisation import require_role
from speecheq.roles import Role
from speecheq.serializers import StrictSerializer

# Who may know which clips check an annotator.
KNOWERS = (Role.DATA_MANAGER, Role.ADJUDICATOR, Role.RESEARCHER)

# The lists of a new campaign, and what each is for.
KNOWN_CLIPS: dict[str, str] = {
    "gold": Purpose.GOLD,
    "practice": Purpose.PRACTICE,
    "anchors": Purpose.ANCHOR,
}


class KnownClipSerializer(StrictSerializer):
    """A clip by its key, and its labels."""

    clip = serializers.CharField(max_length=255)
    labels = LabelSerializer(many=True)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, allow_blank=True, default="")


class ReferenceSerializer(KnownClipSerializer):
    purpose = serializers.ChoiceField(choices=Purpose.choices)


def to_reference(row: dict[str, Any], purpose: str, *, place: str = "") -> Reference:
    labels = [(label["esc"], label["eis"]) for label in row["labels"]]
    return Reference(row["clip"], purpose, labels, row["feedback"], place)


def as_rows(campaign: Campaign) -> list[dict[str, Any]]:
    return [
        {
            "clip": known.clip,
            "purpose": known.purpose,
            "labels": [{"esc": esc, "eis": eis} for esc, eis in known.labels],
            "feedback": known.feedback,
        }
        for known in references_of(campaign)
    ]


class ReferencesView(APIView):
    @extend_schema(responses=ReferenceSerializer(many=True), summary="Clips whose answer is known")
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        require_role(request.user, campaign.corpus, *KNOWERS)
        return Response(as_rows(campaign))

    @extend_schema(
        request=ReferenceSerializer(many=True),
        responses=ReferenceSerializer(many=True),
        summary="Replace the clips whose answer is known",
    )
    def put(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        asked = ReferenceSerializer(data=request.data, many=True)
        asked.is_valid(raise_exception=True)
        wanted = [to_reference(row, row["purpose"]) for row in asked.validated_data]
        set_references(campaign, wanted, by=request.user)
        return Response(as_rows(campaign))
