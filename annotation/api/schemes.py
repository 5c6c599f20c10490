"""Schemes: the labels on offer, versioned and never changed."""

from __future__ import annotations

import math
import re
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.labelspaces.cross_rules import REFUSE, WARN
from annotation.labelspaces.extras import SAM, SLIDER
from annotation.models import Scheme
from annotation.models.scheme import SchemeMode
from annotation.services.judgements import MOST_SECONDARY
from annotation.services.schemes import SchemeRequest, create_scheme
from speecheq.error_words import worded
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer

KEY = r"^(Key[A-Z]|Digit[0-9]|Numpad[0-9]|F[1-9]|F1[0-2]|Minus|Equal|Comma|Period|Slash|Semicolon)$"
MOST_SCALES = 8
MOST_RULES = 30
NUMBER_MAX = 10_000


class NamesSerializer(StrictSerializer):
    """What people read, in both languages."""

    zh = serializers.CharField(max_length=40)
    en = serializers.CharField(max_length=40)


class KeyField(serializers.RegexField):
    """`1` and `h` are read as `Digit1` and `KeyH`."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = "A `KeyboardEvent.code`, such as `Digit1` or `KeyH`."
        super().__init__(KEY, help_text=help_text, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and re.fullmatch("[0-9A-Za-z]", data):
            data = f"Digit{data}" if data.isdecimal() else f"Key{data.upper()}"
        return str(super().to_internal_value(data))


class NumberField(serializers.FloatField):
    """Whole numbers stay whole: 1, not 1.0."""

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float) or not math.isfinite(data):
            self.fail("invalid")
        if abs(data) > NUMBER_MAX:
            self.fail("max_value", max_value=NUMBER_MAX)
        return int(data) if data == int(data) else float(data)


class OfferedCategorySerializer(StrictSerializer):
    code = serializers.CharField(max_length=8)
    names = NamesSerializer()
    key = KeyField()


class OfferedLevelSerializer(StrictSerializer):
    value = serializers.IntegerField(min_value=0, max_value=100)
    names = NamesSerializer()
    key = KeyField(required=False)


class ScaleSerializer(StrictSerializer):
    """A scale beside category and intensity: SAM pictures, or a slider."""

    code = serializers.RegexField(r"^[a-z][a-z0-9_]{0,29}$")
    kind = serializers.ChoiceField(choices=[SAM, SLIDER])
    min = NumberField()
    max = NumberField()
    step = NumberField(default=1)
    names = NamesSerializer()
    low = NamesSerializer(help_text="What its lowest value means.")
    high = NamesSerializer(help_text="What its highest value means.")
    required = serializers.BooleanField(default=False)  # type: ignore[assignment]
    key = KeyField(required=False)


class WhenSerializer(StrictSerializer):
    esc = serializers.ListField(
        child=serializers.CharField(max_length=8), required=False, allow_empty=False
    )
    eis_min = serializers.IntegerField(required=False)
    eis_max = serializers.IntegerField(required=False)


class ThenSerializer(StrictSerializer):
    """A range of another scale, or of the intensity: not of both."""

    extra = serializers.CharField(max_length=30, required=False)
    min = NumberField(required=False)
    max = NumberField(required=False)
    eis_min = serializers.IntegerField(required=False)
    eis_max = serializers.IntegerField(required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        others = {"min", "max"} if "extra" not in values else {"eis_min", "eis_max"}
        for name in sorted(others & set(values)):
            detail = worded(say("min and max go with extra; eis_min and eis_max go without it."))
            error = serializers.ErrorDetail(detail, code="does_not_go_with")
            raise serializers.ValidationError({name: error})
        return values


class MessageSerializer(StrictSerializer):
    """What a person reads who broke the rule."""

    zh = serializers.CharField(max_length=200)
    en = serializers.CharField(max_length=200)


class CrossRuleSerializer(StrictSerializer):
    when = WhenSerializer()
    then = ThenSerializer()
    severity = serializers.ChoiceField(choices=[REFUSE, WARN])
    message = MessageSerializer()


class RulesSerializer(StrictSerializer):
    eis_required = serializers.BooleanField(default=False)
    secondary = serializers.IntegerField(
        min_value=0,
        max_value=MOST_SECONDARY,
        default=0,
        help_text="How many further emotions may be added to the first.",
    )
    shows_intended = serializers.BooleanField(
        default=False, help_text="Annotators see what the speaker was asked to express."
    )
    cross = serializers.ListField(child=CrossRuleSerializer(), default=list, max_length=MOST_RULES)


class SchemeSerializer(serializers.ModelSerializer):
    label_space = serializers.SerializerMethodField()

    class Meta:
        model = Scheme
        fields = ["code", "version", "mode", "label_space", "esc", "eis", "extras", "rules"]

    def get_label_space(self, scheme: Scheme) -> str:
        return f"{scheme.label_space.code}@{scheme.label_space.version}"


class SchemeRequestSerializer(StrictSerializer):
    code = serializers.RegexField(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")
    version = serializers.IntegerField(min_value=1, max_value=9999, default=1)
    mode = serializers.ChoiceField(choices=SchemeMode.choices, default=SchemeMode.SINGLE)
    label_space = serializers.CharField(max_length=60, default="full-13")
    esc = OfferedCategorySerializer(many=True, allow_empty=False)
    eis = OfferedLevelSerializer(many=True, default=list)
    extras = serializers.ListField(child=ScaleSerializer(), default=list, max_length=MOST_SCALES)
    rules = RulesSerializer(required=False)

    def to_request(self) -> SchemeRequest:
        return SchemeRequest(**self.validated_data)


class SchemeFilters(django_filters.FilterSet):
    code = django_filters.CharFilter()
    mode = django_filters.ChoiceFilter(choices=SchemeMode.choices)


class SchemeListView(ListAPIView):
    serializer_class = SchemeSerializer
    filterset_class = SchemeFilters

    def get_queryset(self) -> QuerySet[Scheme]:
        return Scheme.objects.select_related("label_space")

    @extend_schema(
        request=SchemeRequestSerializer,
        responses={201: SchemeSerializer},
        summary="Make a scheme, or a new version of one",
    )
    def post(self, request: Request) -> Response:
        asked = SchemeRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        scheme = create_scheme(asked.to_request(), by=request.user)
        return Response(SchemeSerializer(scheme).data, status=201)
