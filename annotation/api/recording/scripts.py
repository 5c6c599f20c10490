"""Scripts: what is to be spoken, versioned and never changed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Script
from annotation.models.script import SectionKind, SectionOrder
from annotation.recording import script as written
from annotation.services.recording.script_files import (
    CONTENT_TYPES,
    CSV,
    KINDS,
    export_script,
    file_name,
    import_script,
)
from annotation.services.recording.script_sounds import SoundReport, sounds_of
from annotation.services.recording.scripts import create_script, find_script
from speecheq.error_words import worded
from speecheq.filters import refuse_unknown
from speecheq.negotiation import AnyType
from speecheq.sentences import say
from speecheq.serializers import SentenceField, StrictSerializer, read

LENGTH = written.MAX_LENGTH


def _text(name: str, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LENGTH[name], **kwargs)


def _optional(name: str, **kwargs: Any) -> serializers.CharField:
    return _text(name, default="", allow_blank=True, **kwargs)


class PromptRequestSerializer(StrictSerializer):
    key = _text("key", help_text="Unique in the script.")
    text = _text("text", help_text="What the speaker reads.")
    transcript = _optional("transcript", help_text="What is spoken, where it is not the text.")
    language = _optional("language", help_text="Where it is not that of the script.")
    target_esc = serializers.CharField(max_length=8, default="", allow_blank=True)
    target_eis = serializers.IntegerField(default=None, allow_null=True, help_text="0 is NEU.")
    hint = _optional("hint")
    scenario = _optional("scenario", help_text="Read before the prompt, to call up the emotion.")


class SectionRequestSerializer(StrictSerializer):
    name = _text("name")
    kind = serializers.ChoiceField(choices=SectionKind.choices, default=SectionKind.MAIN)
    order = serializers.ChoiceField(choices=SectionOrder.choices, default=SectionOrder.FIXED)
    prompts = PromptRequestSerializer(many=True, allow_empty=False)


class ScriptRequestSerializer(StrictSerializer):
    """`version` is the one after the newest unless given."""

    code = serializers.RegexField(rf"^{written.CODE.pattern}\Z")
    version = serializers.IntegerField(
        min_value=1, max_value=written.VERSION_MAX, default=None, allow_null=True
    )
    title = _optional("title")
    language = _text("language")
    sections = SectionRequestSerializer(many=True, allow_empty=False)


def _as_written(given: dict[str, Any]) -> written.WrittenScript:
    sections = tuple(
        written.WrittenSection(
            name=each["name"],
            kind=str(each["kind"]),
            order=str(each["order"]),
            prompts=tuple(written.WrittenPrompt(**prompt) for prompt in each["prompts"]),
        )
        for each in given["sections"]
    )
    return written.WrittenScript(**{**given, "sections": sections})


class ImportScriptSerializer(StrictSerializer):
    """A file, and what is to hold whatever stands in it."""

    file = serializers.FileField(allow_empty_file=True, help_text="Ends in .csv, .yaml or .yml.")
    code = serializers.CharField(max_length=LENGTH["code"], default="", allow_blank=True)
    version = serializers.CharField(max_length=4, default="", allow_blank=True)
    title = _optional("title")
    language = _optional("language")


class PromptSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    key = serializers.CharField()
    text = serializers.CharField()
    transcript = serializers.CharField()
    language = serializers.CharField(help_text="Empty: that of the script.")
    phonemes = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="Such as `zh:ang4` or `en:K`; null where the transcript cannot be read.",
    )
    target_esc = serializers.CharField()
    target_eis = serializers.IntegerField(allow_null=True)
    hint = serializers.CharField()
    scenario = serializers.CharField()


class SectionSerializer(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=SectionKind.choices)
    order = serializers.ChoiceField(choices=SectionOrder.choices)
    prompts = PromptSerializer(many=True)


class ScriptSummarySerializer(serializers.ModelSerializer):
    created_by = serializers.SerializerMethodField()
    n_prompts = serializers.IntegerField(read_only=True)

    class Meta:
        model = Script
        fields = [
            "name",
            "code",
            "version",
            "title",
            "language",
            "is_builtin",
            "n_prompts",
            "created_by",
            "created_at",
        ]

    def get_created_by(self, script: Script) -> str | None:
        return script.created_by.username if script.created_by else None


class ScriptSerializer(ScriptSummarySerializer):
    sections = SectionSerializer(many=True)

    class Meta(ScriptSummarySerializer.Meta):
        fields = [*ScriptSummarySerializer.Meta.fields, "sections"]


class SameScriptSerializer(ScriptSerializer):
    """The version that says the same already."""

    detail = serializers.CharField(help_text="Nothing changed, and which version it is.")

    class Meta(ScriptSerializer.Meta):
        fields = [*ScriptSerializer.Meta.fields, "detail"]


STORED = {201: ScriptSerializer, 200: SameScriptSerializer}


def in_full(script: Script) -> dict[str, Any]:
    """A script with its sections and prompts, as REST answers it."""
    found = summarised().prefetch_related("sections__prompts").get(pk=script.pk)
    return dict(ScriptSerializer(found).data)


def _stored(script: Script, is_new: bool) -> Response:
    """201 for a new version; 200 with a word on it where that was said already."""
    if is_new:
        return Response(in_full(script), status=201)
    detail = say(
        "Nothing changed: this is version {version} of {code}.",
        version=script.version,
        code=script.code,
    )
    return Response({**in_full(script), "detail": worded(detail)})


def summarised() -> QuerySet[Script]:
    return Script.objects.select_related("created_by").annotate(n_prompts=Count("prompts"))


class ScriptFilters(django_filters.FilterSet):
    code = django_filters.CharFilter()
    language = django_filters.CharFilter()


class ScriptListView(ListAPIView):
    serializer_class = ScriptSummarySerializer
    filterset_class = ScriptFilters

    def get_queryset(self) -> QuerySet[Script]:
        return summarised()

    @extend_schema(summary="Scripts, each version by itself")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=ScriptRequestSerializer,
        responses=STORED,
        summary="Make a script, or a new version of one",
    )
    def post(self, request: Request) -> Response:
        asked = read(ScriptRequestSerializer, request.data)
        return _stored(*create_script(_as_written(asked), by=request.user))


class ScriptImportView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": ImportScriptSerializer},
        responses=STORED,
        summary="Make a script, or a new version of one, from CSV or YAML",
    )
    def post(self, request: Request) -> Response:
        given = read(ImportScriptSerializer, request.data)
        file = given.pop("file")
        return _stored(*import_script(file.name, file.read(), given=given, by=request.user))


class ScriptDetailView(APIView):
    @extend_schema(
        responses=ScriptSerializer,
        summary="A script in full: `code` is its newest version, `code@2` that version",
    )
    def get(self, request: Request, name: str) -> Response:
        refuse_unknown(request, set())
        return Response(in_full(find_script(name)))


class ScriptFileView(APIView):
    content_negotiation_class = AnyType

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, enum=list(KINDS), default=CSV)],
        responses={(200, kind): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()},
        summary="A script as a file that can be imported again",
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        refuse_unknown(request, {"kind"})
        return as_attachment(find_script(name), request.query_params.get("kind", CSV))


def as_attachment(script: Script, kind: str) -> HttpResponse:
    answer = HttpResponse(export_script(script, kind), content_type=CONTENT_TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{file_name(script, kind)}"'
    return answer


class UnreadSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Of the first prompt that says it.")
    transcript = serializers.CharField()
    unknown = serializers.ListField(child=serializers.CharField())
    reason = SentenceField()


class SoundReportSerializer(serializers.Serializer):
    """Counts over the distinct transcripts outside training."""

    script = serializers.CharField()
    language = serializers.CharField()
    n_transcripts = serializers.IntegerField()
    least = serializers.IntegerField(help_text="What occurs less often is rare.")
    balanced = serializers.BooleanField()
    groups = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        allow_null=True,
        help_text="initials, finals and tones (zh) or phones (en); null in other languages.",
    )
    rare = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    other = serializers.DictField(child=serializers.IntegerField())
    unread = UnreadSerializer(many=True)


def report_as_data(script: Script, report: SoundReport) -> dict[str, Any]:
    sounds = report.sounds
    return {
        "script": script.name,
        "language": script.language,
        "n_transcripts": report.n_transcripts,
        "least": report.least,
        "balanced": report.balanced,
        "groups": sounds.groups if sounds else None,
        "rare": report.rare,
        "other": sounds.other if sounds else {},
        "unread": report.unread,
    }


class ScriptSoundsView(APIView):
    @extend_schema(
        responses=SoundReportSerializer,
        summary="How often each sound occurs over the distinct sentences of a script",
    )
    def get(self, request: Request, name: str) -> Response:
        refuse_unknown(request, set())
        script = find_script(name)
        return Response(SoundReportSerializer(report_as_data(script, sounds_of(script))).data)
