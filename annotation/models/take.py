"""What was recorded."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.clip import Clip
from annotation.models.consent import Consent
from annotation.models.script import Prompt
from annotation.models.session import Session


class TakeKind(models.TextChoices):
    SPEECH = "speech", _("speech")
    ROOM_TONE = "room_tone", _("room tone")


class TakeSource(models.TextChoices):
    RECORDER = "recorder", _("recorder page")
    FILE = "file", _("sent as a file")
    LONG = "long", _("cut from a long file")
    WSR = "wsr", _("WebSpeechRecorder")


class Verdict(models.TextChoices):
    GREEN = "green", _("good")
    YELLOW = "yellow", _("doubtful")
    RED = "red", _("bad")


class TakeQuerySet(models.QuerySet["Take"]):
    def visible_to(self, user) -> TakeQuerySet:
        return self.filter(session__in=Session.objects.visible_to(user))


class Take(models.Model):
    """One attempt at one prompt: bytes as they came, figures as the server measured them. A second
    attempt is the next version; nothing is overwritten."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.take_id, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="takes")
    prompt = models.ForeignKey(
        Prompt,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="takes",
        help_text=_("None: room tone."),
    )
    kind = models.CharField(max_length=10, choices=TakeKind.choices, default=TakeKind.SPEECH)
    version = models.PositiveIntegerField(help_text=_("Counted from 1 for each prompt."))
    source = models.CharField(
        max_length=10, choices=TakeSource.choices, default=TakeSource.RECORDER
    )
    consent = models.ForeignKey(
        Consent,
        models.PROTECT,
        related_name="takes",
        help_text=_("The signature in force when it came."),
    )

    file = models.FileField(max_length=200)
    sha256 = models.CharField(max_length=64, help_text=_("Of the file."))
    pcm_sha256 = models.CharField(max_length=64, help_text=_("Of the PCM samples."))
    file_bytes = models.PositiveBigIntegerField()
    duration_ms = models.PositiveIntegerField()
    frames = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("Null: nobody counted them yet.")
    )
    sample_rate_hz = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    bits = models.PositiveSmallIntegerField()

    qc = models.JSONField(help_text=_("Figures and reasons, as the server measured them."))
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    accepted = models.BooleanField(default=False)
    reported = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("What the recording page said: device, figures."),
    )
    recorded_at = models.DateTimeField(
        null=True, blank=True, help_text=_("By our clock, as far as the sender told it.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("None: the speaker, by a link."),
    )
    clip = models.ForeignKey(
        Clip,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="takes",
        help_text=_("What was made of it."),
    )

    objects: ClassVar[TakeQuerySet] = TakeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("take")
        verbose_name_plural = _("takes")
        ordering = ["pk"]
        constraints = [
            # One file is one take of a session, whoever sends it however often.
            models.UniqueConstraint(fields=["session", "sha256"], name="take_once"),
            models.UniqueConstraint(
                fields=["session", "prompt", "version"], name="take_version_once"
            ),
            models.UniqueConstraint(
                fields=["session", "version"],
                condition=Q(prompt=None),
                name="take_room_tone_version_once",
            ),
            # Of the attempts at one prompt one is chosen at most.
            models.UniqueConstraint(
                fields=["session", "prompt"], condition=Q(accepted=True), name="take_chosen_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="speech", prompt__isnull=False)
                | Q(kind="room_tone", prompt__isnull=True),
                name="take_speech_has_prompt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session} {self.prompt or self.kind} v{self.version}"
