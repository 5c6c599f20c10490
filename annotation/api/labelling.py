"""The annotator's loop: next, submit, renew, skip, revise."""

from __future__ import annotations

import math
from datetime import datetime
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Annotation, Assignment, Campaign
from annotation.services import labelling, leases, queue
from annotation.services.judgements import FLAGS, MOST_SECONDARY, Judgement
from annotation.services.labelling import KEY_HEADER, Answer
from annotation.services.queue import Offer
from speecheq.error_words import worded
from speecheq.errors import NotFound
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer, read

MOST_ENTRIES = 100  # labels or ratings in one answer; a scheme says how many it takes


class NextRequestSerializer(StrictSerializer):
    count = serializers.IntegerField(min_value=1, max_value=5, default=1)


class SchemeNameSerializer(serializers.Serializer):
    code = serializers.CharField()
    version = serializers.IntegerField()
    mode = serializers.CharField()


class IntendedSerializer(serializers.Serializer):
    esc = serializers.CharField()
    eis = serializers.IntegerField(allow_null=True)


class OfferedClipSerializer(serializers.Serializer):
    """What an annotator may know of a clip: nothing that hints at an answer."""

    id = serializers.CharField(source="public_id")
    duration_ms = serializers.IntegerField()
    audio_url = serializers.SerializerMethodField()
    peaks_url = serializers.SerializerMethodField()
    spectrogram_url = serializers.SerializerMethodField()
    # A clip has no such attribute, so it is left out; see AssignmentSerializer.
    intended = IntendedSerializer(
        required=False, help_text="Only where the scheme's rules have `shows_intended`."
    )

    def get_audio_url(self, clip: Any) -> str:
        return reverse("api:clip-audio", kwargs={"public_id": clip.public_id})

    def get_peaks_url(self, clip: Any) -> str:
        return reverse("api:clip-peaks", kwargs={"public_id": clip.public_id})

    def get_spectrogram_url(self, clip: Any) -> str:
        return reverse("api:clip-spectrogram", kwargs={"public_id": clip.public_id})


class AssignmentSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    clip = OfferedClipSerializer()
    scheme = SchemeNameSerializer(source="campaign.scheme")
    expires_at = serializers.DateTimeField()

    def to_representation(self, assignment: Assignment) -> dict[str, Any]:
        shown = super().to_representation(assignment)
        clip = assignment.clip
        if assignment.campaign.scheme.rules.get("shows_intended") and clip.intended_esc:
            shown["clip"]["intended"] = {"esc": clip.intended_esc, "eis": clip.intended_eis}
        return shown


class NextSerializer(serializers.Serializer):
    assignments = AssignmentSerializer(many=True)
    reason = serializers.ChoiceField(
        choices=[queue.NOTHING_LEFT, queue.CAP_REACHED],
        allow_null=True,
        help_text="Why there is no assignment.",
    )


class LabelSerializer(StrictSerializer):
    esc = serializers.CharField(max_length=8)
    eis = serializers.IntegerField(allow_null=True, default=None)

    def to_internal_value(self, data: Any) -> Any:
        # 2.0 and "2" are not levels; a client that sends them has lost a type on the way.
        eis = data.get("eis") if isinstance(data, dict) else None
        if eis is not None and type(eis) is not int:
            detail = say("EIS {eis} is not a whole number.", eis=repr(eis))
            raise serializers.ValidationError(
                {"eis": serializers.ErrorDetail(worded(detail), code="not_an_integer")}
            )
        return super().to_internal_value(data)


class RatingField(serializers.FloatField):
    """A number on a scale; text, true and what is no number at all are refused."""

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float) or not math.isfinite(data):
            detail = worded(say("{value} is not a number.", value=repr(data)))
            raise serializers.ValidationError(serializers.ErrorDetail(detail, code="not_a_number"))
        # 5 and 5.0 are one rating, and hash alike.
        return int(data) if data == int(data) else float(data)


class RatingsField(serializers.DictField):
    """Ratings by the code of their scale."""

    child = RatingField()
    default_error_messages = {"max_length": gettext_lazy("{count} ratings; {most} are the most.")}

    def to_internal_value(self, data: Any) -> dict[str, float]:
        if isinstance(data, dict) and len(data) > MOST_ENTRIES:
            self.fail("max_length", count=len(data), most=MOST_ENTRIES)
        return super().to_internal_value(data)


