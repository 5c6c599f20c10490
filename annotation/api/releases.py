"""Releases: asked for, read, checked, streamed split by split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.exports.manifest import manifest_bytes
from annotation.exports.rows import ReleaseRow, row_bytes
from annotation.models import Release
from annotation.models.release import ReleaseState, Split
from annotation.services.release_checks import DEFAULT_RATIOS
from annotation.services.releases import (
    ReleaseRequest,
    SplitRequest,
    find_release,
    readable_releases,
    refuse_unfinished,
    release_rows,
    request_release,
)
from speecheq.answers import accepted
from speecheq.errors import NotFound
from speecheq.negotiation import AnyType
from speecheq.pagination import CursorPages
from speecheq.sentences import say
from speecheq.serializers import AcceptedSerializer, StrictSerializer, ToldField

LINES_AT_ONCE = 200


class ReleaseSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    corpora: Any = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    campaigns: Any = serializers.SlugRelatedField(slug_field="public_id", many=True, read_only=True)
    label_space = serializers.SerializerMethodField()
    splits = serializers.DictField(source="config.splits")
    clips = serializers.SerializerMethodField(help_text="Clips in each split.")
    error = ToldField(allow_null=True)

    class Meta:
        model = Release
        fields = [
            "id",
            "name",
            "version",
            "state",
            "corpora",
            "campaigns",
            "label_space",
            "consensus",
            "splits",
            "sha256",
            "clips",
            "error",
            "created_at",
            "frozen_at",
        ]

    def get_label_space(self, release: Release) -> str:
        return f"{release.label_space.code}@{release.label_space.version}"

    def get_clips(self, release: Release) -> dict[str, int] | None:
        splits = release.manifest.get("counts", {}).get("splits")
        return splits and {name: splits[name]["clips"] for name in Split.values}


class AssignSerializer(StrictSerializer):
    speaker = serializers.DictField(
        child=serializers.CharField(max_length=10), help_text="Speaker id to train, dev or test."
    )


class SplitsSerializer(StrictSerializer):
    ratios = serializers.DictField(
        child=serializers.FloatField(), default=lambda: dict(DEFAULT_RATIOS)
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**53, default=0)
    disjoint = serializers.ListField(
        child=serializers.CharField(max_length=20), default=lambda: ["speaker"]
    )
    assign = AssignSerializer(required=False)


class ReleaseRequestSerializer(StrictSerializer):
    name = serializers.RegexField(r"^[\w][\w .+-]{0,63}$", max_length=64)
    version = serializers.RegexField(r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,19}$", max_length=20)
    corpora = serializers.ListField(
        child=serializers.CharField(max_length=64), allow_empty=False, max_length=100
    )
    campaigns = serializers.ListField(
        child=serializers.CharField(max_length=32), default=list, max_length=1000
    )
    label_space = serializers.CharField(max_length=60, help_text="`core-7`, or `core-7@1`.")
    consensus = serializers.CharField(max_length=40, help_text="`plurality` or `intended`.")
    splits = SplitsSerializer(required=False)

    def to_request(self) -> ReleaseRequest:
        values = dict(self.validated_data)
        return ReleaseRequest(**(values | {"splits": SplitRequest(**values.get("splits", {}))}))


class ReleaseFilters(django_filters.FilterSet):
    name = django_filters.CharFilter()
    state = django_filters.ChoiceFilter(choices=ReleaseState.choices)
    corpus = django_filters.CharFilter(field_name="corpora__slug", distinct=True)


class NewestFirst(CursorPages):
    ordering = "-pk"


class ReleaseListView(ListAPIView):
    queryset = Release.objects.none()  # names the model to the OpenAPI schema
    serializer_class = ReleaseSerializer
    filterset_class = ReleaseFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Release]:
        found = readable_releases(self.request.user).select_related("label_space")
        return found.prefetch_related("corpora", "campaigns")

    @extend_schema(
        request=ReleaseRequestSerializer,
        responses={202: AcceptedSerializer},
        summary="Freeze labels and splits",
    )
    def post(self, request: Request) -> Response:
        asked = ReleaseRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        release, job = request_release(asked.to_request(), by=request.user)
        return accepted(job, release=release.public_id)


class ReleaseDetailView(APIView):
    @extend_schema(responses=ReleaseSerializer, summary="One release")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(ReleaseSerializer(find_release(public_id, user=request.user)).data)


class ReleaseManifestView(APIView):
    """Canonical JSON: the same release gives the same bytes."""

    @extend_schema(responses=OpenApiTypes.OBJECT, summary="What is in it, and its checksums")
    def get(self, request: Request, public_id: str) -> HttpResponse:
        release = finished_release(request, public_id)
        return HttpResponse(manifest_bytes(release.manifest), content_type="application/json")


class LeakPairSerializer(serializers.Serializer):
    """How many of each stand in both splits."""

    a = serializers.CharField()
    b = serializers.CharField()
    speakers = serializers.IntegerField()
    audio = serializers.IntegerField()
    sessions = serializers.IntegerField()
    texts = serializers.IntegerField()


class LeakReportSerializer(serializers.Serializer):
    pairs = LeakPairSerializer(many=True)
    components = serializers.IntegerField()
    largest_share = serializers.FloatField()


class ReleaseLeaksView(APIView):
    @extend_schema(responses=LeakReportSerializer, summary="What any two splits share")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(finished_release(request, public_id).leaks)


class ReleaseSplitView(APIView):
    """The rows of one split as JSON Lines, ordered by the bytes of corpus and key."""

    content_negotiation_class = AnyType

    @extend_schema(
        responses={(200, "application/jsonl"): OpenApiTypes.STR}, summary="Rows of a split"
    )
    def get(self, request: Request, public_id: str, split: str) -> HttpResponseBase:
        if split not in Split.values:
            raise NotFound(
                say(
                    "No split {split!r}. Splits are {values}.",
                    split=split,
                    values=", ".join(Split.values),
                )
            )
        release = finished_release(request, public_id)
        etag = f'"{release.manifest["checksums"][split]}"'
        if request.headers.get("If-None-Match") == etag:
            return HttpResponseNotModified(headers={"ETag": etag})
        lines = _lines(release_rows(release, split=split))
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        return StreamingHttpResponse(lines, content_type="application/jsonl", headers=headers)


def finished_release(request: Request, public_id: str) -> Release:
    """The release, if the caller may read it and its rows are frozen."""
    release = find_release(public_id, user=request.user)
    refuse_unfinished(release)
    return release


def _lines(rows: Iterator[ReleaseRow]) -> Iterator[bytes]:
    """Several lines at once, since each chunk costs a write."""
    chunk: list[bytes] = []
    for row in rows:
        chunk.append(row_bytes(row))
        if len(chunk) == LINES_AT_ONCE:
            yield b"".join(chunk)
            chunk.clear()
    yield b"".join(chunk)
