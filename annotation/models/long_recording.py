"""A whole session or a dialogue in one file, and where it is cut."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.script import Prompt
from annotation.models.session import Session
from annotation.models.take import Take


class LongState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class LongRecordingQuerySet(models.QuerySet["LongRecording"]):
    def visible_to(self, user) -> LongRecordingQuerySet:
        return self.filter(session__in=Session.objects.visible_to(user))


class LongRecording(models.Model):
    """One channel of one file, spoken by the speaker of one session. Two speakers of a dialogue
    are two of these over the same stored file."""

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.long_recording_id, editable=False
    )
    session = models.ForeignKey(Session, models.PROTECT, related_name="long_recordings")
    file = models.FileField(max_length=200)
    original_name = models.CharField(max_length=255, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    file_bytes = models.PositiveBigIntegerField()
    channel = models.PositiveSmallIntegerField(
        default=0, help_text=_("Counted from 0: the one that is cut.")
    )
    channels = models.PositiveSmallIntegerField(null=True)
    sample_rate_hz = models.PositiveIntegerField(null=True)
    frames = models.PositiveBigIntegerField(null=True)
    bits = models.PositiveSmallIntegerField(null=True)
    peaks = models.FileField(max_length=200, blank=True)
    search = models.JSONField(
        default=dict, blank=True, help_text=_("How silence was searched for.")
    )
    state = models.CharField(max_length=10, choices=LongState.choices, default=LongState.WAITING)
    problem = models.JSONField(null=True, blank=True)
    # Raised with each change of regions: two editors cannot overwrite each other.
    revision = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[LongRecordingQuerySet] = LongRecordingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("long recording")
        verbose_name_plural = _("long recordings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "sha256", "channel"], name="long_recording_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.original_name}"


class Region(models.Model):
    """A stretch of a long recording: frames [start, end). It becomes a take of its prompt."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.region_id, editable=False)
    recording = models.ForeignKey(LongRecording, models.CASCADE, related_name="regions")
    start_frame = models.PositiveBigIntegerField()
    end_frame = models.PositiveBigIntegerField()
    prompt = models.ForeignKey(Prompt, models.PROTECT, null=True, blank=True, related_name="+")
    take = models.ForeignKey(Take, models.PROTECT, null=True, blank=True, related_name="regions")

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["start_frame", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_frame__gt=F("start_frame")), name="region_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording} {self.start_frame}-{self.end_frame}"