class JudgementSerializer(StrictSerializer):
    labels: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=LabelSerializer(), max_length=MOST_ENTRIES
    )
    secondary = serializers.ListField(
        child=serializers.CharField(max_length=8),
        default=list,
        max_length=MOST_SECONDARY,
        help_text="Codes of further emotions heard, weaker ones last, where the scheme takes them.",
    )
    extras = RatingsField(default=dict, help_text="Ratings on further scales, by code.")
    confidence = serializers.FloatField(min_value=0, max_value=1, allow_null=True, default=None)
    flags = serializers.ListField(
        child=serializers.ChoiceField(choices=FLAGS), default=list, max_length=len(FLAGS)
    )
    comment = serializers.CharField(max_length=2000, allow_blank=True, default="")
    listened_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    replays = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    client_time = serializers.DateTimeField(default=None, allow_null=True)
    scheme = serializers.CharField(
        max_length=60, default="", help_text='The version answered, as "seqd-1@2".'
    )


class StoredLabelSerializer(serializers.Serializer):
    esc = serializers.CharField()
    eis = serializers.IntegerField(allow_null=True)


class AnnotationSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    clip = serializers.CharField(source="clip.public_id")
    campaign = serializers.CharField(source="campaign.public_id")
    assignment = serializers.CharField(source="assignment.public_id")
    labels = StoredLabelSerializer(many=True)
    scheme = serializers.CharField(source="scheme.name", allow_null=True, default=None)
    supersedes = serializers.CharField(source="supersedes.public_id", allow_null=True, default=None)

    class Meta:
        model = Annotation
        fields = [
            "id",
            "clip",
            "campaign",
            "assignment",
            "labels",
            "secondary",
            "extras",
            "scheme",
            "confidence",
            "flags",
            "comment",
            "listened_ms",
            "replays",
            "counted",
            "supersedes",
            "created_at",
        ]


def idempotency_key(request: Request) -> str:
    """The header, or a 400 that says what it is for: before the body is looked at."""
    key = request.headers.get(KEY_HEADER, "").strip()
    labelling.check_key(key)
    return key


def read_judgement(request: Request) -> dict[str, Any]:
    """What `submit` and `revise` take from the body."""
    values = dict(read(JudgementSerializer, request.data))
    scheme = values.pop("scheme")  # what was answered on, no part of the answer
    labels = [(label["esc"], label["eis"]) for label in values.pop("labels")]
    values["client_at"] = values.pop("client_time")
    values["flags"] = sorted(set(values["flags"]))
    return {"judgement": Judgement(labels=labels, **values), "scheme": scheme}


def answer(result: Answer) -> Response:
    """201 for a new annotation, 200 for the same request again; the same body both times."""
    return Response(annotation_json(result), status=201 if result.created else 200)


KEY_PARAMETER = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="New for each answer, the same on each retry of it.",
)


# The two answers that are given for every label are put together here: DRF builds a serializer
# anew for each, nested ones too, which takes as long as the rest of `next`. A test compares them
# with the serializers, which the OpenAPI schema is made from.
def offer_json(offer: Offer) -> dict[str, Any]:
    """As NextSerializer."""
    code, version, mode = offer.scheme
    scheme = {"code": code, "version": version, "mode": mode}
    assignments = [
        {
            "id": each.public_id,
            "clip": offered_clip(each.clip, offer.intended.get(each.clip_id)),
            "scheme": scheme,
            "expires_at": time_json(each.expires_at),
        }
        for each in offer.assignments
    ]
    return {"assignments": assignments, "reason": offer.reason}


def offered_clip(clip: Any, intended: tuple[str, int | None] | None) -> dict[str, Any]:
    urls = {name: url.replace(ID, clip.public_id) for name, url in clip_urls().items()}
    shown: dict[str, Any] = {"id": clip.public_id, "duration_ms": clip.duration_ms, **urls}
    if intended is not None:
        shown["intended"] = {"esc": intended[0], "eis": intended[1]}
    return shown


ID = "clp_"


@cache
def clip_urls() -> dict[str, str]:
    """The addresses of a clip's files, with ID where its public id goes."""
    return {
        f"{name}_url": reverse(f"api:clip-{name}", kwargs={"public_id": ID})
        for name in ("audio", "peaks", "spectrogram")
    }


