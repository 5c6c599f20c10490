"""Scales as data: label spaces, and how native labels read in them."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from annotation.models import LabelMapping, LabelMappingRow, LabelSpace


class LabelSpaceSerializer(serializers.ModelSerializer):
    class Meta:
        model = LabelSpace
        fields = ["code", "version", "name", "categories", "levels"]


class CodeFilters(django_filters.FilterSet):
    code = django_filters.CharFilter()


class LabelSpaceListView(ListAPIView):
    """Versioned sets of categories, with their parents, and of levels."""

    serializer_class = LabelSpaceSerializer
    filterset_class = CodeFilters

    def get_queryset(self) -> QuerySet[LabelSpace]:
        return LabelSpace.objects.all()


class MappedLabelSerializer(serializers.ModelSerializer):
    class Meta:
        model = LabelMappingRow
        fields = ["native_label", "esc", "eis", "source"]


class LabelMappingSerializer(serializers.ModelSerializer):
    rows = MappedLabelSerializer(many=True)

    class Meta:
        model = LabelMapping
        fields = ["code", "version", "rows"]


class LabelMappingListView(ListAPIView):
    """Versioned tables from a corpus's native labels to categories and levels."""

    serializer_class = LabelMappingSerializer
    filterset_class = CodeFilters

    def get_queryset(self) -> QuerySet[LabelMapping]:
        return LabelMapping.objects.prefetch_related("rows")
