"""Long recordings over REST: a file of hours, its regions, and the takes that are cut from it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.recording.clips import NothingSerializer
from annotation.models import LongRecording, Region
from annotation.recording.silence import OutOfRange, Search
from annotation.services.recording import long_files, long_regions
from annotation.services.recording.long_errors import RegionsChanged
from annotation.services.recording.visitors import find_session
from speecheq.answers import accepted
from speecheq.error_words import worded
from speecheq.errors import Malformed, answer_to, field_error
from speecheq.filters import refuse_unknown
from speecheq.negotiation import AnyType
from speecheq.sentences import say
from speecheq.serializers import AcceptedSerializer, StrictSerializer, ToldField

BINS = (10, 8000)
FURTHEST = 2**40  # frames or ms: beyond any file, within what a float can hold


class LongRequestSerializer(StrictSerializer):
    """One of `upload`, `path` and `recording`."""

    upload = serializers.CharField(max_length=32, required=False, help_text="A finished upload.")
    path = serializers.CharField(
        max_length=1000, required=False, help_text="A file below the import root."
    )
    recording = serializers.CharField(
        max_length=32, required=False, help_text="A long recording whose file it is too."
    )
    channel = serializers.IntegerField(min_value=0, max_value=7, default=0)


class RegionSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    start_frame = serializers.IntegerField()
    end_frame = serializers.IntegerField()
    start_ms = serializers.SerializerMethodField()
    end_ms = serializers.SerializerMethodField()
    prompt = serializers.CharField(source="prompt.public_id", allow_null=True, default=None)
    confidence = serializers.SerializerMethodField(
        help_text="Of the proposed prompt, 0 to 1; null once a person changed the region."
    )
    take = serializers.CharField(source="take.public_id", allow_null=True, default=None)
    verdict = serializers.CharField(source="take.verdict", allow_null=True, default=None)
    is_cut = serializers.SerializerMethodField(help_text="Its take is what it is now.")

    def get_start_ms(self, region: Region) -> int:
        return self._ms(region.start_frame)

    def get_end_ms(self, region: Region) -> int:
        return self._ms(region.end_frame)

    def _ms(self, frame: int) -> int:
        rate = self.context["recording"].sample_rate_hz or 1
        return round(frame * 1000 / rate)

    def get_confidence(self, region: Region) -> float | None:
        return long_regions.confidence_of(self.context["recording"], region)

    def get_is_cut(self, region: Region) -> bool:
        return long_regions.is_cut(region)


class LongSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    session = serializers.CharField(source="session.public_id")
    name = serializers.CharField(source="original_name")
    state = serializers.CharField()
    problem = ToldField(allow_null=True)
    sha256 = serializers.SerializerMethodField(help_text="Of the file; empty until it was read.")
    bytes = serializers.IntegerField(source="file_bytes")
    channel = serializers.IntegerField()
    channels = serializers.IntegerField(allow_null=True)
    sample_rate_hz = serializers.IntegerField(allow_null=True)
    bits = serializers.IntegerField(allow_null=True)
    frames = serializers.IntegerField(allow_null=True)
    search = serializers.SerializerMethodField(help_text="How silence was searched for.")
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    def get_sha256(self, recording: LongRecording) -> str:
        return recording.sha256 if recording.file else ""

    def get_search(self, recording: LongRecording) -> dict[str, Any]:
        return {k: v for k, v in recording.search.items() if k != "confidence"}


class LongFullSerializer(LongSerializer):
    regions = RegionSerializer(many=True)


def as_json(recording: LongRecording) -> dict[str, Any]:
    """A long recording with its regions."""
    regions = long_regions.regions_of(recording)
    told = RegionSerializer(regions, many=True, context={"recording": recording}).data
    return {**LongSerializer(recording).data, "regions": told}


class LongListView(APIView):
    @extend_schema(responses=LongSerializer(many=True), summary="Long recordings of a session")
    def get(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        rows = long_files.long_recordings_of(session)
        return Response(LongSerializer(rows, many=True).data)

    @extend_schema(
        request=LongRequestSerializer,
        responses={202: AcceptedSerializer},
        summary="Make a channel of a file a long recording of a session",
    )
    def post(self, request: Request, public_id: str) -> Response:
        asked = LongRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made, job = long_files.request_long(public_id, by=request.user, **asked.validated_data)
        return accepted(job, id=made.public_id)


class LongDetailView(APIView):
    @extend_schema(responses=LongFullSerializer, summary="A long recording and its regions")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(as_json(long_files.find_long(public_id, user=request.user)))


class RegionRowSerializer(StrictSerializer):
    """Frames, or milliseconds."""

    id = serializers.CharField(max_length=32, required=False)
    start_frame = serializers.IntegerField(min_value=0, max_value=FURTHEST, required=False)
    end_frame = serializers.IntegerField(min_value=0, max_value=FURTHEST, required=False)
    start_ms = serializers.IntegerField(min_value=0, max_value=FURTHEST, required=False)
    end_ms = serializers.IntegerField(min_value=0, max_value=FURTHEST, required=False)
    prompt = serializers.CharField(max_length=32, allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for edge in ("start", "end"):
            if (f"{edge}_frame" in attrs) == (f"{edge}_ms" in attrs):
                detail = say("Give {edge}_frame or {edge}_ms: one of them.", edge=edge)
                raise serializers.ValidationError({f"{edge}_frame": worded(detail)})
        return attrs


class RegionsRequestSerializer(StrictSerializer):
    revision = serializers.IntegerField(min_value=0)
    regions = RegionRowSerializer(many=True)


class LongRegionsView(APIView):
    @extend_schema(
        request=RegionsRequestSerializer,
        responses={200: LongFullSerializer, 409: LongFullSerializer},
        summary="Replace the regions; 409 with the newer state when somebody else did",
    )
    def put(self, request: Request, public_id: str) -> Response:
        recording = long_files.find_long(public_id, user=request.user)
        asked = RegionsRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        rows, revision = given["regions"], given["revision"]
        try:
            long_regions.save_regions(recording, rows, revision=revision, by=request.user)
        except RegionsChanged as error:
            now = as_json(long_files.find_long(public_id, user=request.user))
            return Response(
                {**answer_to(error), "recording": now},
                status=error.status,
                content_type="application/problem+json",
            )
        return Response(as_json(recording))


class PeaksSerializer(serializers.Serializer):
    start = serializers.IntegerField(help_text="Frame at which the first stretch begins.")
    bin_frames = serializers.IntegerField(help_text="Frames of a stretch.")
    min = serializers.ListField(child=serializers.IntegerField(), help_text="-32768 to 32767.")
    max = serializers.ListField(child=serializers.IntegerField())


class LongPeaksView(APIView):
    @extend_schema(
        responses=PeaksSerializer,
        parameters=[
            OpenApiParameter("start", int, description="First frame; 0 unless given."),
            OpenApiParameter("end", int, description="Frame after the last; all unless given."),
            OpenApiParameter("bins", int, description="Stretches wanted at most, 10 to 8000."),
        ],
        summary="The waveform of a stretch",
    )
    def get(self, request: Request, public_id: str) -> Response:
        refuse_unknown(request, {"start", "end", "bins"})
        recording = long_files.find_long(public_id, user=request.user)
        start, end = span_of(request, recording)
        bins = whole(request, "bins", 2000)
        if not BINS[0] <= bins <= BINS[1]:
            detail = say(
                "{bins} bins are outside {least} to {most}.",
                bins=bins,
                least=BINS[0],
                most=BINS[1],
            )
            raise field_error("bins", "out_of_range", detail)
        found = long_files.peaks_of(recording, start=start, end=end, bins=bins)
        answer = Response(found.as_json())
        answer.headers["Cache-Control"] = "private, max-age=60"
        return answer


def span_of(request: Request, recording: LongRecording) -> tuple[int, int]:
    """Frames [start, end) of a query."""
    long_files.require_ready(recording)
    return whole(request, "start", 0), whole(request, "end", recording.frames or 0)


def whole(request: Request, name: str, default: int) -> int:
    """A whole number of a query. Raises Malformed."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Malformed(
            say("{name} is {text!r}; a whole number is expected.", name=name, text=text[:40])
        )
    return int(text)


