"""Imports: an archive or a path below the import root, or rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.services import imports
from annotation.services.corpora import find_corpus
from speecheq.answers import accepted
from speecheq.error_words import worded
from speecheq.parsers import StrictJSONParser
from speecheq.sentences import say
from speecheq.serializers import AcceptedSerializer, StrictSerializer


class ImportRequestSerializer(StrictSerializer):
    """Either `archive` (multipart) or `path` (below the import root)."""

    recipe = serializers.CharField(max_length=40)
    path = serializers.CharField(max_length=1000, required=False)
    archive = serializers.FileField(required=False, allow_empty_file=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("path" in attrs) == ("archive" in attrs):
            detail = say("An import needs an archive or a path, and not both.")
            raise serializers.ValidationError({"path": worded(detail)})
        return attrs


class ImportListView(APIView):
    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(
        request={
            "application/json": ImportRequestSerializer,
            "multipart/form-data": ImportRequestSerializer,
        },
        responses={202: AcceptedSerializer},
        summary="Import a corpus; running it again adds nothing",
    )
    def post(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        asked = ImportRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        if "path" in values:
            job = imports.request_import_of_path(corpus=corpus, by=request.user, **values)
        else:
            job = imports.request_import_of_archive(corpus=corpus, by=request.user, **values)
        return accepted(job)


class ClipRowSerializer(serializers.Serializer):
    """For the schema only: rows are checked as manifests are (`annotation.recipes.rows`)."""

    key = serializers.CharField()
    audio = serializers.CharField(required=False, help_text="Below the import root.")
    speaker = serializers.CharField()
    sex = serializers.CharField(required=False)
    language = serializers.CharField(required=False)
    transcript = serializers.CharField(required=False)
    native_emotion = serializers.CharField(required=False)
    native_intensity = serializers.CharField(required=False)
    intended_esc = serializers.CharField(required=False)
    intended_eis = serializers.IntegerField(required=False)
    label_only = serializers.BooleanField(required=False)


class CorpusClipsView(APIView):
    @extend_schema(
        request=ClipRowSerializer(many=True),
        responses={202: AcceptedSerializer},
        summary="Register up to 10,000 clips whose files lie below the import root",
    )
    def post(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        rows = request.data
        if isinstance(rows, dict) and set(rows) == {"clips"}:
            rows = rows["clips"]
        elif isinstance(rows, dict):
            rows = [rows]
        if not isinstance(rows, list):
            raise serializers.ValidationError({"clips": worded(say("A list of rows is expected."))})
        return accepted(imports.request_clips(corpus=corpus, rows=rows, by=request.user))
