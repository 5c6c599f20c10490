"""Questions about clips: an annotator's own threads, or all for who answers them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.labelling import visible_campaign
from annotation.models import Campaign, Question
from annotation.services import questions
from speecheq.errors import field_error
from speecheq.filters import refuse_unknown
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer


class MessageSerializer(serializers.Serializer):
    author = serializers.CharField(source="author.username")
    by_annotator = serializers.SerializerMethodField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    read = serializers.SerializerMethodField()

    def get_by_annotator(self, message: Any) -> bool:
        return bool(message.author_id == message.question.annotator_id)

    def get_read(self, message: Any) -> bool:
        return message.read_at is not None


class QuestionSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    clip = serializers.CharField(source="clip.public_id")
    assignment = serializers.CharField(
        source="assignment.public_id",
        allow_null=True,
        default=None,
        help_text="As it was offered; null for a clip to practise on or to compare with.",
    )
    annotator = serializers.CharField(source="annotator.username")
    closed = serializers.BooleanField()
    unread = serializers.IntegerField(help_text="Messages by the other side, not yet read.")
    updated_at = serializers.DateTimeField()
    messages = MessageSerializer(many=True)


class QuestionsSerializer(serializers.Serializer):
    unread = serializers.IntegerField()
    questions = QuestionSerializer(many=True)


class QuestionRequestSerializer(StrictSerializer):
    assignment = serializers.CharField(
        max_length=32, required=False, help_text="To ask about the clip as it was offered there."
    )
    clip = serializers.CharField(
        max_length=32, required=False, help_text="To ask about it: as it was offered last."
    )
    question = serializers.CharField(max_length=32, required=False, help_text="To go on in it.")
    text = serializers.CharField(max_length=questions.TEXT_MAX, required=False, allow_blank=True)
    close = serializers.BooleanField(required=False, help_text="Staff: close or open the thread.")
    read = serializers.BooleanField(required=False, help_text="Only note that it was read.")


class QuestionsView(APIView):
    @extend_schema(
        responses=QuestionsSerializer,
        parameters=[
            OpenApiParameter("assignment", str, description="The thread about one offer."),
            OpenApiParameter("clip", str, description="Threads about one clip."),
        ],
        summary="My questions about clips; all of them for who answers",
    )
    def get(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        refuse_unknown(request, {"assignment", "clip"})
        rows = questions.threads_for(campaign, request.user)
        for name in ("assignment", "clip"):
            if asked := request.query_params.get(name):
                rows = rows.filter(**{f"{name}__public_id": asked})
        body = {"unread": questions.n_unread(campaign, request.user), "questions": rows}
        return Response(QuestionsSerializer(body).data)

    @extend_schema(
        request=QuestionRequestSerializer,
        responses={200: QuestionSerializer, 201: QuestionSerializer},
        summary="Ask about a clip, go on in a thread, close it, or note that it was read",
    )
    def post(self, request: Request, public_id: str) -> Response:
        campaign = visible_campaign(request.user, public_id)
        asked = QuestionRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        if len(given.keys() & {"assignment", "clip", "question"}) != 1:
            detail = say(
                "Name an assignment or a clip to ask about it, or a question to go on in it: "
                "one of them."
            )
            raise field_error("clip", "clip_or_question", detail)
        go_on = "question" in given
        thread = self._go_on(campaign, given) if go_on else self._ask(campaign, given)
        return Response(QuestionSerializer(thread).data, status=201 if given.get("text") else 200)

    def _ask(self, campaign: Campaign, given: dict[str, Any]) -> Question:
        for name in ("close", "read"):
            if name in given:
                detail = say(
                    "`{name}` goes with a `question` that was asked before. Leave it out.",
                    name=name,
                )
                raise field_error(name, "not_a_thread_yet", detail)
        return questions.ask(
            campaign,
            annotator=self.request.user,
            text=given.get("text", ""),
            clip_id=given.get("clip", ""),
            assignment_id=given.get("assignment", ""),
        )

    def _go_on(self, campaign: Campaign, given: dict[str, Any]) -> Question:
        user = self.request.user
        thread = questions.find_thread(campaign, given["question"], user=user)
        if given.get("read") and not given.get("text") and "close" not in given:
            questions.mark_read(thread, user)
            return questions.find_thread(campaign, thread.public_id, user=user)
        text, close = given.get("text", ""), given.get("close")
        return questions.reply(thread, author=user, text=text, close=close)
