"""What belongs to one annotator: their last answers, and their hours."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import (
    AssignmentSerializer,
    StoredLabelSerializer,
    visible_campaign,
)
from annotation.services import history, worklog
from speecheq.filters import refuse_unknown


class HistoryRowSerializer(serializers.Serializer):
    """An answer of one's own. Whether it counts is not said: of a gold clip it never does."""

    id = serializers.CharField(source="public_id")
    assignment = AssignmentSerializer()
    labels = StoredLabelSerializer(many=True)
    secondary = serializers.JSONField()
    extras = serializers.JSONField()
    confidence = serializers.FloatField(allow_null=True)
    flags = serializers.ListField(child=serializers.CharField())
    comment = serializers.CharField()
    changed = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_changed(self, annotation: Any) -> bool:
        return annotation.supersedes_id is not None


class HistorySerializer(serializers.Serializer):
    answers = HistoryRowSerializer(many=True)


class HistoryView(APIView):
    @extend_schema(responses=HistorySerializer, summary="My last 50 answers, latest first")
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        answers = history.own_last(campaign, request.user)
        return Response(HistorySerializer({"answers": answers}).data)


class WorkDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    annotator = serializers.CharField(source="annotator.username")
    labels = serializers.IntegerField()
    revisions = serializers.IntegerField()
    hours = serializers.SerializerMethodField()
    labels_per_hour = serializers.SerializerMethodField()

    def get_hours(self, day: Any) -> float:
        return round(day.active_s / 3600, 4)

    def get_labels_per_hour(self, day: Any) -> float | None:
        return _rounded(worklog.labels_per_hour(day.labels, day.active_s))


class WorkTotalSerializer(serializers.Serializer):
    labels = serializers.IntegerField()
    revisions = serializers.IntegerField()
    hours = serializers.FloatField()
    labels_per_hour = serializers.FloatField(allow_null=True)


class WorklogSerializer(serializers.Serializer):
    days = WorkDaySerializer(many=True)
    total = WorkTotalSerializer()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


class WorklogView(APIView):
    @extend_schema(
        responses=WorklogSerializer,
        parameters=[OpenApiParameter("annotator", str, description="A user name; staff only.")],
        summary="Hours and labels by day: mine, or of all for who answers for them",
    )
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        refuse_unknown(request, {"annotator"})
        named = request.query_params.get("annotator", "")
        days = list(worklog.days_in(campaign, user=request.user, annotator=named))
        total = worklog.totals(days)
        total["hours"] = round(total["hours"], 4)
        total["labels_per_hour"] = _rounded(total["labels_per_hour"])
        return Response(WorklogSerializer({"days": days, "total": total}).data)
