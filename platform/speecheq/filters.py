"""Allow-listed filters: an unknown query parameter is a 400, never ignored."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.request import Request

from speecheq.error_words import worded
from speecheq.sentences import say

PAGING = {"cursor", "page_size"}


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter, with unknown parameters refused. A view without a filterset has no filters."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.get_filters()) if filterset_class else set()
        refuse_unknown(request, known | PAGING)
        return super().filter_queryset(request, queryset, view)


class YesNoFilter(django_filters.TypedChoiceFilter):
    """`true` or `false`, or as Python writes them; django-filter's own takes any other word for no
    filter at all."""

    def __init__(self, **kwargs: Any) -> None:
        words = [(word, word) for word in ("true", "false", "True", "False")]
        super().__init__(choices=words, coerce=lambda word: word.lower() == "true", **kwargs)


class WholeNumberFilter(django_filters.NumberFilter):
    """django-filter's own cuts 1.5 down to 1."""

    field_class = forms.IntegerField


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Raise a 400 that names the parameters which do not exist and those which do."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        words = ", ".join(sorted(known)) or say("none")
        raise serializers.ValidationError(
            {
                name: serializers.ErrorDetail(
                    worded(
                        say(
                            "No filter {name!r} here. Known filters: {known}.",
                            name=name,
                            known=words,
                        )
                    ),
                    code="unknown_filter",
                )
                for name in unknown
            }
        )
