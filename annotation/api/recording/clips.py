"""Chosen takes become clips."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.services.recording import clips
from annotation.services.recording.visitors import find_session
from speecheq.answers import accepted
from speecheq.serializers import AcceptedSerializer, StrictSerializer


class NothingSerializer(StrictSerializer):
    """No field is asked for."""


class SessionClipsView(APIView):
    @extend_schema(
        request=None,
        responses={202: AcceptedSerializer},
        summary="Make clips of the chosen takes; asking again adds only new ones",
    )
    def post(self, request: Request, public_id: str) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        session = find_session(public_id, user=request.user)
        return accepted(clips.request_clips(session, by=request.user))