class LongAudioView(APIView):
    content_negotiation_class = AnyType

    @extend_schema(
        responses={(200, "audio/wav"): OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("start", int, description="First frame; 0 unless given."),
            OpenApiParameter("end", int, description="Frame after the last; 600 s at most."),
        ],
        summary="A stretch of its channel as WAV, sample for sample",
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        refuse_unknown(request, {"start", "end"})
        recording = long_files.find_long(public_id, user=request.user)
        start, end = span_of(request, recording)
        sound = long_files.stretch_of(recording, start=start, end=end)
        headers = {
            "Content-Disposition": f'attachment; filename="{recording.public_id}.wav"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(sound, content_type="audio/wav", headers=headers)


class SearchRequestSerializer(StrictSerializer):
    min_silence_ms = serializers.IntegerField(default=Search.min_silence_ms)
    threshold_dbfs = serializers.FloatField(
        allow_null=True, default=None, help_text="Null: above the noise floor."
    )
    above_noise_db = serializers.FloatField(default=Search.above_noise_db)
    keep_ms = serializers.IntegerField(default=Search.keep_ms)
    min_speech_ms = serializers.IntegerField(default=Search.min_speech_ms)
    preview = serializers.BooleanField(default=False, help_text="Count only; change nothing.")
    revision = serializers.IntegerField(
        min_value=0, required=False, help_text="Needed to replace regions."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["preview"] and "revision" not in attrs:
            detail = say("Name the revision whose regions are to be replaced.")
            raise serializers.ValidationError({"revision": worded(detail)})
        return attrs


def request_search(recording: LongRecording, given: dict[str, Any], *, by: Any) -> Any:
    """The job of a search as a request or a form describes it. Raises DomainError."""
    preview, revision = given.pop("preview"), given.pop("revision", None)
    try:
        search = Search(**given)
    except OutOfRange as error:
        raise field_error(error.field, "out_of_range", error.detail) from None
    return long_files.request_search(recording, search, preview=preview, revision=revision, by=by)


class LongSearchView(APIView):
    @extend_schema(
        request=SearchRequestSerializer,
        responses={202: AcceptedSerializer},
        summary="Search for silence again, to count regions or to replace them",
    )
    def post(self, request: Request, public_id: str) -> Response:
        recording = long_files.find_long(public_id, user=request.user)
        asked = SearchRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return accepted(request_search(recording, dict(asked.validated_data), by=request.user))


class LongCutView(APIView):
    @extend_schema(
        request=None,
        responses={202: AcceptedSerializer},
        summary="Make takes of the regions that have a prompt; again adds changed ones only",
    )
    def post(self, request: Request, public_id: str) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        recording = long_files.find_long(public_id, user=request.user)
        return accepted(long_files.request_cut(recording, by=request.user))
