"""Large files in pieces, as tus 1.0.0 says: creation, checksum, expiration, termination."""

from __future__ import annotations

import re
from typing import Any

from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.recording.digests import sha256_of_base64
from annotation.models import Upload
from annotation.services.recording import uploads
from annotation.services.recording.metadata import read_metadata
from annotation.services.recording.upload_room import max_bytes
from speecheq.bodies import announced_length, blocks
from speecheq.error_words import worded
from speecheq.errors import DomainError, Malformed
from speecheq.filters import refuse_unknown
from speecheq.negotiation import AnyType
from speecheq.sentences import say

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
ALGORITHMS = ("sha256", "sha-256")
PIECE = "application/offset+octet-stream"
HEX_SHA256 = re.compile(r"^[0-9a-f]{64}\Z")


class TusVersion(DomainError):
    status, code = 412, "tus_version"


class UploadSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = Upload
        fields = ["id", "name", "length", "offset", "sha256", "state", "created_at", "expires_at"]


def _header(name: str, kind: Any = str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, kind, location=OpenApiParameter.HEADER, required=required)


RESUMABLE = _header("Tus-Resumable", required=True)


class TusView(APIView):
    content_negotiation_class = AnyType

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        spoken = request.headers.get("Tus-Resumable")
        if request.method not in ("OPTIONS", "GET") and spoken != VERSION:
            what = say("the header is missing")
            if spoken is not None:
                what = say("{spoken!r} is not spoken here", spoken=spoken)
            raise TusVersion(
                say("Send Tus-Resumable: {version}; {what}.", version=VERSION, what=what)
            )
        refuse_unknown(request, set())

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Every answer names the version, errors too."""
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Tus-Resumable"] = VERSION
        answer.headers["Cache-Control"] = "no-store"
        if answer.status_code == TusVersion.status:
            answer.headers["Tus-Version"] = VERSION
        return answer

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What this server can do."""
        told = {
            "Tus-Version": VERSION,
            "Tus-Max-Size": str(max_bytes(request.user)),
            "Tus-Extension": EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
        return Response(status=204, headers=told)


def _state(upload: Upload) -> dict[str, str]:
    expires = http_date(upload.expires_at.timestamp())
    return {"Upload-Offset": str(upload.offset), "Upload-Expires": expires}


class UploadListView(TusView):
    @extend_schema(
        request=None,
        parameters=[
            RESUMABLE,
            _header("Upload-Length", int, required=True),
            _header("Upload-Metadata"),
        ],
        responses={201: UploadSerializer},
        summary="Begin an upload; Location says where its pieces go (tus 1.0.0)",
    )
    def post(self, request: Request) -> Response:
        told = read_metadata(request.headers.get("Upload-Metadata", ""))
        upload = uploads.create_upload(
            by=request.user,
            length=_number(request, "Upload-Length"),
            name=told.get("filename", told.get("name", ""))[:255],
            sha256=_announced(told.get("sha256", "")),
            metadata={name: text for name, text in told.items() if name != uploads.USED_FOR},
        )
        location = reverse("api:upload-detail", kwargs={"public_id": upload.public_id})
        headers = {"Location": location, **_state(upload)}
        return Response(UploadSerializer(upload).data, status=201, headers=headers)


class UploadDetailView(TusView):
    @extend_schema(responses=UploadSerializer, summary="How far an upload is; HEAD as tus asks")
    def get(self, request: Request, public_id: str) -> Response:
        upload = uploads.find_upload(public_id, user=request.user)
        return Response(UploadSerializer(upload).data, headers=_state(upload))

    @extend_schema(exclude=True)
    def head(self, request: Request, public_id: str) -> Response:
        upload = uploads.find_upload(public_id, user=request.user)
        return Response(headers={**_state(upload), "Upload-Length": str(upload.length)})

    @extend_schema(
        request={PIECE: OpenApiTypes.BINARY},
        parameters=[
            RESUMABLE,
            _header("Upload-Offset", int, required=True),
            _header("Upload-Checksum"),
        ],
        responses={204: None},
        summary="Add a piece of at most 64 MiB where the last one ended",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        upload = uploads.find_upload(public_id, user=request.user)
        media_type = str(request.content_type or "").partition(";")[0].strip().lower()
        if media_type != PIECE:
            raise UnsupportedMediaType(media_type or worded(say("none at all")))
        piece = uploads.Piece(
            offset=_number(request, "Upload-Offset"),
            length=announced_length(request._request),
            sha256=_checksum(request.headers.get("Upload-Checksum")),
        )
        with uploads.gone_without_consent(upload, by=request.user):
            upload = uploads.add_piece(upload, piece, blocks(request._request, piece.length))
        return Response(status=204, headers=_state(upload))

    @extend_schema(parameters=[RESUMABLE], responses={204: None}, summary="Forget an upload")
    def delete(self, request: Request, public_id: str) -> Response:
        uploads.end_upload(uploads.find_upload(public_id, user=request.user), by=request.user)
        return Response(status=204)


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Malformed(say("{name} {text!r} is not a number of bytes.", name=name, text=text[:40]))
    return int(text)


def _announced(text: str) -> str:
    """The `sha256` of the metadata, hex."""
    if text and not HEX_SHA256.match(text):
        raise Malformed(
            say("Upload-Metadata: sha256 {text!r} is not 64 hex digits.", text=text[:80])
        )
    return text


def _checksum(header: str | None) -> str | None:
    """Hex of `Upload-Checksum: sha256 <base64>`; None without one."""
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    if algorithm.lower() not in ALGORITHMS:
        known = " or ".join(ALGORITHMS)
        raise Malformed(
            say(
                "Upload-Checksum: {algorithm!r} is not known here, only {known}.",
                algorithm=algorithm[:40],
                known=known,
            )
        )
    return sha256_of_base64(value.strip(), "Upload-Checksum")
