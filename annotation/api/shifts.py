"""The start of a shift."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import visible_campaign
from annotation.models import CampaignMember
from annotation.services import shifts
from speecheq.serializers import StrictSerializer


class TonesField(serializers.ListField):
    """How many tones, left and right."""

    child = serializers.IntegerField(min_value=0, max_value=9)

    def __init__(self, **more: object) -> None:
        super().__init__(min_length=2, max_length=2, **more)


class VolumeCheckSerializer(StrictSerializer):
    heard = TonesField(help_text="Tones heard, left and right.")
    played = TonesField(help_text="Tones played, left and right.")


class ShiftSerializer(serializers.Serializer):
    volume_checked_at = serializers.DateTimeField()
    next_check_in_s = serializers.SerializerMethodField()

    def get_next_check_in_s(self, member: CampaignMember) -> float | None:
        return shifts.seconds_until_check(member)


class ShiftView(APIView):
    @extend_schema(
        request=VolumeCheckSerializer,
        responses=ShiftSerializer,
        summary="Begin a shift: the volume was checked",
    )
    def post(self, request: Request, public_id: str) -> Response:
        member = shifts.member_of(visible_campaign(request.user, public_id), request.user)
        asked = VolumeCheckSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        checked = shifts.pass_volume_check(member=member, **asked.validated_data)
        return Response(ShiftSerializer(checked).data)
