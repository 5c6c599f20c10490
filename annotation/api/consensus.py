"""Settled labels of a campaign: asked for, and read version by version."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.labelling import visible_campaign
from annotation.models import Campaign, Consensus
from annotation.services import consensus
from speecheq.answers import accepted
from speecheq.authorisation import require_role
from speecheq.filters import WholeNumberFilter
from speecheq.roles import Role
from speecheq.serializers import AcceptedSerializer, StrictSerializer

READERS = (Role.ADJUDICATOR, Role.DATA_MANAGER, Role.RESEARCHER)
"""Whoever labels must not see what the others answered."""


class ConsensusRequestSerializer(StrictSerializer):
    method = serializers.CharField(required=False, max_length=40)
    min_share = serializers.FloatField(required=False)
    min_raters = serializers.IntegerField(required=False, min_value=1, max_value=1000)
    min_mean = serializers.FloatField(required=False, min_value=0, max_value=3)


class ConsensusRowSerializer(serializers.Serializer):
    """In multi-label campaigns `esc` is null and `levels` holds each emotion's level."""

    clip = serializers.CharField(source="clip.public_id")
    key = serializers.CharField(source="clip.key")
    esc = serializers.SerializerMethodField()
    eis = serializers.IntegerField(allow_null=True)
    eis_score = serializers.FloatField(allow_null=True)
    soft_esc = serializers.DictField(child=serializers.FloatField())
    n_ratings = serializers.IntegerField()
    votes = serializers.DictField(child=serializers.IntegerField())
    tie = serializers.BooleanField()
    method = serializers.CharField(source="computation.method")
    version = serializers.IntegerField(source="computation.version")

    def get_esc(self, row: Consensus) -> str | None:
        return row.esc or None

    def to_representation(self, instance: Consensus) -> dict[str, Any]:
        row = super().to_representation(instance)
        return {**row, "levels": instance.levels} if instance.levels else row


class ConsensusFilters(django_filters.FilterSet):
    version = WholeNumberFilter(field_name="computation__version")


class ConsensusView(ListAPIView):
    queryset = Consensus.objects.none()  # names the model to the OpenAPI schema
    serializer_class = ConsensusRowSerializer
    filterset_class = ConsensusFilters

    def get_queryset(self) -> QuerySet[Consensus]:
        """The rows of the last version, or of all for the filter to choose from."""
        campaign = self._campaign(*READERS)
        rows = Consensus.objects.filter(computation__campaign=campaign)
        asked = self.request.query_params.get("version")
        if asked is None:
            rows = rows.filter(computation=consensus.find_version(campaign))
        elif re.fullmatch("[0-9]{1,9}", asked):
            consensus.find_version(campaign, int(asked))  # 404 where there is none
        return rows.select_related("clip", "computation")

    @extend_schema(
        request=ConsensusRequestSerializer,
        responses={202: AcceptedSerializer},
        summary="Settle the label of every clip",
    )
    def post(self, request: Request, public_id: str) -> Response:
        campaign = self._campaign(Role.ADJUDICATOR, Role.DATA_MANAGER)
        asked = ConsensusRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        params = dict(asked.validated_data)
        method = params.pop("method", None) or consensus.default_method(campaign)
        job = consensus.request_consensus(campaign, method=method, params=params, by=request.user)
        return accepted(job)

    def _campaign(self, *roles: Role) -> Campaign:
        campaign = visible_campaign(self.request.user, self.kwargs["public_id"])
        require_role(self.request.user, campaign.corpus, *roles)
        return campaign
