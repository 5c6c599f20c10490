"""The caller's own keys for a scheme."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Scheme
from annotation.services import shortcuts
from speecheq.serializers import StrictSerializer


class ShortcutSerializer(serializers.Serializer):
    action = serializers.CharField(help_text="`esc:HAP`, `eis:2` or `action:replay`.")
    key = serializers.CharField(help_text="A `KeyboardEvent.code`; empty for none.")
    default = serializers.CharField()


class ShortcutsSerializer(serializers.Serializer):
    scheme = serializers.CharField()
    shortcuts = ShortcutSerializer(many=True)


class ShortcutsRequestSerializer(StrictSerializer):
    keys = serializers.DictField(
        child=serializers.CharField(max_length=20),
        help_text="Action to `KeyboardEvent.code`; what is left out is as in the scheme.",
    )


def answer(scheme: Scheme, user: Any) -> Response:
    keys, defaults = shortcuts.keys_of(scheme, user), shortcuts.defaults_of(scheme)
    rows = [{"action": a, "key": key, "default": defaults[a]} for a, key in keys.items()]
    return Response(ShortcutsSerializer({"scheme": scheme.code, "shortcuts": rows}).data)


class ShortcutsView(APIView):
    @extend_schema(responses=ShortcutsSerializer, summary="My keys for a scheme")
    def get(self, request: Request, scheme: str) -> Response:
        return answer(shortcuts.find_scheme(scheme), request.user)

    @extend_schema(
        request=ShortcutsRequestSerializer,
        responses=ShortcutsSerializer,
        summary="Change my keys for a scheme; `{}` is as in the scheme",
    )
    def put(self, request: Request, scheme: str) -> Response:
        found = shortcuts.find_scheme(scheme)
        asked = ShortcutsRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        shortcuts.set_keys(found, request.user, asked.validated_data["keys"])
        return answer(found, request.user)
