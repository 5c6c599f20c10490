"""Practice clips, and examples to compare with."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import (
    LabelSerializer,
    OfferedClipSerializer,
    StoredLabelSerializer,
    visible_campaign,
)
from annotation.services import practice, qualification
from speecheq.serializers import StrictSerializer


class PracticeClipSerializer(serializers.Serializer):
    """A clip to practise on. What is known of it comes with the answer, not before."""

    id = serializers.CharField(source="public_id")
    clip = OfferedClipSerializer()


class PracticeAnswerSerializer(serializers.Serializer):
    id = serializers.CharField(source="reference.public_id")
    clip = OfferedClipSerializer(source="reference.clip")
    attempt = serializers.IntegerField()
    labels = StoredLabelSerializer(many=True)
    correct = serializers.BooleanField()
    known = StoredLabelSerializer(source="reference.labels", many=True)
    listen_for = serializers.CharField(source="reference.feedback")


class PracticeResultSerializer(serializers.Serializer):
    attempt = serializers.IntegerField()
    right = serializers.IntegerField()
    total = serializers.IntegerField()


class PracticeSerializer(serializers.Serializer):
    state = serializers.CharField(help_text="practising, qualified or failed")
    share = serializers.FloatField(
        source="member.campaign.practice_share", help_text="Of the clips, to get right."
    )
    attempt = serializers.IntegerField()
    tries_left = serializers.IntegerField()
    total = serializers.SerializerMethodField()
    done = serializers.SerializerMethodField()
    right = serializers.IntegerField()
    before = PracticeResultSerializer(allow_null=True, help_text="The attempt finished last.")
    answers = PracticeAnswerSerializer(many=True)
    next = PracticeClipSerializer(source="following", allow_null=True)

    def get_total(self, standing: practice.Standing) -> int:
        return len(standing.clips)

    def get_done(self, standing: practice.Standing) -> int:
        return len(standing.answers)


class PracticeRequestSerializer(StrictSerializer):
    id = serializers.CharField(max_length=32, help_text="Of `next`.")
    attempt = serializers.IntegerField(min_value=1, max_value=10_000)
    labels = LabelSerializer(many=True)


class PracticeStoredSerializer(serializers.Serializer):
    answer = PracticeAnswerSerializer()
    practice = PracticeSerializer()


class PracticeView(APIView):
    @extend_schema(responses=PracticeSerializer, summary="My practice: the next clip, and results")
    def get(self, request: Request, public_id: str) -> Response:
        member = practice.member_of(visible_campaign(request.user, public_id), request.user)
        return Response(PracticeSerializer(practice.standing(member)).data)

    @extend_schema(
        request=PracticeRequestSerializer,
        responses={200: PracticeStoredSerializer, 201: PracticeStoredSerializer},
        summary="Answer a practice clip; the answer tells what is known of it",
    )
    def post(self, request: Request, public_id: str) -> Response:
        member = practice.member_of(visible_campaign(request.user, public_id), request.user)
        asked = PracticeRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        answer, created = practice.answer_clip(
            member,
            reference_id=given["id"],
            attempt=given["attempt"],
            labels=[(label["esc"], label["eis"]) for label in given["labels"]],
        )
        body = {"answer": answer, "practice": practice.standing(member)}
        status = 201 if created else 200
        return Response(PracticeStoredSerializer(body).data, status=status)


class AgainRequestSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)


class AgainSerializer(serializers.Serializer):
    username = serializers.CharField(source="user.username")
    state = serializers.CharField(source="qualification")


class PracticeAgainView(APIView):
    @extend_schema(
        request=AgainRequestSerializer,
        responses=AgainSerializer,
        summary="Let somebody who is not qualified try again",
    )
    def post(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        asked = AgainRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        username = asked.validated_data["username"]
        member = qualification.let_try_again(campaign, username, by=request.user)
        return Response(AgainSerializer(member).data)


class AnchorSerializer(serializers.Serializer):
    """A clip heard as an example of its label."""

    id = serializers.CharField(source="public_id")
    clip = OfferedClipSerializer()
    esc = serializers.SerializerMethodField()
    eis = serializers.SerializerMethodField()
    listen_for = serializers.CharField(source="feedback")

    def get_esc(self, anchor: Any) -> str:
        return str(anchor.labels[0]["esc"])

    def get_eis(self, anchor: Any) -> int | None:
        level: int | None = anchor.labels[0].get("eis")
        return level


class AnchorsSerializer(serializers.Serializer):
    anchors = AnchorSerializer(many=True)


class AnchorsView(APIView):
    @extend_schema(responses=AnchorsSerializer, summary="Clips heard as examples of their label")
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        return Response(AnchorsSerializer({"anchors": practice.anchors_of(campaign)}).data)
