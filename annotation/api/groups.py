"""Which clips of a campaign are kept for which people."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import visible_campaign
from annotation.models import Campaign
from annotation.services.groups import Group, groups_of, set_groups
from speecheq.authorisation import require_role
from speecheq.error_words import worded
from speecheq.roles import Role
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer

WATCHERS = [role for role in Role if role != Role.ANNOTATOR]


class GroupSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    members = serializers.ListField(
        child=serializers.CharField(max_length=150), default=list, help_text="User names."
    )
    clips = serializers.JSONField(
        required=False,
        help_text="A list of keys, or a filter as for a new campaign. Left out: as they are.",
    )

    def validate_clips(self, value: Any) -> Any:
        if isinstance(value, dict) or (
            isinstance(value, list) and all(isinstance(key, str) for key in value)
        ):
            return value
        raise serializers.ValidationError(worded(say("Clips are a list of keys, or a filter.")))


def as_rows(campaign: Campaign) -> list[dict[str, Any]]:
    return [
        {"name": group.name, "members": group.members, "clips": group.clips}
        for group in groups_of(campaign)
    ]


class GroupsView(APIView):
    @extend_schema(
        responses=GroupSerializer(many=True), summary="Clips that are kept for some people"
    )
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        require_role(request.user, campaign.corpus, *WATCHERS)
        return Response(as_rows(campaign))

    @extend_schema(
        request=GroupSerializer(many=True),
        responses=GroupSerializer(many=True),
        summary="Replace the groups",
    )
    def put(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        asked = GroupSerializer(data=request.data, many=True)
        asked.is_valid(raise_exception=True)
        set_groups(campaign, [Group(**row) for row in asked.validated_data], by=request.user)
        return Response(as_rows(campaign))
