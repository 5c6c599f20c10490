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
from annotation.api.references import KNOWN_CLIPS, KnownClipSerializer, to_reference
from annotation.models import Campaign, Corpus, Item
from annotation.models.campaign import CampaignState, Order
from annotation.services import campaigns
from annotation.services.campaign_settings import BOUNDS, MAY_BE_NONE, SETTINGS
from annotation.services.campaigns import CampaignRequest
from annotation.services.oversight import STAFF, is_staff
from annotation.services.progress import progress
from speecheq.authorisation import require_role
from speecheq.error_words import worded
from speecheq.errors import field_error
from speecheq.pagination import CursorPages
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer

EVERY_CLIP: Any = "all"
FIRST_STATES = [CampaignState.DRAFT.value, CampaignState.OPEN.value]


class CampaignSerializer(serializers.ModelSerializer):
    """A campaign. What decides which clips check an annotator is null for those who only label."""

    STAFF_ONLY = ("seed", "control_share", "gold_share", "repeat_share", "n_gold")

    id = serializers.CharField(source="public_id")
    corpus = serializers.CharField(source="corpus.slug")
    scheme = serializers.CharField(source="scheme.code")
    scheme_version = serializers.IntegerField(source="scheme.version")
    seed = serializers.IntegerField(allow_null=True)
    control_share = serializers.FloatField(allow_null=True)
    gold_share = serializers.FloatField(allow_null=True)
    repeat_share = serializers.FloatField(allow_null=True)
    n_gold = serializers.IntegerField(allow_null=True)

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
            *SETTINGS,
            "n_gold",
            "n_practice",
            "created_at",
        ]

    def to_representation(self, campaign: Campaign) -> dict[str, Any]:
        shown = super().to_representation(campaign)
        if not is_staff(self.context["request"].user, campaign.corpus_id):
            shown |= dict.fromkeys(self.STAFF_ONLY)
        return shown


def bounded(name: str, **kwargs: Any) -> dict[str, Any]:
    """The bounds of a setting, which the service holds to as well."""
    least, most = BOUNDS[name]
    none = name in MAY_BE_NONE
    return {"min_value": least, "max_value": most, "required": False, "allow_null": none, **kwargs}


class SettingsSerializer(StrictSerializer):
    """What may be set when a campaign is made, and later."""

    gold_share = serializers.FloatField(
        **bounded("gold_share", help_text="Of the clips offered, how many have a known answer.")
    )
    repeat_share = serializers.FloatField(
        **bounded("repeat_share", help_text="How many come to the same person a second time.")
    )
    practice_share = serializers.FloatField(
        **bounded("practice_share", help_text="Of the practice clips, to be right on.")
    )
    cap = serializers.IntegerField(**bounded("cap", help_text="Most labels by one person."))
    break_after_min = serializers.IntegerField(
        **bounded("break_after_min", help_text="Minutes of work before a break is proposed.")
    )
    full_listen = serializers.BooleanField(
        required=False, help_text="A clip is heard to its end before an answer is taken."
    )
    volume_check = serializers.BooleanField(
        required=False, help_text="The volume is checked before a shift."
    )
    lease_s = serializers.IntegerField(
        **bounded("lease_s", help_text="How long an offered clip is kept for one person.")
    )
    member_caps = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        required=False,
        help_text="Most labels by these members, by user name; null: as the campaign.",
    )


class CampaignRequestSerializer(SettingsSerializer):
    name = serializers.CharField(max_length=200)
    corpus = serializers.SlugField(max_length=64)
    scheme = serializers.CharField(max_length=60)
    clips = serializers.JSONField(default=EVERY_CLIP)
    overlap = serializers.IntegerField(min_value=1, max_value=100, default=3)
    order = serializers.ChoiceField(choices=Order.choices, default=Order.RANDOM)
    seed = serializers.IntegerField(
        min_value=0,
        max_value=2**53,
        default=campaigns.draw_seed,
        help_text="Of the order, and of when gold and repeats come. Left out: drawn.",
    )
    control_share = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    gold = KnownClipSerializer(many=True, required=False)
    practice = KnownClipSerializer(many=True, required=False)
    anchors = KnownClipSerializer(many=True, required=False)
    members = serializers.ListField(child=serializers.CharField(max_length=150), default=list)
    state = serializers.ChoiceField(choices=FIRST_STATES, default=CampaignState.DRAFT)

    def validate_clips(self, value: Any) -> Any:
        keys = isinstance(value, list) and all(isinstance(key, str) for key in value)
        if value == "all" or keys or isinstance(value, dict):
            return value
        raise serializers.ValidationError(
            worded(say('Clips are "all", a list of keys, or a filter.'))
        )

    def to_request(self) -> CampaignRequest:
        values = {name: v for name, v in self.validated_data.items() if name != "corpus"}
        known = [
            to_reference(row, purpose, place=f"{name}.{i}")
            for name, purpose in KNOWN_CLIPS.items()
            for i, row in enumerate(values.pop(name, []))
        ]
        return CampaignRequest(**values, references=known)


class CampaignChangeSerializer(SettingsSerializer):
    state = serializers.ChoiceField(choices=CampaignState.choices, required=False)
    name = serializers.CharField(max_length=200, required=False)
    members = serializers.ListField(child=serializers.CharField(max_length=150), required=False)
    scheme = serializers.CharField(
        max_length=60, required=False, help_text="A newer version of the scheme it has."
    )


class CampaignFilters(django_filters.FilterSet):
    corpus = django_filters.CharFilter(field_name="corpus__slug")
    state = django_filters.ChoiceFilter(choices=CampaignState.choices)


def shown(campaign: Campaign, request: Request) -> dict[str, Any]:
    return CampaignSerializer(campaign, context={"request": request}).data


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
        slug = asked.validated_data["corpus"]
        corpus = Corpus.objects.visible_to(request.user).filter(slug=slug).first()
        if corpus is None:
            mine = Corpus.objects.visible_to(request.user)
            known = ", ".join(mine.values_list("slug", flat=True))
            raise field_error(
                "corpus",
                "unknown_corpus",
                say("No corpus {slug!r}. Known: {known}.", slug=slug, known=known),
            )
        campaign = campaigns.create_campaign(
            corpus=corpus, request=asked.to_request(), by=request.user
        )
        return Response(shown(campaign, request), status=201)


class CampaignDetailView(APIView):
    @extend_schema(responses=CampaignSerializer, summary="One campaign")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(shown(visible_campaign(request.user, public_id), request))

    @extend_schema(
        request=CampaignChangeSerializer, responses=CampaignSerializer, summary="Change a campaign"
    )
    def patch(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        asked = CampaignChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changed = campaigns.change_campaign(campaign, by=request.user, **asked.validated_data)
        return Response(shown(changed, request))


class ProgressSerializer(serializers.Serializer):
    """Exact for staff. For those who only label, `items`, `needed`, `done` and `eta` hold the clips
    that check them as well, so that every answer moves them alike."""

    items = serializers.IntegerField(help_text="Clips to be labelled.")
    needed = serializers.IntegerField(help_text="Labels wanted.")
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    extras = serializers.IntegerField()
    by_annotator = serializers.ListField(child=serializers.DictField())
    eta = serializers.DateTimeField(
        allow_null=True, help_text="At the pace of the last hour; null without one."
    )


class ProgressView(APIView):
    @extend_schema(responses=ProgressSerializer, summary="How far a campaign is")
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        # An annotator sees the whole and themselves, not how much the others did.
        staff = is_staff(request.user, campaign.corpus_id)
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
