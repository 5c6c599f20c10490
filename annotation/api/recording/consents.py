"""Consent texts, what speakers signed, and what they took back."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.corpora import LanguageField
from annotation.models import Consent, ConsentText, ConsentWithdrawal, Speaker
from annotation.models.consent import Purpose
from annotation.services.recording import consent_texts, consents
from annotation.services.recording.consent_texts import BODY_MAX, EXPLANATION_MAX, TextRequest
from annotation.services.recording.consents import REASON_MAX, Signature
from annotation.services.recording.visitors import find_session
from speecheq.serializers import StrictSerializer, read


class ConsentTextSerializer(serializers.ModelSerializer):
    class Meta:
        model = ConsentText
        fields = [
            "code",
            "language",
            "version",
            "title",
            "body",
            "purposes",
            "sha256",
            "is_builtin",
            "created_at",
        ]


class ConsentTextRequestSerializer(StrictSerializer):
    code = serializers.CharField(max_length=60, help_text="Such as lab-zh-1; its number last.")
    language = LanguageField()
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=BODY_MAX)
    purposes = serializers.DictField(
        child=serializers.CharField(max_length=EXPLANATION_MAX),
        help_text="record, and any of label, train and publish: what each means to the speaker.",
    )


class ConsentTextFilters(django_filters.FilterSet):
    language = django_filters.CharFilter()


class ConsentTextListView(ListAPIView):
    queryset = ConsentText.objects.order_by("pk")
    serializer_class = ConsentTextSerializer
    filterset_class = ConsentTextFilters

    @extend_schema(
        request=ConsentTextRequestSerializer,
        responses={201: ConsentTextSerializer},
        summary="Write a consent text, or the next version of one; none is ever changed",
    )
    def post(self, request: Request) -> Response:
        asked = TextRequest(**read(ConsentTextRequestSerializer, request.data))
        text = consent_texts.create_text(asked, by=request.user)
        return Response(ConsentTextSerializer(text).data, status=201)


class ConsentSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    text = serializers.CharField(source="text.code")
    session = serializers.CharField(source="session_public_id", help_text="Empty: in none.")
    recorded_by = serializers.CharField(
        source="recorded_by.username",
        allow_null=True,
        default=None,
        help_text="Who was signed in; null where the speaker came by a link.",
    )
    in_force = serializers.SerializerMethodField(help_text="Purposes that rest on it now.")
    is_genuine = serializers.SerializerMethodField(help_text="Both hashes fit what is stored.")

    class Meta:
        model = Consent
        fields = [
            "id",
            "speaker",
            "text",
            "text_sha256",
            "purposes",
            "signed_name",
            "is_minor",
            "guardian_name",
            "guardian_relation",
            "signed_at",
            "session",
            "recorded_by",
            "evidence_sha256",
            "in_force",
            "is_genuine",
        ]

    def get_in_force(self, consent: Consent) -> list[str]:
        known = cast(dict[str, Any], self.context)  # of the whole list: all are of one speaker
        if "standing" not in known:
            known["standing"] = consents.standing(consent.speaker)
        return [purpose for purpose, its in known["standing"].items() if its.pk == consent.pk]

    def get_is_genuine(self, consent: Consent) -> bool:
        return consents.is_genuine(consent)


class PurposesField(serializers.ListField):
    """Some of record, label, train, publish."""

    child = serializers.ChoiceField(choices=Purpose.choices)

    def __init__(self, **kwargs: Any):
        super().__init__(max_length=len(Purpose), **kwargs)


class ConsentRequestSerializer(StrictSerializer):
    text = serializers.CharField(max_length=60, help_text="Code of the text that was read.")
    text_sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", required=False, help_text="Of the text as it was shown."
    )
    purposes = PurposesField()
    signed_name = serializers.CharField(max_length=200, allow_blank=True)
    is_minor = serializers.BooleanField(
        required=False, allow_null=True, help_text="Absent: by the year of birth, if it is known."
    )
    guardian_name = serializers.CharField(max_length=200, allow_blank=True, required=False)
    guardian_relation = serializers.CharField(max_length=100, allow_blank=True, required=False)


class SpeakerConsentsView(ListAPIView):
    queryset = Consent.objects.none()  # names the model to the OpenAPI schema
    serializer_class = ConsentSerializer

    def speaker(self) -> Speaker:
        return consents.find_speaker(self.kwargs["public_id"], user=self.request.user)

    def get_queryset(self) -> QuerySet[Consent]:
        rows = self.speaker().consents.order_by("pk")
        return rows.select_related("speaker", "text", "recorded_by")

    @extend_schema(
        request=ConsentRequestSerializer,
        responses={201: ConsentSerializer},
        summary="Sign a consent text for a speaker; the server's time counts",
    )
    def post(self, request: Request, public_id: str) -> Response:
        speaker = self.speaker()
        signed = consents.sign_consent(read_signature(request), speaker=speaker, by=request.user)
        return Response(ConsentSerializer(signed).data, status=201)


class SessionConsentView(APIView):
    @extend_schema(
        request=ConsentRequestSerializer,
        responses={201: ConsentSerializer},
        summary="Sign within a session, also as the speaker who came by its link",
    )
    def post(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        signed = consents.sign_consent(
            read_signature(request), speaker=session.speaker, by=request.user, session=session
        )
        return Response(ConsentSerializer(signed).data, status=201)


def read_signature(request: Request) -> Signature:
    return Signature(**read(ConsentRequestSerializer, request.data))


class WithdrawalRequestSerializer(StrictSerializer):
    purposes = PurposesField()
    reason = serializers.CharField(max_length=REASON_MAX, allow_blank=True, required=False)


class WithdrawalSerializer(serializers.ModelSerializer):
    speaker = serializers.CharField(source="speaker.public_id")
    in_force = serializers.SerializerMethodField(help_text="Purposes still agreed to.")

    class Meta:
        model = ConsentWithdrawal
        fields = ["speaker", "purposes", "reason", "withdrawn_at", "in_force"]

    def get_in_force(self, row: ConsentWithdrawal) -> list[str]:
        return list(consents.standing(row.speaker))


class WithdrawView(APIView):
    @extend_schema(
        request=WithdrawalRequestSerializer,
        responses={202: WithdrawalSerializer},
        summary="Take purposes back: what was recorded is no longer used for them",
    )
    def post(self, request: Request, public_id: str) -> Response:
        speaker = consents.find_speaker(public_id, user=request.user)
        asked = read(WithdrawalRequestSerializer, request.data)
        row = consents.withdraw(speaker=speaker, by=request.user, **asked)
        return Response(WithdrawalSerializer(row).data, status=202)
