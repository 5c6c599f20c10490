"""Corpora, their members and speakers."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Corpus, Speaker
from annotation.models.speaker import Sex
from annotation.recipes.rows import LANGUAGE
from annotation.services import corpora
from annotation.services.corpora import find_corpus
from speecheq.authorisation import require_role
from speecheq.errors import NotFound
from speecheq.names import SLUG
from speecheq.roles import Role
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer

STAFF = [role for role in Role if role != Role.ANNOTATOR]


class LanguageField(serializers.RegexField):
    """A BCP 47 tag such as en or zh-CN."""

    def __init__(self, **kwargs: Any):
        super().__init__(LANGUAGE, max_length=35, **kwargs)


class CorpusSerializer(serializers.ModelSerializer):
    class Meta:
        model = Corpus
        fields = [
            "slug",
            "name",
            "language",
            "licence",
            "licence_source",
            "is_synthetic",
            "created_at",
        ]


class CorpusRequestSerializer(StrictSerializer):
    slug = serializers.RegexField(SLUG, max_length=64)
    name = serializers.CharField(max_length=200)
    language = LanguageField()
    licence = serializers.CharField(max_length=200)
    licence_source = serializers.CharField(max_length=500, allow_blank=True, default="")


class CorpusChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, required=False)
    language = LanguageField(required=False)
    licence = serializers.CharField(max_length=200, required=False)
    licence_source = serializers.CharField(max_length=500, allow_blank=True, required=False)


class CorpusListView(ListAPIView):
    queryset = Corpus.objects.none()  # names the model to the OpenAPI schema
    serializer_class = CorpusSerializer

    def get_queryset(self) -> QuerySet[Corpus]:
        return Corpus.objects.visible_to(self.request.user)

    @extend_schema(
        request=CorpusRequestSerializer,
        responses={201: CorpusSerializer},
        summary="Make a corpus; its maker becomes its data manager",
    )
    def post(self, request: Request) -> Response:
        asked = CorpusRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        corpus = corpora.create_corpus(**asked.validated_data, by=request.user)
        return Response(CorpusSerializer(corpus).data, status=201)


class CorpusDetailView(APIView):
    @extend_schema(responses=CorpusSerializer, summary="One corpus")
    def get(self, request: Request, slug: str) -> Response:
        return Response(CorpusSerializer(find_corpus(slug, user=request.user)).data)

    @extend_schema(
        request=CorpusChangeSerializer, responses=CorpusSerializer, summary="Change a corpus"
    )
    def patch(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        asked = CorpusChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changed = corpora.change_corpus(corpus, by=request.user, **asked.validated_data)
        return Response(CorpusSerializer(changed).data)


class MemberSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class MembersView(APIView):
    @extend_schema(responses=MemberSerializer(many=True), summary="Who works in a corpus")
    def get(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        require_role(request.user, corpus, *STAFF)
        rows = corpus.memberships.order_by("user__username", "role")
        pairs = rows.values_list("user__username", "role")
        return Response([{"username": name, "role": role} for name, role in pairs])

    @extend_schema(
        request=MemberSerializer(many=True),
        responses=MemberSerializer(many=True),
        summary="Replace the list of members",
    )
    def put(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        asked = MemberSerializer(data=request.data, many=True)
        asked.is_valid(raise_exception=True)
        wanted = [(row["username"], row["role"]) for row in asked.validated_data]
        corpora.set_members(corpus, wanted, by=request.user)
        return self.get(request, slug)


class SpeakerSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    corpus = serializers.CharField(source="corpus.slug")

    class Meta:
        model = Speaker
        fields = ["id", "corpus", "code", "sex", "language", "birth_year", "basis", "is_unknown"]


class SpeakerChangeSerializer(StrictSerializer):
    sex = serializers.ChoiceField(choices=Sex.choices, allow_blank=True, required=False)
    language = LanguageField(allow_blank=True, required=False)
    birth_year = serializers.IntegerField(
        allow_null=True,
        required=False,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
    )


class SpeakerRequestSerializer(SpeakerChangeSerializer):
    code = serializers.CharField(max_length=100)


class SpeakerFilters(django_filters.FilterSet):
    code = django_filters.CharFilter()
    sex = django_filters.ChoiceFilter(choices=Sex.choices)


class SpeakerListView(ListAPIView):
    queryset = Speaker.objects.none()  # names the model to the OpenAPI schema
    serializer_class = SpeakerSerializer
    filterset_class = SpeakerFilters

    def get_queryset(self) -> QuerySet[Speaker]:
        corpus = find_corpus(self.kwargs["slug"], user=self.request.user)
        require_role(self.request.user, corpus, *STAFF)
        return Speaker.objects.filter(corpus=corpus).select_related("corpus").order_by("pk")

    @extend_schema(
        request=SpeakerRequestSerializer,
        responses={201: SpeakerSerializer},
        summary="Note a speaker under a pseudonym",
    )
    def post(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        asked = SpeakerRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        speaker = corpora.create_speaker(corpus, **asked.validated_data, by=request.user)
        return Response(SpeakerSerializer(speaker).data, status=201)


class SpeakerDetailView(APIView):
    @extend_schema(
        request=SpeakerChangeSerializer,
        responses=SpeakerSerializer,
        summary="Correct a speaker; the audit log keeps the earlier values",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        speaker = Speaker.objects.visible_to(request.user).filter(public_id=public_id).first()
        if speaker is None:
            raise NotFound(say("No speaker {id!r}.", id=public_id))
        asked = SpeakerChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changed = corpora.change_speaker(speaker, by=request.user, **asked.validated_data)
        return Response(SpeakerSerializer(changed).data)
