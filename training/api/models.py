"""Models and rounds: what was trained, and what it asked for next."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from speecheq.answers import accepted
from speecheq.serializers import AcceptedSerializer, StrictSerializer
from training.api.runs import NewestFirst
from training.models import AcquisitionRound, Checkpoint, RoundItem
from training.services.access import find_model, find_round, readable_models, readable_rounds
from training.services.acquisition import RoundRequest, request_round


class ModelSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    run = serializers.CharField(source="run.public_id")
    release = serializers.CharField(source="run.release.public_id")
    release_hash = serializers.CharField(source="release_sha256")
    preset = serializers.CharField(source="run.preset")
    metrics = serializers.JSONField(help_text="Figures on the dev and the test split.")

    class Meta:
        model = Checkpoint
        fields = [
            "id",
            "run",
            "release",
            "release_hash",
            "preset",
            "epoch",
            "sha256",
            "metrics",
            "created_at",
        ]


class ModelDetailSerializer(ModelSerializer):
    config = serializers.JSONField(source="run.config")
    rounds = serializers.SerializerMethodField(help_text="Ids, newest first.")

    class Meta(ModelSerializer.Meta):
        fields = [*ModelSerializer.Meta.fields, "config", "rounds"]

    def get_rounds(self, model: Checkpoint) -> list[str]:
        seen = readable_rounds(self.context["request"].user).filter(checkpoint=model)
        return list(seen.values_list("public_id", flat=True))


class ScoreRequestSerializer(StrictSerializer):
    campaign = serializers.CharField(max_length=32)
    acquisition = serializers.CharField(max_length=40, default="entropy")
    budget = serializers.IntegerField(help_text="How many clips come first.")
    control_share = serializers.FloatField(
        default=0.2, help_text="Share of them drawn at random, 0 to 1."
    )
    seed = serializers.IntegerField(default=0)

    def to_request(self) -> RoundRequest:
        return RoundRequest(**self.validated_data)


class RoundItemSerializer(serializers.ModelSerializer):
    clip = serializers.CharField(source="clip.public_id")
    key = serializers.CharField(source="clip.key")

    class Meta:
        model = RoundItem
        fields = ["clip", "key", "score", "rank", "probability", "arm"]


class RoundSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    model: Any = serializers.CharField(source="checkpoint.public_id")
    campaign = serializers.CharField(source="campaign.public_id")
    pool_hash = serializers.CharField(source="pool_sha256")
    items = serializers.SerializerMethodField()

    class Meta:
        model = AcquisitionRound
        fields = [
            "id",
            "model",
            "campaign",
            "acquisition",
            "budget",
            "control_share",
            "seed",
            "pool_hash",
            "n_pool",
            "created_at",
            "items",
        ]

    @extend_schema(responses=RoundItemSerializer(many=True))
    def get_items(self, found: AcquisitionRound) -> list[dict[str, Any]]:
        items = found.items.select_related("clip").order_by("rank")
        return list(RoundItemSerializer(items, many=True).data)


class ModelFilters(django_filters.FilterSet):
    release = django_filters.CharFilter(field_name="run__release__public_id")
    run = django_filters.CharFilter(field_name="run__public_id")


class ModelListView(ListAPIView):
    queryset = Checkpoint.objects.none()  # names the model to the OpenAPI schema
    serializer_class = ModelSerializer
    filterset_class = ModelFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Checkpoint]:
        return readable_models(self.request.user).select_related("run__release")


class ModelDetailView(APIView):
    @extend_schema(responses=ModelDetailSerializer, summary="One model")
    def get(self, request: Request, public_id: str) -> Response:
        model = find_model(public_id, user=request.user)
        return Response(ModelDetailSerializer(model, context={"request": request}).data)


class ModelScoreView(APIView):
    @extend_schema(
        request=ScoreRequestSerializer,
        responses={202: AcceptedSerializer},
        summary="Let a model re-order a campaign's queue",
    )
    def post(self, request: Request, public_id: str) -> Response:
        model = find_model(public_id, user=request.user)
        asked = ScoreRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return accepted(request_round(model, asked.to_request(), by=request.user))


class RoundDetailView(APIView):
    @extend_schema(responses=RoundSerializer, summary="Which clips a round put first, and why")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(RoundSerializer(find_round(public_id, user=request.user)).data)
