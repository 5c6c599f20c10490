"""Inviting people."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Corpus
from annotation.services.people import invite_user
from speecheq.models import User
from speecheq.roles import Role
from speecheq.serializers import StrictSerializer


class MembershipRequestSerializer(StrictSerializer):
    corpus = serializers.SlugField(max_length=64)
    role = serializers.ChoiceField(choices=Role.choices)


class InviteRequestSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    memberships = MembershipRequestSerializer(many=True, default=list)
    issue_token = serializers.BooleanField(default=False)


class UserSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    username = serializers.CharField()
    simulated = serializers.BooleanField(source="is_simulated")
    memberships = serializers.SerializerMethodField()

    def get_memberships(self, user: Any) -> list[dict[str, str]]:
        mine = {c.pk for c in self.context["corpora"]}
        rows = [m for m in user.memberships.all() if m.corpus_id in mine]
        return [{"corpus": m.corpus.slug, "role": m.role} for m in rows]


class InvitedSerializer(serializers.Serializer):
    id = serializers.CharField()
    username = serializers.CharField()
    invite_url = serializers.URLField()
    token = serializers.CharField(required=False)


class UserListView(ListAPIView):
    queryset = User.objects.none()  # names the model to the OpenAPI schema
    serializer_class = UserSerializer

    def get_queryset(self) -> QuerySet[User]:
        people = User.objects.prefetch_related("memberships__corpus")
        if self.request.user.is_superuser:
            return people
        managed = Corpus.objects.managed_by(self.request.user)
        return people.filter(memberships__corpus__in=managed).distinct()

    def get_serializer_context(self) -> dict[str, Any]:
        managed = Corpus.objects.managed_by(self.request.user)
        return {**super().get_serializer_context(), "corpora": list(managed)}

    @extend_schema(
        request=InviteRequestSerializer, responses={201: InvitedSerializer}, summary="Invite"
    )
    def post(self, request: Request) -> Response:
        asked = InviteRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        invited = invite_user(
            username=values["username"],
            memberships=[(m["corpus"], m["role"]) for m in values["memberships"]],
            issue_token=values["issue_token"],
            by=request.user,
        )
        body = {
            "id": invited.user.public_id,
            "username": invited.user.username,
            "invite_url": request.build_absolute_uri(invited.invite_path),
        }
        return Response(body | ({"token": invited.token} if invited.token else {}), status=201)
