"""Sessions: planned, listed, in full, changed; what happened in them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.recording.session_fields import (
    PromptOrRoomToneSerializer,
    RecordingCountsSerializer,
    SessionChangeSerializer,
    SessionEventSerializer,
    SessionRequestSerializer,
    SessionRowSerializer,
    SessionSerializer,
)
from annotation.api.recording.session_links import address_of
from annotation.models import Corpus, Session, SessionEvent
from annotation.models.session import EventKind, SessionState
from annotation.services.corpora import find_corpus
from annotation.services.oversight import STAFF
from annotation.services.recording import (
    links,
    planning,
    room_tone,
    session_progress,
    sessions,
    summary,
)
from annotation.services.recording.visitors import find_session, look_at_session
from speecheq.authorisation import require_role
from speecheq.errors import field_error
from speecheq.pagination import CursorPages
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer, read


class SessionFilters(django_filters.FilterSet):
    corpus = django_filters.CharFilter(field_name="corpus__slug")
    state = django_filters.ChoiceFilter(choices=SessionState.choices)
    speaker = django_filters.CharFilter(field_name="speaker__public_id")


class SessionListView(ListAPIView):
    queryset = Session.objects.none()  # names the model to the OpenAPI schema
    serializer_class = SessionRowSerializer
    filterset_class = SessionFilters

    def get_queryset(self) -> QuerySet[Session]:
        visible = Session.objects.visible_to(self.request.user)
        return visible.select_related("corpus", "speaker", "script", "operator")

    def paginate_queryset(self, queryset: Any) -> Any:
        page: Any = super().paginate_queryset(queryset)
        self.counts = session_progress.counts_by_session(page)
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "counts": getattr(self, "counts", {})}

    @extend_schema(
        request=SessionRequestSerializer,
        responses={201: SessionSerializer},
        summary="Plan a session; its order of prompts is drawn once",
    )
    def post(self, request: Request) -> Response:
        given = read(SessionRequestSerializer, request.data)
        days = given.pop("link_days")
        corpus = _corpus_named(given.pop("corpus"), request.user)
        session = planning.plan_session(
            corpus=corpus, request=planning.SessionRequest(**given), by=request.user
        )
        address = None
        if days:
            _link, token = links.make_link(session, by=request.user, days=days)
            address = address_of(request, token)
        session.refresh_from_db(fields=["revision"])
        return Response(shown(session, link=address), status=201)


def _corpus_named(slug: str, user: Any) -> Corpus:
    corpus = Corpus.objects.visible_to(user).filter(slug=slug).first()
    if corpus is None:
        known = ", ".join(Corpus.objects.visible_to(user).values_list("slug", flat=True))
        raise field_error(
            "corpus",
            "unknown_corpus",
            say("No corpus {slug!r}. Known: {known}.", slug=slug, known=known),
        )
    return corpus


def shown(session: Session, *, link: str | None = None) -> dict[str, Any]:
    return SessionSerializer(summary.in_full(session, link=link)).data


class SessionDetailView(APIView):
    @extend_schema(responses=SessionSerializer, summary="One session in full, in its order")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(shown(look_at_session(public_id, user=request.user)))

    @extend_schema(
        request=SessionChangeSerializer,
        responses=SessionSerializer,
        summary="Change a session, or open, pause and close it",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(SessionChangeSerializer, request.data)
        return Response(shown(sessions.change_session(session, by=request.user, **asked)))


class NewestFirst(CursorPages):
    ordering = "-pk"


class EventFilters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=EventKind.choices)


class EventsView(ListAPIView):
    """The audit trail of a session and its notes."""

    queryset = SessionEvent.objects.none()  # names the model to the OpenAPI schema
    serializer_class = SessionEventSerializer
    filterset_class = EventFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SessionEvent]:
        session = look_at_session(self.kwargs["public_id"], user=self.request.user)
        return session.events.select_related("actor", "prompt")

    @extend_schema(summary="What happened in a session, the latest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SessionNoteSerializer(StrictSerializer):
    text = serializers.CharField(max_length=sessions.NOTE_MAX)
    prompt = serializers.CharField(
        max_length=32, required=False, source="prompt_id", help_text="If it is about one."
    )


class NotesView(APIView):
    @extend_schema(
        request=SessionNoteSerializer,
        responses={201: SessionEventSerializer},
        summary="Write something down, of the session or of one prompt",
    )
    def post(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(SessionNoteSerializer, request.data)
        event = sessions.add_note(session, by=request.user, **asked)
        return Response(SessionEventSerializer(event).data, status=201)


class SessionPlaceSerializer(serializers.Serializer):
    prompt = serializers.CharField(
        source="prompt.public_id", allow_null=True, help_text="Null: the room tone."
    )
    position = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    note = serializers.CharField()


ROOM_ASKED: dict[str, Any] = {"prompt": None, "position": None, "state": "again", "note": ""}


class AgainSerializer(PromptOrRoomToneSerializer):
    """A prompt, or the room tone."""


class AgainView(APIView):
    @extend_schema(
        request=AgainSerializer,
        responses=SessionPlaceSerializer,
        summary="Ask the speaker for a prompt, or for the room tone, once more",
    )
    def post(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(AgainSerializer, request.data)
        if "prompt" not in asked:
            room_tone.ask_again(session, by=request.user)
            return Response(ROOM_ASKED)
        place = sessions.ask_again(session, by=request.user, prompt_id=asked["prompt"])
        return Response(SessionPlaceSerializer(place).data)


class SessionPromptSerializer(StrictSerializer):
    prompt = serializers.CharField(max_length=32, source="prompt_id")


class SkipPromptSerializer(SessionPromptSerializer):
    reason = serializers.CharField(max_length=sessions.REASON_MAX)


class SkipView(APIView):
    @extend_schema(
        request=SkipPromptSerializer,
        responses=SessionPlaceSerializer,
        summary="Leave a prompt out of a session, and say why",
    )
    def post(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(SkipPromptSerializer, request.data)
        place = sessions.skip(session, by=request.user, **asked)
        return Response(SessionPlaceSerializer(place).data)


class BringBackView(APIView):
    @extend_schema(
        request=SessionPromptSerializer,
        responses=SessionPlaceSerializer,
        summary="Have a prompt that was left out spoken after all",
    )
    def post(self, request: Request, public_id: str) -> Response:
        session = find_session(public_id, user=request.user)
        asked = read(SessionPromptSerializer, request.data)
        place = sessions.bring_back(session, by=request.user, **asked)
        return Response(SessionPlaceSerializer(place).data)


class RecordingCellSerializer(serializers.Serializer):
    esc = serializers.CharField(help_text="The intended emotion; empty where none is intended.")
    eis = serializers.IntegerField(allow_null=True)
    counts = RecordingCountsSerializer()


class RecordingProgressSerializer(serializers.Serializer):
    overall = RecordingCountsSerializer()
    training = RecordingCountsSerializer()
    cells = RecordingCellSerializer(many=True)


class SessionProgressView(APIView):
    @extend_schema(
        responses=RecordingProgressSerializer,
        summary="How far a session is, by intended emotion and intensity",
    )
    def get(self, request: Request, public_id: str) -> Response:
        session = look_at_session(public_id, user=request.user)
        found = session_progress.progress_of(session.places.all())
        return Response(RecordingProgressSerializer(found).data)


class CorpusRecordingView(APIView):
    @extend_schema(
        responses=RecordingProgressSerializer,
        summary="How far the sessions of a corpus are, by intended emotion and intensity",
    )
    def get(self, request: Request, slug: str) -> Response:
        corpus = find_corpus(slug, user=request.user)
        require_role(request.user, corpus, *STAFF)
        places = session_progress.places_of_corpus(corpus)
        return Response(RecordingProgressSerializer(session_progress.progress_of(places)).data)
