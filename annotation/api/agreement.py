"""Agreement of a campaign, scale by scale."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import visible_campaign
from annotation.services.agreement import agreement_for
from speecheq.filters import refuse_unknown


class CoefficientSerializer(serializers.Serializer):
    scale = serializers.CharField()
    emotion = serializers.CharField(allow_null=True)
    coefficient = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    n_ratings = serializers.IntegerField()
    n_pairable = serializers.IntegerField()
    reason = serializers.CharField()


class AgreementSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    scales = CoefficientSerializer(many=True)


class AgreementView(APIView):
    @extend_schema(
        responses=AgreementSerializer,
        summary="Agreement per scale, with intervals",
        description=(
            "Of the current, counted labels. Where a value is null, `reason` says why. "
            "For those who only label: once the campaign is closed, as it was then."
        ),
    )
    def get(self, request: Request, public_id: str) -> Response:
        refuse_unknown(request, set())
        campaign = visible_campaign(request.user, public_id)
        found = agreement_for(request.user, campaign)
        return Response(AgreementSerializer(found.as_json()).data)
