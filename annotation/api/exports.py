"""Files made from a release: asked for, listed, downloaded in parts."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.releases import NewestFirst
from annotation.models import Export, Release
from annotation.services.exports import (
    find_export,
    refuse_unmade,
    release_file_name,
    request_export,
)
from annotation.services.releases import find_release
from speecheq.answers import accepted
from speecheq.files import serve_file
from speecheq.negotiation import AnyType
from speecheq.serializers import AcceptedSerializer, StrictSerializer, ToldField


class ExportSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    release = serializers.CharField(source="release.public_id")
    error = ToldField(allow_null=True)

    class Meta:
        model = Export
        fields = ["id", "release", "format", "state", "sha256", "bytes", "error", "created_at"]


class ExportRequestSerializer(StrictSerializer):
    format = serializers.CharField(max_length=20)
    audio = serializers.BooleanField(
        default=True, help_text="Put the audio inside, where the format can hold it."
    )


class ExportListView(ListAPIView):
    queryset = Export.objects.none()  # names the model to the OpenAPI schema
    serializer_class = ExportSerializer
    pagination_class = NewestFirst

    @cached_property
    def release(self) -> Release:
        return find_release(self.kwargs["public_id"], user=self.request.user)

    def get_queryset(self) -> QuerySet[Export]:
        return self.release.exports.select_related("release")

    @extend_schema(
        request=ExportRequestSerializer,
        responses={202: AcceptedSerializer},
        summary="Write a release as a file",
    )
    def post(self, request: Request, public_id: str) -> Response:
        asked = ExportRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        export, job = request_export(self.release, by=request.user, **asked.validated_data)
        return accepted(job, export=export.public_id)


class ExportDownloadView(APIView):
    """The file, whole or in parts (`Range`); its ETag is its SHA-256."""

    content_negotiation_class = AnyType

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        summary="Download an export",
    )
    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        export = find_export(public_id, user=request.user)
        return serve_export(request._request, export)


def serve_export(request: HttpRequest, export: Export) -> HttpResponseBase:
    """The file of an export, whole or in parts. Raises ExportNotReady, NotFound."""
    refuse_unmade(export)
    name = release_file_name(export.release, export.format)
    return serve_file(request, str(export.file), tag=export.sha256, filename=name)
