"""Strict schemas: a field we do not know is an error, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer):
    """Refuses unknown fields, so that a typing error cannot pass as a default."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {n for n, f in self.fields.items() if not f.read_only}
            unknown = sorted(set(data) - writable)
            if unknown:
                known = ", ".join(sorted(writable))
                error = {
                    name: serializers.ErrorDetail(
                        f"No field {name!r} here. Known fields: {known}.", code="unknown_field"
                    )
                    for name in unknown
                }
                raise serializers.ValidationError(error)
        return super().to_internal_value(data)


@cache
def _reader(kind: type[serializers.Serializer]) -> serializers.Serializer:
    return kind()


def read(kind: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """What `data` holds, or a ValidationError. As `kind(data=data).is_valid()`, without copying all
    fields of the serializer for each request: its own state is not touched."""
    return _reader(kind).run_validation(data)


class JobSerializer(serializers.Serializer):
    """A job, as every 202 answers it under the name `job`."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()
    result = serializers.JSONField(allow_null=True)
    error = serializers.JSONField(allow_null=True)


class AcceptedSerializer(serializers.Serializer):
    job = JobSerializer()
