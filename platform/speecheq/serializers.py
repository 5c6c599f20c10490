"""Strict schemas: a field we do not know is an error, never ignored; so is a value of another type.

DRF reads "5" and 5.0 as a whole number, "yes" as true, and true as 1.0 or as no text: a client that
sends these has lost a type on the way, and `"confidence": true` would be stored as certainty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.utils import html

from speecheq.error_words import as_told, worded
from speecheq.errors import MOST_ERRORS
from speecheq.sentences import say

# Types of JSON values that a field takes, by kind of field. Fields of other kinds, and those that
# read their value in a way of their own, check it themselves.
_TYPES: list[tuple[type[serializers.Field], tuple[type, ...]]] = [
    (serializers.BooleanField, (bool,)),
    (serializers.IntegerField, (int,)),
    (serializers.FloatField, (int, float)),
    (serializers.CharField, (str,)),
]


class StrictSerializer(serializers.Serializer):
    """Refuses unknown fields, so that a typing error cannot pass as a default, and other types."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {n for n, f in self.fields.items() if not f.read_only}
            unknown = sorted(set(data) - writable)[:MOST_ERRORS]
            if unknown:
                known = ", ".join(sorted(writable))
                error = {
                    name: serializers.ErrorDetail(
                        worded(
                            say(
                                "No field {name!r} here. Known fields: {known}.",
                                name=str(name),
                                known=known,
                            )
                        ),
                        code="unknown_field",
                    )
                    for name in unknown
                }
                raise serializers.ValidationError(error)
            # A form or a query knows nothing but text.
            if not html.is_html_input(data) and (wrong := self._of_other_types(data)):
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    @cached_property
    def _typed(self) -> list[tuple[str, serializers.Field]]:
        fields = [(name, field) for name, field in self.fields.items() if not field.read_only]
        return [(name, field) for name, field in fields if _types_of(_innermost(field))]

    def _of_other_types(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, field in self._typed:
            if (value := data.get(name)) is not None and (wrong := _wrong_in(field, value)):
                found[name] = wrong
        return found


def _innermost(field: serializers.Field) -> serializers.Field:
    """The field of one value in a list or a dictionary of values; else the field itself."""
    while isinstance(field, serializers.ListField | serializers.DictField):
        field = field.child
    return field


def _types_of(field: serializers.Field) -> tuple[type, ...]:
    kind: Any = type(field)
    for base, types in _TYPES:
        if issubclass(kind, base):
            own = kind.to_internal_value is not base.to_internal_value
            return () if own else types
    return ()


def _wrong_in(field: serializers.Field, value: Any) -> Any:
    """What is wrong with the type of a value, or of the values in it; nothing where all is well."""
    if isinstance(field, serializers.ListField | serializers.DictField):
        found: dict[Any, Any] = {}
        for place, each in _values(field, value):
            if each is not None and (wrong := _wrong_in(field.child, each)):
                found[place] = wrong
            if len(found) == MOST_ERRORS:
                break
        return found
    if type(value) in _types_of(field):
        return None
    return [serializers.ErrorDetail(str(field.error_messages["invalid"]), code="invalid")]


def _values(field: serializers.Field, value: Any) -> Iterator[tuple[Any, Any]]:
    """What a list or a dictionary holds; nothing of another value, which the field refuses."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        yield from enumerate(value)
    elif isinstance(field, serializers.DictField) and isinstance(value, dict):
        yield from value.items()


@cache
def _reader(kind: type[serializers.Serializer], language: str | None) -> serializers.Serializer:
    """One for each language: DRF writes a message with a number in it once, and keeps it."""
    return kind()


def read(kind: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """What `data` holds, or a ValidationError. As `kind(data=data).is_valid()`, without copying all
    fields of the serializer for each request: its own state is not touched."""
    return _reader(kind, get_language()).run_validation(data)


class SentenceField(serializers.CharField):
    """A sentence for people, in the language of the request."""

    def to_representation(self, value: str) -> str:
        return worded(value)


class ToldField(serializers.JSONField):
    """Stored JSON with errors in it, e.g. of a job, told in the language of the request."""

    def to_representation(self, value: Any) -> Any:
        return as_told(super().to_representation(value))


class JobSerializer(serializers.Serializer):
    """A job, as every 202 answers it under the name `job`."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()
    result = ToldField(allow_null=True)
    error = ToldField(allow_null=True)


class AcceptedSerializer(serializers.Serializer):
    job = JobSerializer()
