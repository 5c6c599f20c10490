"""Campaigns: made, listed, opened and closed; their progress and queue."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import visible_campaign
from annotation.models import Campaign, Corpus, Item
from annotation.models.campaign import CampaignState, Order
from annotation.services import campaigns
from annotation.services.campaigns import CampaignRequest
from annotation.services.progress import progress
from speecheq.authorisation import require_role
from speecheq.errors import field_error
from speecheq.pagination import CursorPages
from speecheq.roles import Role
from speecheq.serializers import StrictSerializer

EVERY_CLIP: Any = "all"
FIRST_STATES = [CampaignState.DRAFT.value, CampaignState.OPEN.value]
STAFF = [role for role in Role if role != Role.ANNOTATOR]


class CampaignSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    corpus = serializers.CharField(source="corpus.slug")
    scheme = serializers.CharField(source="scheme.code")
    scheme_version = serializers.IntegerField(source="scheme.version")

    class Meta:
        model = Campaign
        fields = [
            "id",
            "name",
            "corpus",
            "scheme",
            "scheme_version",
            "state",
            "overlap",
            "order",
            "seed",
            "control_share",
            "gold_share",
            "repeat_share",
            "lease_s",
            "created_at",
        ]


class ShareField(serializers.FloatField):
    def __init__(self, **kwargs: Any):
        super().__init__(min_value=0, max_value=1, default=0.0, **kwargs)


class CampaignRequestSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200)
    corpus = serializers.SlugField(max_length=64)
    scheme = serializers.CharField(max_length=60)
    clips = serializers.JSONField(default=EVERY_CLIP)
    overlap = serializers.IntegerField(min_value=1, max_value=100, default=3)
    order = serializers.ChoiceField(choices=Order.choices, default=Order.RANDOM)
    seed = serializers.IntegerField(min_value=0, max_value=2**53, default=0)
    control_share = ShareField()
    gold = serializers.ListField(child=serializers.JSONField(), default=list)
    gold_share = ShareField()
    repeat_share = ShareField()
    lease_s = serializers.IntegerField(min_value=5, max_value=86_400, default=600)
    members = serializers.ListField(child=serializers.CharField(max_length=150), default=list)
    state = serializers.ChoiceField(choices=FIRST_STATES, default=CampaignState.DRAFT)

    def validate_clips(self, value: Any) -> Any:
        keys = isinstance(value, list) and all(isinstance(key, str) for key in value)
        if value == "all" or keys or isinstance(value, dict):
            return value
        raise serializers.ValidationError('Clips are "all", a list of keys, or a filter.')

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("gold", "gold_share", "repeat_share"):
            if attrs[name]:
                detail = f"Gold and repeats are not offered yet: leave {name} out."
                error = serializers.ErrorDetail(detail, code="not_offered")
                raise serializers.ValidationError({name: error})
        del attrs["gold"]
        return attrs


class CampaignChangeSerializer(StrictSerializer):
    state = serializers.ChoiceField(choices=CampaignState.choices, required=False)
    name = serializers.CharField(max_length=200, required=False)
    members = serializers.ListField(child=serializers.CharField(max_length=150), required=False)
    lease_s = serializers.IntegerField(min_value=5, max_value=86_400, required=False)


class CampaignFilters(django_filters.FilterSet):
    corpus = django_filters.CharFilter(field_name="corpus__slug")
    state = django_filters.ChoiceFilter(choices=CampaignState.choices)


class CampaignListView(ListAPIView):
    queryset = Campaign.objects.none()  # names the model to the OpenAPI schema
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilters

    def get_queryset(self) -> QuerySet[Campaign]:
        found = Campaign.objects.visible_to(self.request.user)
        return found.select_related("corpus", "scheme")

    @extend_schema(
        request=CampaignRequestSerializer,
        responses={201: CampaignSerializer},
        summary="Make a campaign",
    )
    def post(self, request: Request) -> Response:
        asked = CampaignRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        slug = values.pop("corpus")
        corpus = Corpus.objects.visible_to(request.user).filter(slug=slug).first()
        if corpus is None:
            mine = Corpus.objects.visible_to(request.user)
            known = ", ".join(mine.values_list("slug", flat=True))
            raise field_error("corpus", "unknown_corpus", f"No corpus {slug!r}. Known: {known}.")
        campaign = campaigns.create_campaign(
            corpus=corpus, request=CampaignRequest(**values), by=request.user
        )
        return Response(CampaignSerializer(campaign).data, status=201)


class CampaignDetailView(APIView):
    @extend_schema(responses=CampaignSerializer, summary="One campaign")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(CampaignSerializer(visible_campaign(request.user, public_id)).data)

    @extend_schema(
        request=CampaignChangeSerializer, responses=CampaignSerializer, summary="Change a campaign"
    )
    def patch(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        asked = CampaignChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changed = campaigns.change_campaign(campaign, by=request.user, **asked.validated_data)
        return Response(CampaignSerializer(changed).data)


class ProgressSerializer(serializers.Serializer):
    items = serializers.IntegerField()
    needed = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    extras = serializers.IntegerField()
    by_annotator = serializers.ListField(child=serializers.DictField())
    eta = serializers.DateTimeField(allow_null=True)


class ProgressView(APIView):
    @extend_schema(responses=ProgressSerializer, summary="How far a campaign is")
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        # An annotator sees the whole and themselves, not how much the others did.
        staff = request.user.is_superuser or request.user.memberships.filter(
            corpus=campaign.corpus, role__in=STAFF
        )
        return Response(progress(campaign, only=None if staff else request.user))


class QueueRowSerializer(serializers.ModelSerializer):
    clip = serializers.CharField(source="clip.public_id")
    key = serializers.CharField(source="clip.key")
    priority = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = [
            "clip",
            "key",
            "priority",
            "why",
            "score",
            "probability",
            "arm",
            "round_id",
            "needed",
            "done",
        ]

    def get_priority(self, item: Any) -> float:
        return -item.rank

    def get_why(self, item: Any) -> str:
        return item.why or item.campaign.order


class InQueueOrder(CursorPages):
    ordering: Any = ("rank", "pk")


class QueueView(ListAPIView):
    """The items that may still be claimed, next first, and why each stands where it stands."""

    queryset = Item.objects.none()  # names the model to the OpenAPI schema
    serializer_class = QueueRowSerializer
    pagination_class = InQueueOrder

    def get_queryset(self) -> QuerySet[Item]:
        campaign = visible_campaign(self.request.user, self.kwargs["public_id"])
        require_role(self.request.user, campaign.corpus, *STAFF)
        return campaign.items.filter(free__gt=0).select_related("clip", "campaign")
