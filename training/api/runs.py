"""Runs: asked for, watched epoch by epoch, cancelled."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.services.releases import find_release
from speecheq.answers import accepted
from speecheq.errors import NotFound, field_error
from speecheq.pagination import CursorPages
from speecheq.serializers import AcceptedSerializer, StrictSerializer, ToldField
from training.models import EpochMetrics, Run, RunState
from training.services.access import find_run, readable_runs
from training.services.runs import cancel_run, request_run


class RunSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    release = serializers.CharField(source="release.public_id")
    release_hash = serializers.CharField(source="release_sha256")
    model = serializers.SerializerMethodField(help_text="Id of the best epoch's model.")
    job = serializers.SerializerMethodField()
    metrics = serializers.JSONField(help_text="Figures on the dev and the test split.")
    error = ToldField(allow_null=True)

    class Meta:
        model = Run
        fields = [
            "id",
            "state",
            "preset",
            "config",
            "release",
            "release_hash",
            "model",
            "metrics",
            "error",
            "job",
            "created_at",
            "started_at",
            "finished_at",
        ]

    def get_model(self, run: Run) -> str | None:
        model = getattr(run, "checkpoint", None)
        return model.public_id if model else None

    def get_job(self, run: Run) -> str | None:
        return run.job.public_id if run.job else None


class RunRequestSerializer(StrictSerializer):
    release = serializers.CharField(max_length=32)
    preset = serializers.CharField(max_length=20, default="quick")
    config = serializers.DictField(
        default=dict, help_text='Differences to the preset: `{"optimiser": {"epochs": 5}}`.'
    )


class EpochSerializer(serializers.ModelSerializer):
    metrics = serializers.JSONField(help_text="loss, losses, dev figures, seconds.")

    class Meta:
        model = EpochMetrics
        fields = ["number", "is_best", "metrics", "created_at"]


class RunFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=RunState.choices)
    preset = django_filters.CharFilter()
    release = django_filters.CharFilter(field_name="release__public_id")


class NewestFirst(CursorPages):
    ordering = "-pk"


class InOrder(CursorPages):
    ordering = "number"


class RunListView(ListAPIView):
    queryset = Run.objects.none()  # names the model to the OpenAPI schema
    serializer_class = RunSerializer
    filterset_class = RunFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Run]:
        return readable_runs(self.request.user).select_related("release", "checkpoint", "job")

    @extend_schema(
        request=RunRequestSerializer, responses={202: AcceptedSerializer}, summary="Train"
    )
    def post(self, request: Request) -> Response:
        asked = RunRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        try:
            release = find_release(values["release"], user=request.user)
        except NotFound as error:
            raise field_error("release", "unknown_release", error.detail) from error
        run, job = request_run(
            release, preset=values["preset"], config=values["config"], by=request.user
        )
        return accepted(job, run=run.public_id)


class RunDetailView(APIView):
    @extend_schema(responses=RunSerializer, summary="One run")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(RunSerializer(find_run(public_id, user=request.user)).data)


class RunEpochsView(ListAPIView):
    """Each epoch as it was measured; they appear while the run goes on."""

    serializer_class = EpochSerializer
    pagination_class = InOrder

    def get_queryset(self) -> QuerySet[EpochMetrics]:
        if getattr(self, "swagger_fake_view", False):
            return EpochMetrics.objects.none()
        run = find_run(self.kwargs["public_id"], user=self.request.user)
        return EpochMetrics.objects.filter(run=run)


class RunCancelView(APIView):
    @extend_schema(request=None, responses={202: AcceptedSerializer}, summary="Ask a run to stop")
    def post(self, request: Request, public_id: str) -> Response:
        run = find_run(public_id, user=request.user)
        return accepted(cancel_run(run, by=request.user), run=run.public_id)
