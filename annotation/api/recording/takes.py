"""Takes: sent, listed, heard, chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.recording.digests import announced_sha256
from annotation.api.recording.session_fields import PromptOrRoomToneSerializer
from annotation.models import Prompt, Session, Take, Upload
from annotation.models.take import TakeKind, TakeSource
from annotation.services.recording import incoming, take_files, takes, uploads
from annotation.services.recording.clocks import by_our_clock
from annotation.services.recording.errors import UnknownPrompt
from annotation.services.recording.take_errors import TakeElsewhere, UploadUnknown
from annotation.services.recording.visitors import find_session, look_at_session
from speecheq.bodies import announced_length, blocks
from speecheq.error_words import worded
from speecheq.errors import NotFound, TooLarge
from speecheq.files import serve_file
from speecheq.filters import refuse_unknown
from speecheq.names import download_name
from speecheq.negotiation import AnyType
from speecheq.parsers import StrictJSONParser, UnreadSound
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer, read

WAV = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
JSON = "application/json"
REPORTED_MAX = 20_000


class TakeSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    session = serializers.CharField(source="session.public_id")
    prompt = serializers.SerializerMethodField(help_text="Null: room tone.")
    qc = serializers.JSONField(help_text="Verdict, reasons and figures, as the server measured.")
    reported = serializers.DictField(
        help_text="What was said of it when it was sent: device, figures, what interrupted it."
    )
    clip = serializers.SerializerMethodField(help_text="What was made of it, or null.")

    class Meta:
        model = Take
        fields = [
            "id",
            "session",
            "prompt",
            "kind",
            "version",
            "source",
            "sha256",
            "pcm_sha256",
            "duration_ms",
            "sample_rate_hz",
            "channels",
            "bits",
            "qc",
            "accepted",
            "reported",
            "recorded_at",
            "created_at",
            "clip",
        ]

    def get_prompt(self, take: Take) -> str | None:
        return take.prompt.public_id if take.prompt else None

    def get_clip(self, take: Take) -> str | None:
        return take.clip.public_id if take.clip else None


class PlaceSerializer(PromptOrRoomToneSerializer):
    """What a take is of: a prompt, or room tone."""

    recorded_at = serializers.DateTimeField(
        required=False, help_text="By the clock of who recorded."
    )
    sent_at = serializers.DateTimeField(
        required=False,
        help_text="What the same clock shows now: with it, a wrong clock does not matter.",
    )


class SentUploadSerializer(PlaceSerializer):
    upload = serializers.CharField(max_length=32, help_text="Of `uploads/`, complete.")
    reported = serializers.DictField(
        required=False, help_text="What the recording page measured and what its device said."
    )

    def validate_reported(self, value: dict[str, Any]) -> dict[str, Any]:
        size = len(json.dumps(value))
        if size > REPORTED_MAX:
            raise serializers.ValidationError(
                worded(
                    say(
                        "{size} characters as JSON; {most} are the most.",
                        size=size,
                        most=REPORTED_MAX,
                    )
                ),
                code="max_length",
            )
        return value


class TakeChangeSerializer(StrictSerializer):
    accepted = serializers.BooleanField()


class TakeFilters(django_filters.FilterSet):
    prompt = django_filters.CharFilter(field_name="prompt__public_id")
    kind = django_filters.ChoiceFilter(choices=TakeKind.choices)


@dataclass
class _Sent:
    """A file that arrived, and what was said of it."""

    session: Session
    by: Any
    source: str
    prompt: Prompt | None
    kind: str
    recorded_at: datetime | None
    reported: dict[str, Any] = field(default_factory=dict)

    def store(self, path: Path, sha256: str | None, **more: Any) -> tuple[Take, bool]:
        return takes.store_take(path=path, sha256=sha256, **vars(self), **more)

    def store_upload(self, upload: Upload, path: Path) -> tuple[Take, bool]:
        """The upload is used in the moment in which the take is there: it never counts twice."""

        def used(take: Take, is_new: bool) -> None:
            uploads.note_used(upload, used_for=take.public_id)

        return self.store(path, upload.sha256 or None, counted=upload.length, together=used)


class TakeListView(ListAPIView):
    parser_classes = [StrictJSONParser, UnreadSound]
    queryset = Take.objects.none()  # names the model to the OpenAPI schema
    serializer_class = TakeSerializer
    filterset_class = TakeFilters

    def get_queryset(self) -> QuerySet[Take]:
        session = look_at_session(self.kwargs["public_id"], user=self.request.user)
        return takes.takes_of(session)

    @extend_schema(
        parameters=[
            OpenApiParameter("prompt", str),
            OpenApiParameter("kind", str, enum=TakeKind.values),
            OpenApiParameter("recorded_at", OpenApiTypes.DATETIME),
            OpenApiParameter("sent_at", OpenApiTypes.DATETIME),
            OpenApiParameter(
                "Content-Digest",
                str,
                location=OpenApiParameter.HEADER,
                description="Needed with a WAV body: `sha-256=:<base64 of the hash>:`.",
            ),
        ],
        request={"audio/wav": OpenApiTypes.BINARY, JSON: SentUploadSerializer},
        responses={200: TakeSerializer, 201: TakeSerializer},
        summary="Send a take: a WAV file with its digest, or a finished upload; again is no second",
    )
    def post(self, request: Request, public_id: str) -> Response:
        media_type = str(request.content_type or "").partition(";")[0].strip().lower()
        session = find_session(public_id, user=request.user)
        if media_type in WAV:
            take, new = self._from_body(request, session)
        elif media_type == JSON:
            take, new = self._from_upload(request, session)
        else:
            raise UnsupportedMediaType(media_type or worded(say("none at all")))
        return Response(TakeSerializer(take).data, status=201 if new else 200)

    def _from_body(self, request: Request, session: Session) -> tuple[Take, bool]:
        refuse_unknown(request, {"prompt", "kind", "recorded_at", "sent_at"})
        asked = read(PlaceSerializer, request.query_params.dict())
        sent = self._sent(request, session, asked)
        sha256 = announced_sha256(request.headers.get("Content-Digest"))
        with _body(request) as path:
            return sent.store(path, sha256)

    def _from_upload(self, request: Request, session: Session) -> tuple[Take, bool]:
        refuse_unknown(request, set())
        values = read(SentUploadSerializer, request.data)
        sent = self._sent(request, session, values)
        sent.reported = values.get("reported", {})
        upload = uploads.find_upload(values["upload"], user=request.user)
        if used := uploads.used_for(upload):
            return self._made_before(sent, upload, used), False
        _check_size(upload.length)
        gone = uploads.gone_without_consent(upload, by=request.user)
        with gone, uploads.taken(upload) as path:
            take, new = sent.store_upload(upload, path)
            uploads.remove_used(upload)
        return take, new

    @staticmethod
    def _made_before(sent: _Sent, upload: Upload, public_id: str) -> Take:
        """The take that the upload has become. Raises UploadUnknown where it or its file is gone,
        so that the sender, whose copy is the last one, sends the bytes anew; TakeElsewhere where
        it was sent for another place."""
        with suppress(NotFound):
            take = takes.find_take(public_id, user=sent.by, to_record=True)
            if (take.session, take.prompt) != (sent.session, sent.prompt):
                raise TakeElsewhere(
                    say("The upload is a take of another prompt. Send the file anew.")
                )
            if take_files.has_file(take):
                return take
        raise UploadUnknown(
            say("What {id!r} had become is gone. Send it anew.", id=upload.public_id)
        )

    @staticmethod
    def _sent(request: Request, session: Session, values: dict[str, Any]) -> _Sent:
        by_token = request.auth is not None
        return _Sent(
            session=session,
            by=request.user,
            source=TakeSource.FILE if by_token else TakeSource.RECORDER,
            prompt=_prompt(session, values.get("prompt")),
            kind=values.get("kind", TakeKind.SPEECH),
            recorded_at=by_our_clock(
                values.get("recorded_at"), values.get("sent_at"), now=timezone.now()
            ),
        )


def _prompt(session: Session, public_id: str | None) -> Prompt | None:
    if public_id is None:
        return None
    found = Prompt.objects.filter(public_id=public_id, places__session=session).first()
    if found is None:
        raise UnknownPrompt(say("The prompt {id!r} is none of this session's.", id=public_id))
    return found


@contextmanager
def _body(request: Request) -> Iterator[Path]:
    length = announced_length(request._request)
    _check_size(length)
    with incoming.received(blocks(request._request, length), length) as path:
        yield path


def _check_size(size: int) -> None:
    if size > take_files.MAX_BYTES:
        raise TooLarge(
            say(
                "The take has {size} bytes; {most} are the most. Send what is longer as "
                "a long recording of the session, which is cut into takes.",
                size=size,
                most=take_files.MAX_BYTES,
            )
        )


class TakeDetailView(APIView):
    @extend_schema(responses=TakeSerializer, summary="One take")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(TakeSerializer(takes.find_take(public_id, user=request.user)).data)

    @extend_schema(
        request=TakeChangeSerializer,
        responses=TakeSerializer,
        summary="Choose a take, or take the choice back; one per prompt at most",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        take = takes.find_take(public_id, user=request.user, to_record=True)
        asked = read(TakeChangeSerializer, request.data)
        chosen = takes.choose_take(take, by=request.user, **asked)
        return Response(TakeSerializer(chosen).data)


class TakeAudioView(APIView):
    content_negotiation_class = AnyType

    @extend_schema(
        responses={(200, "audio/wav"): OpenApiTypes.BINARY},
        summary="The take as it came; Range, ETag",
    )
    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        take = takes.find_take(public_id, user=request.user)
        return serve_file(
            request._request,
            take.file.name,
            tag=take.sha256,
            filename=download_name(take.public_id, suffix=".wav"),
        )
