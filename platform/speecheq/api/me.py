"""Who am I, and my tokens."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from speecheq.error_words import worded
from speecheq.errors import NotFound
from speecheq.models import ApiToken
from speecheq.outbox import audit
from speecheq.roles import Scope
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer


class MeSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    username = serializers.CharField()
    language = serializers.CharField()
    administrator = serializers.BooleanField(source="is_superuser")
    memberships = serializers.SerializerMethodField()

    def get_memberships(self, user: Any) -> list[dict[str, str]]:
        rows = user.memberships.order_by("corpus__slug", "role")
        return [{"corpus": c, "role": r} for c, r in rows.values_list("corpus__slug", "role")]


class MeView(APIView):
    @extend_schema(responses=MeSerializer, summary="The caller and their roles")
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)


class TokenSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = ApiToken
        fields = ["id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]


class TokenRequestSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False
    )
    expires_in_days = serializers.IntegerField(min_value=1, max_value=366, default=90)


class TokenMadeSerializer(TokenSerializer):
    token = serializers.CharField(help_text="Shown once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class TokenListView(ListAPIView):
    queryset = ApiToken.objects.none()  # names the model to the OpenAPI schema
    serializer_class = TokenSerializer

    def get_queryset(self) -> Any:
        return ApiToken.objects.filter(user=self.request.user)

    @extend_schema(
        request=TokenRequestSerializer,
        responses={201: TokenMadeSerializer},
        summary="Make a token; one made with a token expires no later than that one",
    )
    def post(self, request: Request) -> Response:
        asked = TokenRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        scopes = asked.validated_data["scopes"]
        self._check(request, scopes)
        token, secret = ApiToken.issue(
            user=request.user,
            name=asked.validated_data["name"],
            scopes=scopes,
            expires_in_days=asked.validated_data["expires_in_days"],
            not_after=request.auth.expires_at if request.auth is not None else None,
        )
        audit(request.user, "token.issued", token.public_id, scopes=token.scopes)
        return Response({**TokenSerializer(token).data, "token": secret}, status=201)

    @staticmethod
    def _check(request: Request, scopes: list[str]) -> None:
        """A token cannot make a stronger one, and `admin` is for administrators."""
        held = set(Scope.values)
        if request.auth is not None:
            held = set(request.auth.scopes)
        if not request.user.is_superuser:
            held.discard(Scope.ADMIN)
        elif Scope.ADMIN in held:
            held = set(Scope.values)
        beyond = sorted(set(scopes) - held)
        if beyond:
            raise serializers.ValidationError(
                {
                    "scopes": [
                        worded(
                            say("You cannot give the scope {scope!r}: you do not have it.", scope=s)
                        )
                        for s in beyond
                    ]
                }
            )


class TokenDetailView(APIView):
    @extend_schema(responses={204: None}, summary="Revoke a token")
    def delete(self, request: Request, public_id: str) -> Response:
        mine = ApiToken.objects.filter(user=request.user, public_id=public_id)
        if not mine.exists():
            raise NotFound(say("You have no token {id!r}.", id=public_id))
        mine.filter(revoked_at=None).update(revoked_at=timezone.now())
        audit(request.user, "token.revoked", public_id)
        return Response(status=204)