def annotation_json(result: Answer) -> dict[str, Any]:
    """As AnnotationSerializer; `counted` as its author is told."""
    stored = result.annotation
    return {
        "id": stored.public_id,
        "clip": stored.clip.public_id,
        "campaign": stored.campaign.public_id,
        "assignment": stored.assignment.public_id,
        "labels": [{"esc": esc, "eis": eis} for esc, eis in result.labels],
        "secondary": stored.secondary,
        "extras": stored.extras,
        "scheme": stored.scheme.name if stored.scheme else None,
        "confidence": stored.confidence,
        "flags": stored.flags,
        "comment": stored.comment,
        "listened_ms": stored.listened_ms,
        "replays": stored.replays,
        "counted": result.counted,
        "supersedes": stored.supersedes.public_id if stored.supersedes else None,
        "created_at": time_json(stored.created_at),
    }


def time_json(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


class NextView(APIView):
    @extend_schema(
        request=NextRequestSerializer,
        responses=NextSerializer,
        summary="My open assignments, then new ones",
    )
    def post(self, request: Request, public_id: str) -> Response:
        count = read(NextRequestSerializer, request.data)["count"]
        offer = queue.offer_next(campaign_id=public_id, annotator=request.user, count=count)
        return Response(offer_json(offer))


def visible_campaign(user: Any, public_id: str) -> Campaign:
    found = Campaign.objects.visible_to(user).filter(public_id=public_id)
    campaign = found.select_related("scheme", "corpus").first()
    if campaign is None:
        raise NotFound(say("No campaign {id!r}.", id=public_id))
    return campaign


class SubmitView(APIView):
    @extend_schema(
        request=JudgementSerializer,
        responses={200: AnnotationSerializer, 201: AnnotationSerializer},
        parameters=[KEY_PARAMETER],
        summary="Answer an assignment",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return answer(
            labelling.submit(
                assignment_id=public_id,
                annotator=request.user,
                key=idempotency_key(request),
                **read_judgement(request),
            )
        )


class ReviseView(APIView):
    @extend_schema(
        request=JudgementSerializer,
        responses={200: AnnotationSerializer, 201: AnnotationSerializer},
        parameters=[KEY_PARAMETER],
        summary="Replace one's own answer; the earlier one is kept",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return answer(
            labelling.revise(
                annotation_id=public_id,
                annotator=request.user,
                key=idempotency_key(request),
                **read_judgement(request),
            )
        )


class RenewRequestSerializer(StrictSerializer):
    ids = serializers.ListField(child=serializers.CharField(max_length=32), max_length=20)


class RenewedSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    expires_at = serializers.DateTimeField()


class RenewAnswerSerializer(serializers.Serializer):
    renewed = RenewedSerializer(many=True)
    lost = serializers.ListField(child=serializers.CharField())
    closed = serializers.ListField(
        child=serializers.CharField(),
        help_text="Of the lost ones, those that the caller has answered or given back.",
    )


class RenewView(APIView):
    @extend_schema(
        request=RenewRequestSerializer, responses=RenewAnswerSerializer, summary="Keep leases alive"
    )
    def post(self, request: Request) -> Response:
        asked = RenewRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ids = asked.validated_data["ids"]
        renewed = leases.renew(annotator=request.user, public_ids=ids)
        kept = {assignment.public_id for assignment in renewed}
        lost = [each for each in ids if each not in kept]
        closed = leases.closed_among(annotator=request.user, public_ids=lost) if lost else []
        answer = {"renewed": renewed, "lost": lost, "closed": closed}
        return Response(RenewAnswerSerializer(answer).data)


class SkipRequestSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=200)


class SkippedSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = Assignment
        fields = ["id", "state", "skip_reason"]


class SkipView(APIView):
    @extend_schema(
        request=SkipRequestSerializer, responses=SkippedSerializer, summary="Give a clip back"
    )
    def post(self, request: Request, public_id: str) -> Response:
        asked = SkipRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        skipped = leases.skip(
            public_id=public_id, annotator=request.user, reason=asked.validated_data["reason"]
        )
        return Response(SkippedSerializer(skipped).data)
