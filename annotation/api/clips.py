"""Clips and their sound.

Blindness: who only labels in a corpus learns nothing of a clip that hints at an answer. Native and
intended labels, keys (which often spell the label) and file names are for the other roles, and so
are filters over them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.crypto import salted_hmac
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.corpora import STAFF, LanguageField
from annotation.labelspaces.presets import ESC_NAMES, LEVELS
from annotation.labelspaces.rules import LabelError, check_label
from annotation.models import Clip, Corpus
from annotation.services import corpora, spectrograms
from speecheq.errors import NotFound, field_error
from speecheq.files import serve_file
from speecheq.filters import WholeNumberFilter, YesNoFilter
from speecheq.negotiation import AnyType
from speecheq.pagination import CursorPages
from speecheq.sentences import say, word
from speecheq.serializers import StrictSerializer

HIDDEN = (
    "key",
    "native_emotion",
    "native_intensity",
    "intended_esc",
    "intended_eis",
    "sha256",
    "created_at",  # clips are imported in the order of their keys
)
"""Fields that annotators do not see."""

FILES = {
    "audio": ("audio16k", ".flac"),
    "peaks": ("peaks", ".json"),
    "spectrogram": ("spectrogram", ".png"),
}


def staff_corpora(user: Any) -> set[int]:
    """Corpora where `user` does more than label."""
    return set(Corpus.objects.where_role(user, *STAFF).values_list("pk", flat=True))


class ClipSerializer(serializers.ModelSerializer):
    """A clip; `staff_corpora` in the context says where nothing is hidden."""

    id = serializers.CharField(source="public_id")
    corpus = serializers.CharField(source="corpus.slug")
    speaker = serializers.CharField(source="speaker.public_id")
    audio_url = serializers.SerializerMethodField()
    peaks_url = serializers.SerializerMethodField()
    spectrogram_url = serializers.SerializerMethodField()

    class Meta:
        model = Clip
        fields = [
            "id",
            "corpus",
            "key",
            "speaker",
            "label_only",
            "duration_ms",
            "sample_rate_hz",
            "channels",
            "level_dbfs",
            "peak_dbfs",
            "sha256",
            "language",
            "transcript",
            "native_emotion",
            "native_intensity",
            "intended_esc",
            "intended_eis",
            "audio_url",
            "peaks_url",
            "spectrogram_url",
            "created_at",
        ]
        # Not promised in the schema, since annotators do not see them.
        extra_kwargs: ClassVar = {
            name: {"required": False, "read_only": False} for name in ("key", "created_at")
        }

    def get_audio_url(self, clip: Clip) -> str | None:
        return self._url(clip, "audio")

    def get_peaks_url(self, clip: Clip) -> str | None:
        return self._url(clip, "peaks")

    def get_spectrogram_url(self, clip: Clip) -> str | None:
        return self._url(clip, "spectrogram")

    def to_representation(self, clip: Clip) -> dict[str, Any]:
        shown = super().to_representation(clip)
        if clip.corpus_id not in self.context["staff_corpora"]:
            for name in HIDDEN:
                del shown[name]
        return shown

    @staticmethod
    def _url(clip: Clip, what: str) -> str | None:
        if clip.label_only:
            return None
        return reverse(f"api:clip-{what}", kwargs={"public_id": clip.public_id})


class ClipFilters(django_filters.FilterSet):
    corpus = django_filters.CharFilter(field_name="corpus__slug")
    speaker = django_filters.CharFilter(field_name="speaker__public_id")
    key = django_filters.CharFilter()
    language = django_filters.CharFilter()
    label_only = YesNoFilter()
    min_duration_ms = WholeNumberFilter(field_name="duration_ms", lookup_expr="gte")
    max_duration_ms = WholeNumberFilter(field_name="duration_ms", lookup_expr="lte")
    native_emotion = django_filters.CharFilter()
    native_intensity = django_filters.CharFilter()
    intended_esc = django_filters.ChoiceFilter(choices=[(code, code) for code in ESC_NAMES])
    intended_eis = WholeNumberFilter()

    def filter_queryset(self, queryset: Any) -> Any:
        """A filter over a hidden field would tell what the field hides."""
        found = super().filter_queryset(queryset)
        if any(self.form.cleaned_data.get(name) not in (None, "") for name in HIDDEN):
            found = found.filter(corpus__in=staff_corpora(self.request.user))
        return found


class InNoOrder(CursorPages):
    """By public id, a hash: database ids follow the order of keys, which often tell the label."""

    ordering = "public_id"


class ClipListView(ListAPIView):
    queryset = Clip.objects.none()  # names the model to the OpenAPI schema
    serializer_class = ClipSerializer
    filterset_class = ClipFilters
    pagination_class = InNoOrder

    def get_queryset(self) -> QuerySet[Clip]:
        return Clip.objects.audible_to(self.request.user).select_related("corpus", "speaker")

    def get_serializer_context(self) -> dict[str, Any]:
        return {
            **super().get_serializer_context(),
            "staff_corpora": staff_corpora(self.request.user),
        }


class ClipChangeSerializer(StrictSerializer):
    language = LanguageField(allow_blank=True, required=False)
    transcript = serializers.CharField(max_length=10_000, allow_blank=True, required=False)
    native_emotion = serializers.CharField(max_length=100, allow_blank=True, required=False)
    native_intensity = serializers.CharField(max_length=100, allow_blank=True, required=False)
    intended_esc = serializers.ChoiceField(list(ESC_NAMES), allow_blank=True, required=False)
    intended_eis = serializers.IntegerField(
        min_value=0, max_value=3, allow_null=True, required=False
    )


class ClipDetailView(APIView):
    @extend_schema(responses=ClipSerializer, summary="One clip")
    def get(self, request: Request, public_id: str) -> Response:
        return self._answer(request, find_clip(public_id, request.user))

    @extend_schema(
        request=ClipChangeSerializer,
        responses=ClipSerializer,
        summary="Correct a clip; the audit log keeps the earlier values",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        clip = find_clip(public_id, request.user)
        asked = ClipChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        _check_intended(clip, asked.validated_data)
        changed = corpora.change_clip(clip, by=request.user, **asked.validated_data)
        return self._answer(request, changed)

    @staticmethod
    def _answer(request: Request, clip: Clip) -> Response:
        context = {"staff_corpora": staff_corpora(request.user)}
        return Response(ClipSerializer(clip, context=context).data)


def _check_intended(clip: Clip, changes: dict[str, Any]) -> None:
    """The intended label as it would stand: NEU goes with 0, and no level without a category."""
    esc = changes.get("intended_esc", clip.intended_esc)
    eis = changes.get("intended_eis", clip.intended_eis)
    if not esc and eis is None:
        return
    try:
        check_label(esc, eis, ESC_NAMES, [level["value"] for level in LEVELS])
    except LabelError as error:
        raise field_error(f"intended_{error.field}", error.code, error.detail) from None


def find_clip(public_id: str, user: Any) -> Clip:
    """A clip that `user` may hear. Raises NotFound."""
    found = Clip.objects.audible_to(user).select_related("corpus", "speaker")
    clip = found.filter(public_id=public_id).first()
    if clip is None:
        raise NotFound(say("No clip {id!r}.", id=public_id))
    return clip


def entity_tag(clip: Clip) -> str:
    """Changes with the sound; keyed, since its plain hash could be looked up in the corpus."""
    return salted_hmac("annotation.clip", clip.sha256, algorithm="sha256").hexdigest()[:24]


class ClipFileView(APIView):
    content_negotiation_class = AnyType
    what = ""

    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        clip = find_clip(public_id, request.user)
        name, version = self.file(request, clip)
        if not name:
            detail = say(
                "The clip {id!r} has ratings only, no {what}.", id=public_id, what=word(self.what)
            )
            raise NotFound(detail, code="no_audio")
        return serve_file(
            request._request,
            name,
            tag=f"{entity_tag(clip)}-{version}",
            filename=f"{clip.public_id}{FILES[self.what][1]}",
            inline=True,
        )

    def file(self, request: Request, clip: Clip) -> tuple[str, str]:
        """The name in the storage, and what tells this file of a clip from its others."""
        return getattr(clip, FILES[self.what][0]).name, self.what


_BINARY = {(200, "*/*"): OpenApiTypes.BINARY}


@extend_schema_view(get=extend_schema(responses=_BINARY, summary="16 kHz mono FLAC; Range, ETag"))
class ClipAudioView(ClipFileView):
    what = "audio"


@extend_schema_view(
    get=extend_schema(responses=OpenApiTypes.OBJECT, summary="Waveform peaks, JSON; ETag")
)
class ClipPeaksView(ClipFileView):
    what = "peaks"


class SpectrogramSerializer(StrictSerializer):
    scale = serializers.ChoiceField(choices=spectrograms.SCALES, default="mel")


@extend_schema_view(
    get=extend_schema(
        parameters=[SpectrogramSerializer],
        responses=_BINARY,
        summary="Spectrogram over 0 to 8 kHz, PNG; ETag",
    )
)
class ClipSpectrogramView(ClipFileView):
    what = "spectrogram"

    def file(self, request: Request, clip: Clip) -> tuple[str, str]:
        asked = SpectrogramSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        scale = asked.validated_data["scale"]
        return spectrograms.spectrogram_name(clip, scale), f"{scale}-spectrogram"
