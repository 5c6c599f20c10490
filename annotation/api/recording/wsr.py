"""The contract of WebSpeechRecorderNg: what its client asks for, in its own addresses and shapes.

Addresses have no slash at their end, since the client writes none. See docs/webspeechrecorder.md.
"""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.recording.same_origin import SameOriginSession
from annotation.audio.errors import AudioRefused
from annotation.models import Take
from annotation.recording import wsr as shapes
from annotation.recording.wsr_wav import part, read_wave
from annotation.services.recording import wsr
from annotation.services.recording.takes import find_take
from annotation.services.recording.visitors import find_session
from speecheq.authentication import BearerAuthentication
from speecheq.errors import NotFound, field_error
from speecheq.files import serve_file
from speecheq.negotiation import AnyType
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer

WAV = "audio/wav"
PART_MOST_BYTES = 64 * 1024 * 1024
WHOLE_MAX = 2**40
SOUND = {(200, WAV): OpenApiTypes.BINARY}
_PART = [
    OpenApiParameter("startFrame", int, description="Where a part begins; past the end: 404."),
    OpenApiParameter("frameLength", int, description="How long the part is."),
]


class ProgressSerializer(StrictSerializer):
    """What the client changes of a session: its status, and when it reached it."""

    status = serializers.ChoiceField(shapes.STATUSES, required=False)
    loadedDate = serializers.DateTimeField(required=False)
    startedTrainingDate = serializers.DateTimeField(required=False)
    startedDate = serializers.DateTimeField(required=False)
    completedDate = serializers.DateTimeField(required=False)
    restartedDate = serializers.DateTimeField(required=False)


class SelectionSerializer(StrictSerializer):
    """A part of a recording, by frames at a rate; null where nothing is marked."""

    editSampleRate = serializers.IntegerField(min_value=1, max_value=768_000, allow_null=True)
    editStartFrame = serializers.IntegerField(min_value=0, max_value=2**40, allow_null=True)
    editEndFrame = serializers.IntegerField(min_value=0, max_value=2**40, allow_null=True)


class WsrView(APIView):
    authentication_classes = [BearerAuthentication, SameOriginSession]


class ProjectView(WsrView):
    @extend_schema(
        responses=OpenApiTypes.OBJECT, summary="A corpus as a project of WebSpeechRecorderNg"
    )
    def get(self, request: Request, project: str) -> Response:
        return Response(shapes.project(wsr.find_project(project, user=request.user).slug))


class SessionView(WsrView):
    @extend_schema(responses=OpenApiTypes.OBJECT, summary="A session for WebSpeechRecorderNg")
    def get(self, request: Request, session: str) -> Response:
        return Response(wsr.session_json(find_session(session, user=request.user)))


class ProjectSessionView(WsrView):
    @extend_schema(
        request=ProgressSerializer,
        responses=OpenApiTypes.OBJECT,
        summary="WebSpeechRecorderNg tells how far a session is; kept in its audit trail",
    )
    def patch(self, request: Request, project: str, session: str) -> Response:
        found = wsr.find_in_project(project, session, user=request.user)
        asked = ProgressSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        told = {name: str(_plain(value)) for name, value in asked.validated_data.items()}
        return Response(wsr.session_json(wsr.note_progress(found, told, by=request.user)))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


class ScriptView(WsrView):
    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        summary="A script for WebSpeechRecorderNg, in the order of the session its id names",
    )
    def get(self, request: Request, script: str) -> Response:
        return Response(wsr.script_json(script, user=request.user))


class RecordingListView(WsrView):
    @extend_schema(
        responses=OpenApiTypes.OBJECT, summary="The takes of a session for WebSpeechRecorderNg"
    )
    def get(self, request: Request, project: str, session: str) -> Response:
        found = wsr.find_in_project(project, session, user=request.user)
        return Response(wsr.recording_files(found))


class SoundView(WsrView):
    content_negotiation_class = AnyType

    def sound(self, request: Request, take: Take) -> HttpResponseBase:
        """The file, or the part of it that `startFrame` and `frameLength` name."""
        asked = request.query_params
        if "startFrame" in asked or "frameLength" in asked:
            start = whole_number(asked.get("startFrame", "0"), "startFrame")
            return _part(take, start, whole_number(asked.get("frameLength", ""), "frameLength"))
        name = f"{take.public_id}.wav"
        return serve_file(request._request, take.file.name, tag=take.sha256, filename=name)


def whole_number(text: str, field: str) -> int:
    """A number that the address names, from 0."""
    try:
        return int(serializers.IntegerField(min_value=0, max_value=WHOLE_MAX).run_validation(text))
    except serializers.ValidationError as error:
        raise serializers.ValidationError({field: error.detail}) from None


def _part(take: Take, start: int, frames: int) -> HttpResponse:
    try:
        with default_storage.open(take.file.name) as file:
            wave = read_wave(file)
            n = min(frames, wave.frames) * wave.format.frame_bytes
            if n > PART_MOST_BYTES:
                detail = say(
                    "A part has {most} bytes at most; {frames} frames have {n}.",
                    most=PART_MOST_BYTES,
                    frames=frames,
                    n=n,
                )
                raise field_error("frameLength", "out_of_range", detail)
            sound = part(file, wave, start_frame=start, frames=frames)
    except (FileNotFoundError, AudioRefused):
        raise NotFound(say("The file is not here any more."), code="file_gone") from None
    if sound is None:  # by this the client knows where a recording ends
        raise NotFound(
            say(
                "The recording has {frames} frames: none from {start} on.",
                frames=wave.frames,
                start=start,
            )
        )
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(sound, content_type=WAV, headers=headers)


class ItemSoundView(SoundView):
    @extend_schema(
        operation_id="wsr_recfile_sound",
        responses=SOUND,
        parameters=_PART,
        summary="One version of a recording, counted from 0, or a part of it",
    )
    def get(
        self, request: Request, project: str, session: str, code: str, version: str
    ) -> HttpResponseBase:
        found = wsr.find_in_project(project, session, user=request.user)
        take = wsr.find_file(found, code=code, version=whole_number(version, "version"))
        return self.sound(request, take)


class FileSoundView(SoundView):
    @extend_schema(
        responses=SOUND, parameters=_PART, summary="A recording by its id or the client's UUID"
    )
    def get(self, request: Request, project: str, session: str, file: str) -> HttpResponseBase:
        found = wsr.find_in_project(project, session, user=request.user)
        return self.sound(request, wsr.find_file_by_id(found, file))


class FileView(SoundView):
    @extend_schema(
        responses={200: OpenApiTypes.OBJECT, **SOUND},
        parameters=_PART,
        summary="A recording: the sound if audio is asked for, else what it is",
    )
    def get(self, request: Request, file: str) -> HttpResponseBase:
        take = self.find(request, file)
        wants_sound = request.headers.get("Accept", "").startswith("audio/")
        if wants_sound or "startFrame" in request.query_params:
            return self.sound(request, take)
        return Response(wsr.file_json(take))

    @extend_schema(
        request=SelectionSerializer,
        responses=OpenApiTypes.OBJECT,
        summary="Mark the part of a recording that counts; kept in the audit trail",
    )
    def patch(self, request: Request, file: str) -> Response:
        take = self.find(request, file)
        asked = SelectionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wsr.select_part(take, dict(asked.validated_data), by=request.user)
        return Response(wsr.file_json(take))

    def find(self, request: Request, file: str) -> Take:
        return find_take(file, user=request.user, to_record=True)
