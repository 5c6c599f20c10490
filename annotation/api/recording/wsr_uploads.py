"""What WebSpeechRecorderNg sends: recordings, whole or in pieces.

The client takes any 2xx for stored and sends again, every 30 seconds, after any other answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.recording.takes import WAV as WAV_TYPES
from annotation.api.recording.wsr import SOUND, SoundView, WsrView, whole_number
from annotation.services.recording import incoming, take_files, wsr, wsr_uploads
from annotation.services.recording.visitors import find_session
from annotation.services.recording.wsr_uploads import Recording
from speecheq.bodies import announced_length, blocks
from speecheq.error_words import worded
from speecheq.errors import NotFound, TooLarge, field_error
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer

_WAV_BODY = {"audio/wav": OpenApiTypes.BINARY}
_NOTHING: dict[str, str] = {}
AGENT_MAX = 500


class PrepareSerializer(StrictSerializer):
    uuid = serializers.CharField(max_length=40)
    startedDate = serializers.DateTimeField(required=False)


class ConcatSerializer(StrictSerializer):
    uuid = serializers.CharField(max_length=40)
    chunkCount = serializers.IntegerField(min_value=0, max_value=wsr_uploads.MOST_PIECES)


@contextmanager
def _received(request: Request) -> Iterator[Path]:
    """The WAV body as a file that is gone afterwards."""
    media_type = str(request.content_type or "").partition(";")[0].strip().lower()
    if media_type not in WAV_TYPES:
        raise UnsupportedMediaType(media_type or worded(say("none at all")))
    length = announced_length(request._request)
    if length > take_files.MAX_BYTES:
        raise TooLarge(
            say(
                "The recording has {length} bytes; {most} are the most.",
                length=length,
                most=take_files.MAX_BYTES,
            )
        )
    with incoming.received(blocks(request._request, length), length) as path:
        yield path


def _agent(request: Request) -> str:
    return request.headers.get("User-Agent", "")[:AGENT_MAX]


class ItemView(SoundView):
    @extend_schema(
        operation_id="wsr_item_sound", responses=SOUND, summary="The newest recording of an item"
    )
    def get(self, request: Request, session: str, code: str) -> HttpResponseBase:
        found = find_session(session, user=request.user)
        return self.sound(request, wsr.find_file(found, code=code))

    @extend_schema(
        operation_id="wsr_item_send",
        request=_WAV_BODY,
        responses={200: OpenApiTypes.OBJECT, 201: OpenApiTypes.OBJECT},
        summary="Send a recording of an item; the same again is no second",
    )
    def post(self, request: Request, session: str, code: str) -> Response:
        found = find_session(session, user=request.user)
        wsr.find_item(found, code)  # of the free recorder of this package, which knows no items
        with _received(request) as path:
            take, new = wsr_uploads.store_whole(
                found, code, path, by=request.user, agent=_agent(request)
            )
        return Response(wsr.file_json(take), status=201 if new else 200)


class PieceView(WsrView):
    @extend_schema(
        operation_id="wsr_piece_send",
        request=_WAV_BODY,
        responses=OpenApiTypes.OBJECT,
        summary="Send one piece of a recording; the same number again takes its place",
    )
    def post(self, request: Request, session: str, code: str, uuid: str, number: str) -> Response:
        recording = Recording(find_session(session, user=request.user), uuid)
        n = whole_number(number, "number")
        with _received(request) as path:
            wsr_uploads.keep_piece(recording, n, code, path)
        return Response(_NOTHING)


class PiecesView(WsrView):
    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        operation_id="wsr_pieces_join",
        request={"multipart/form-data": PrepareSerializer},
        responses=OpenApiTypes.OBJECT,
        summary="Before the pieces (prepareChunksRequest) and after them (concatChunksRequest)",
    )
    def post(self, request: Request, session: str, uuid: str, what: str) -> Response:
        found = find_session(session, user=request.user)
        if what == "prepareChunksRequest":
            return self._prepare(request, Recording(found, uuid))
        if what == "concatChunksRequest":
            return self._concat(request, Recording(found, uuid))
        detail = say(
            "No {what!r} here: a piece is sent with the item code before its UUID.", what=what
        )
        raise NotFound(detail)

    def _prepare(self, request: Request, recording: Recording) -> Response:
        told = self._told(PrepareSerializer, request, recording)
        wsr_uploads.begin(recording, started=told.get("startedDate"))
        return Response(_NOTHING)

    def _concat(self, request: Request, recording: Recording) -> Response:
        told = self._told(ConcatSerializer, request, recording)
        count = told["chunkCount"]
        take = wsr_uploads.join_pieces(recording, count, by=request.user, agent=_agent(request))
        return Response(wsr.file_json(take) if take else _NOTHING)

    @staticmethod
    def _told(kind: type[StrictSerializer], request: Request, recording: Recording) -> dict:
        asked = kind(data=request.data)
        asked.is_valid(raise_exception=True)
        told: dict = asked.validated_data
        if told["uuid"] != recording.uuid:
            detail = say(
                "The UUID {uuid!r} is not that of the address, {recording_uuid!r}.",
                uuid=told["uuid"],
                recording_uuid=recording.uuid,
            )
            raise field_error("uuid", "other_uuid", detail)
        return told
