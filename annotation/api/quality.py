"""How annotators work, and the answers that came too late. For staff alone."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.consensus import READERS
from annotation.api.labelling import StoredLabelSerializer, visible_campaign
from annotation.models import Annotation, Campaign
from annotation.services.quality import Quality, annotators_of, late_answers
from speecheq.authorisation import require_role
from speecheq.pagination import CursorPages


class GoldSerializer(serializers.Serializer):
    n = serializers.IntegerField(help_text="Gold clips answered.")
    right = serializers.IntegerField(help_text="Those whose category is as known.")
    share = serializers.FloatField(allow_null=True)
    ci_low = serializers.SerializerMethodField(help_text="95 %, by Wilson.")
    ci_high = serializers.SerializerMethodField()
    n_eis = serializers.IntegerField(help_text="Intensities that both have.")
    eis_error = serializers.FloatField(allow_null=True, help_text="Mean absolute, in levels.")

    def get_ci_low(self, gold: Any) -> float | None:
        return gold.interval[0] if gold.interval else None

    def get_ci_high(self, gold: Any) -> float | None:
        return gold.interval[1] if gold.interval else None


class RepeatsSerializer(serializers.Serializer):
    n = serializers.IntegerField(help_text="Clips that came twice.")
    esc_equal = serializers.IntegerField()
    n_eis = serializers.IntegerField()
    eis_equal = serializers.IntegerField()
    alpha = serializers.FloatField(allow_null=True, help_text="Nominal alpha with oneself.")


class QualitySerializer(serializers.Serializer):
    username = serializers.CharField(source="user.username")
    simulated = serializers.BooleanField(source="user.is_simulated")
    group = serializers.SerializerMethodField()
    cap = serializers.SerializerMethodField(help_text="Of this person; null: as the campaign.")
    qualification = serializers.SerializerMethodField(help_text="Null for who has left.")
    labels = serializers.IntegerField()
    extras = serializers.IntegerField(help_text="Beyond the overlap.")
    skipped = serializers.IntegerField()
    hours = serializers.FloatField()
    seconds_per_clip = serializers.FloatField(allow_null=True)
    gold = GoldSerializer()
    repeats = RepeatsSerializer()

    def get_group(self, row: Quality) -> str | None:
        return row.member.group.name if row.member and row.member.group else None

    def get_cap(self, row: Quality) -> int | None:
        return row.member.cap if row.member else None

    def get_qualification(self, row: Quality) -> str | None:
        return row.member.qualification if row.member else None


def read_by_staff(request: Request, public_id: str) -> Campaign:
    """The campaign, for those who may read labels in it. Raises NotFound, Forbidden."""
    campaign = visible_campaign(request.user, public_id)
    require_role(request.user, campaign.corpus, *READERS)
    return campaign


class AnnotatorsView(APIView):
    @extend_schema(
        responses=QualitySerializer(many=True), summary="How each annotator of a campaign works"
    )
    def get(self, request: Request, public_id: str) -> Response:
        rows = annotators_of(read_by_staff(request, public_id))
        return Response(QualitySerializer(rows, many=True).data)


class LateAnswerSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    clip = serializers.CharField(source="clip.public_id")
    key = serializers.CharField(source="clip.key")
    annotator = serializers.CharField(source="annotator.username")
    labels = StoredLabelSerializer(many=True)
    created_at = serializers.DateTimeField()


class LatestFirst(CursorPages):
    ordering: Any = ("-pk",)


class ExtrasView(ListAPIView):
    """Answers that came when the clip had all it needed: kept, outside votes and agreement."""

    queryset = Annotation.objects.none()  # names the model to the OpenAPI schema
    serializer_class = LateAnswerSerializer
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[Annotation]:
        return late_answers(read_by_staff(self.request, self.kwargs["public_id"]))
