"""What REST says and takes of a session."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotation.models import Session, SessionEvent
from annotation.models.session import EventKind, PromptState, SessionMode, SessionState
from annotation.models.take import TakeKind, Verdict
from annotation.services.recording import links
from annotation.services.recording.planning import BITS, MAX_COUNTDOWN_S, MAX_SEED
from annotation.services.recording.session_progress import Counts
from speecheq.errors import Malformed, field_error
from speecheq.sentences import say
from speecheq.serializers import StrictSerializer


class RecordingCountsSerializer(serializers.Serializer):
    target = serializers.IntegerField(help_text="Prompts.")
    recorded = serializers.IntegerField(help_text="Those with a take.")
    accepted = serializers.IntegerField(help_text="Those with a chosen take.")
    again = serializers.IntegerField(help_text="Those to be said once more.")
    skipped = serializers.IntegerField()


class SessionRowSerializer(serializers.ModelSerializer):
    """A session in a list; `prompts` counts them, but for training."""

    id = serializers.CharField(source="public_id")
    corpus = serializers.CharField(source="corpus.slug")
    speaker = serializers.CharField(source="speaker.public_id")
    speaker_code = serializers.CharField(source="speaker.code")
    script = serializers.CharField(source="script.name")
    language = serializers.CharField(source="script.language")
    operator = serializers.CharField(source="operator.username", default=None, allow_null=True)
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = [
            "id",
            "title",
            "corpus",
            "speaker",
            "speaker_code",
            "script",
            "language",
            "state",
            "mode",
            "operator",
            "planned_for",
            "created_at",
            "progress",
        ]

    def get_progress(self, session: Session) -> RecordingCountsSerializer:
        counts = self.context["counts"].get(session.pk, Counts())
        return RecordingCountsSerializer(counts).data  # type: ignore[return-value]


class PromptOrRoomToneSerializer(StrictSerializer):
    """Which part of a session is meant: a prompt, or the room tone."""

    prompt = serializers.CharField(max_length=32, required=False)
    kind = serializers.ChoiceField(TakeKind.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        spoken = attrs.get("kind", TakeKind.SPEECH) == TakeKind.SPEECH
        if spoken != ("prompt" in attrs):
            detail = say("Name a prompt for speech, or kind room_tone without a prompt.")
            raise field_error("prompt", "no_prompt", detail, kind=Malformed)
        return attrs


class SettingsSerializer(StrictSerializer):
    """What may be given when a session is planned, and later."""

    title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    mode = serializers.ChoiceField(choices=SessionMode.choices, required=False)
    bits = serializers.ChoiceField(choices=BITS, required=False, help_text="Of the WAV.")
    countdown_s = serializers.IntegerField(
        min_value=0, max_value=MAX_COUNTDOWN_S, required=False, help_text="Before each take."
    )
    wants_room_tone = serializers.BooleanField(required=False)
    qc_rules = serializers.DictField(
        child=serializers.FloatField(),
        required=False,
        help_text="Thresholds that differ from the usual ones, by name.",
    )
    operator = serializers.CharField(
        max_length=150, allow_blank=True, required=False, help_text="By user name; empty: nobody."
    )
    planned_for = serializers.DateTimeField(required=False, allow_null=True)


class SessionRequestSerializer(SettingsSerializer):
    corpus = serializers.CharField(max_length=64)
    speaker = serializers.CharField(max_length=32)
    script = serializers.CharField(
        max_length=60, help_text="Its code: the newest version of it; or code@version."
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=MAX_SEED, required=False, help_text="Of the order. Left out: drawn."
    )
    link_days = serializers.IntegerField(
        min_value=0,
        max_value=links.MAX_DAYS,
        default=links.DAYS,
        help_text="How long the speaker's one-time link is good for; 0 makes none.",
    )


class SessionChangeSerializer(SettingsSerializer):
    state = serializers.ChoiceField(choices=SessionState.choices, required=False)


class SpeakerOfSessionSerializer(serializers.Serializer):
    id = serializers.CharField()
    code = serializers.CharField()
    language = serializers.CharField()


class ConsentOfSessionSerializer(serializers.Serializer):
    in_force = serializers.BooleanField(help_text="Whether the speaker agreed to be recorded.")
    purposes = serializers.ListField(child=serializers.CharField())


class RoomToneSerializer(serializers.Serializer):
    takes = serializers.IntegerField()
    accepted = serializers.CharField(allow_null=True, help_text="The chosen take.")
    verdict = serializers.ChoiceField(
        choices=Verdict.choices,
        allow_null=True,
        help_text="On the chosen take; where none is chosen, on the latest.",
    )
    again = serializers.BooleanField(help_text="Whether the operator asked for it once more.")


class PromptOfSessionSerializer(serializers.Serializer):
    id = serializers.CharField()
    key = serializers.CharField()
    text = serializers.CharField()
    transcript = serializers.CharField()
    language = serializers.CharField()
    hint = serializers.CharField()
    scenario = serializers.CharField()
    target_esc = serializers.CharField()
    target_eis = serializers.IntegerField(allow_null=True)
    section = serializers.CharField()
    kind = serializers.CharField(help_text="training or main")
    position = serializers.IntegerField()
    state = serializers.ChoiceField(choices=PromptState.choices)
    note = serializers.CharField(help_text="Why it was skipped.")
    takes = serializers.IntegerField()
    accepted = serializers.CharField(allow_null=True, help_text="The chosen take.")
    newest = serializers.CharField(allow_null=True, help_text="The latest take.")
    verdict = serializers.ChoiceField(
        choices=Verdict.choices,
        allow_null=True,
        help_text="On the chosen take; where none is chosen, on the latest.",
    )


class SessionSerializer(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    corpus = serializers.CharField()
    speaker = SpeakerOfSessionSerializer()
    script = serializers.CharField(help_text="With its version, which stays.")
    language = serializers.CharField()
    state = serializers.ChoiceField(choices=SessionState.choices)
    mode = serializers.ChoiceField(choices=SessionMode.choices)
    seed = serializers.IntegerField()
    bits = serializers.IntegerField()
    countdown_s = serializers.IntegerField()
    wants_room_tone = serializers.BooleanField()
    qc_rules = serializers.DictField(help_text="All thresholds in force.")
    operator = serializers.CharField(allow_null=True)
    planned_for = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    device = serializers.DictField(help_text="What the recording device reported last.")
    revision = serializers.IntegerField(help_text="Higher with each change.")
    consent = ConsentOfSessionSerializer()
    prompts = PromptOfSessionSerializer(many=True)
    room_tone = RoomToneSerializer()
    link = serializers.CharField(
        allow_null=True, help_text="The one-time link, shown only when the session was planned."
    )


class SessionEventSerializer(serializers.ModelSerializer):
    actor = serializers.CharField(
        source="actor.username",
        default=None,
        allow_null=True,
        help_text="Null: the speaker, by a link.",
    )
    kind = serializers.ChoiceField(choices=EventKind.choices)
    prompt = serializers.CharField(source="prompt.public_id", default=None, allow_null=True)

    class Meta:
        model = SessionEvent
        fields = ["at", "actor", "kind", "prompt", "text", "data"]
