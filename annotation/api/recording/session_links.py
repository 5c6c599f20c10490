"""One-time links to a session, what its recorder is doing, and what its device reported."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import SessionLink
from annotation.services.recording import links, live
from annotation.services.recording.visitors import find_session, look_at_session
from speecheq.serializers import StrictSerializer, read


def address_of(request: Any, token: str) -> str:
    """Where the speaker is sent."""
    return str(request.build_absolute_uri(reverse("annotation:session-link-open", args=[token])))


class SessionLinkSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = SessionLink
        fields = ["id", "created_by", "created_at", "expires_at", "opened_at", "revoked_at"]


class NewSessionLinkSerializer(SessionLinkSerializer):
    url = serializers.SerializerMethodField(help_text="Shown this once: only its hash is kept.")

    class Meta(SessionLinkSerializer.Meta):
        fields = [*SessionLinkSerializer.Meta.fields, "url"]

    def get_url(self, link: SessionLink) -> str:
        return str(self.context["url"])


class LinkRequestSerializer(StrictSerializer):
    days = serializers.IntegerField(min_value=1, max_value=links.MAX_DAYS, default=links.DAYS)


class LinksView(APIView):
    @extend_schema(
        responses=SessionLinkSerializer(many=True), summary="Links given out to a session"
    )
    def get(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        rows = session.links.select_related("created_by")
        return Response(SessionLinkSerializer(rows, many=True).data)

    @extend_schema(
        request=LinkRequestSerializer,
        responses={201: NewSessionLinkSerializer},
        summary="Make a one-time link for the speaker; it is shown this once",
    )
    def post(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(LinkRequestSerializer, request.data)
        link, token = links.make_link(session, by=request.user, **asked)
        context = {"url": address_of(request, token)}
        return Response(NewSessionLinkSerializer(link, context=context).data, status=201)


class LinkView(APIView):
    @extend_schema(responses={204: None}, summary="Take a link back, also from who opened it")
    def delete(self, request: Request, public_id: str) -> Response:
        links.revoke_link(links.find_link(public_id, user=request.user), by=request.user)
        return Response(status=204)


class LevelField(serializers.FloatField):
    """dBFS; null for silence or no microphone."""

    def __init__(self) -> None:
        bounds = [MinValueValidator(-200), MaxValueValidator(20)]
        super().__init__(allow_null=True, required=False, validators=bounds)


class LiveReportSerializer(StrictSerializer):
    state = serializers.RegexField(r"^[a-z_]{1,20}$", help_text="Such as idle or recording.")
    prompt = serializers.CharField(max_length=32, required=False, allow_null=True)
    level_dbfs = LevelField()
    peak_dbfs = LevelField()
    waiting = serializers.IntegerField(
        min_value=0, max_value=100_000, default=0, help_text="Takes not yet uploaded."
    )


class SessionLiveSerializer(serializers.Serializer):
    state = serializers.CharField(help_text="Of the recorder; away before it first spoke.")
    prompt = serializers.CharField(allow_null=True)
    level_dbfs = serializers.FloatField(allow_null=True)
    peak_dbfs = serializers.FloatField(allow_null=True)
    waiting = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True)
    age_ms = serializers.IntegerField(allow_null=True, help_text="Since the recorder spoke.")
    session_state = serializers.CharField()
    revision = serializers.IntegerField()
    again = serializers.ListField(
        child=serializers.CharField(), help_text="Prompts to be said once more."
    )


class LiveView(APIView):
    @extend_schema(responses=SessionLiveSerializer, summary="What the recorder is doing now")
    def get(self, request: Request, public_id: str) -> Response:
        session = look_at_session(public_id, user=request.user)
        return Response(SessionLiveSerializer(live.state_of(session)).data)

    @extend_schema(
        request=LiveReportSerializer,
        responses=SessionLiveSerializer,
        summary="Say what the recorder is doing; at most ten levels a second are kept",
    )
    def put(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(LiveReportSerializer, request.data)
        live.report(session, live.Report(**asked | {"prompt": asked.get("prompt") or ""}))
        return Response(SessionLiveSerializer(live.state_of(session)).data)


class DeviceView(APIView):
    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
        summary="Keep what the recording device really reported: at most 16 KiB",
    )
    def put(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        live.store_device(session, request.data, by=request.user)
        return Response(session.device)
