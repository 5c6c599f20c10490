"""Judgements: appended, superseded, never edited."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.assignment import Assignment
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip, neutral_if_and_only_if_zero
from annotation.models.scheme import Scheme


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def current(self) -> AnnotationQuerySet:
        """Those not superseded by a revision."""
        return self.filter(superseded_at=None)

    def counting(self) -> AnnotationQuerySet:
        """Those that votes, overlap and agreement are made of."""
        return self.current().filter(counted=True)


class Annotation(models.Model):
    """What one annotator said of one clip. A revision is a new row; `counted` is false for what
    stays outside overlap, votes and agreement: late answers on a clip that was already full, and
    answers on gold clips and repeats (`assignment.kind`)."""

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.annotation_id, editable=False
    )
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="annotations")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="annotations")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="annotations")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations"
    )
    idempotency_key = models.CharField(max_length=100)
    body_sha256 = models.CharField(max_length=64)
    scheme = models.ForeignKey(
        Scheme,
        models.PROTECT,
        null=True,
        related_name="annotations",
        help_text=_("The version that was answered."),
    )
    counted = models.BooleanField(default=True)
    is_simulated = models.BooleanField(default=False)
    secondary = models.JSONField(
        default=list, blank=True, help_text=_("Codes of further emotions heard, weaker ones last.")
    )
    extras = models.JSONField(
        default=dict, blank=True, help_text=_("Ratings on the scheme's further scales, by code.")
    )
    confidence = models.FloatField(null=True, blank=True)
    flags = models.JSONField(default=list, blank=True)
    comment = models.TextField(blank=True, default="")
    listened_ms = models.PositiveIntegerField(default=0)
    replays = models.PositiveIntegerField(default=0)
    client_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AnnotationQuerySet] = AnnotationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "idempotency_key"], name="annotation_key_once"
            ),
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(superseded_at=None),
                name="annotation_current_once",
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="annotation_confidence_in_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "clip"],
                condition=Q(superseded_at=None, counted=True),
                name="annotation_counting",
            ),
            models.Index(fields=["campaign", "annotator", "-id"], name="annotation_history"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} on {self.clip}"


class AnnotationLabel(models.Model):
    """One (ESC, EIS) of an annotation: one row in single mode, one per rated emotion in multi mode.
    `eis` null means not rated; in multi mode 0 means none."""

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="labels")
    esc = models.CharField(max_length=8)
    eis = models.PositiveSmallIntegerField(null=True, blank=True)
    is_multi = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["annotation", "esc"], name="label_emotion_once"),
            models.CheckConstraint(
                condition=Q(is_multi=True) | neutral_if_and_only_if_zero(),
                name="label_neutral_is_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.esc} {self.eis if self.eis is not None else '-'}"
