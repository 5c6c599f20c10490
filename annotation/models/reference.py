"""Clips whose answer a manager knows: to practise on, to check with, to compare against."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip
from annotation.models.member import CampaignMember


class Purpose(models.TextChoices):
    GOLD = "gold", _("gold: offered like any other clip")
    PRACTICE = "practice", _("practice: labelled first, with the answer shown after")
    ANCHOR = "anchor", _("anchor: heard as an example of its label")


class ReferenceQuerySet(models.QuerySet["ReferenceClip"]):
    def listed(self) -> ReferenceQuerySet:
        """Gold, practice, anchors, each in its order."""
        purposes = [When(purpose=each, then=i) for i, each in enumerate(Purpose.values)]
        return self.order_by(Case(*purposes, output_field=models.IntegerField()), "place", "pk")


class ReferenceClip(models.Model):
    """A clip of a campaign with its known labels, outside the overlap and all votes.

    `labels`: `[{"esc": "HAP", "eis": 2}]`, as a judgement has them; an anchor has one, and its
    `eis` may be null.
    """

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.reference_id, editable=False
    )
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="references")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="references")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    labels = models.JSONField()
    feedback = models.TextField(_("what to listen for"), blank=True, default="", max_length=1000)
    place = models.PositiveIntegerField(default=0, help_text=_("Order among those of its purpose."))

    objects: ClassVar[ReferenceQuerySet] = ReferenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("reference clip")
        verbose_name_plural = _("reference clips")
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "clip"], name="reference_clip_once"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="reference_purpose_known"
            ),
        ]
        indexes = [models.Index(fields=["campaign", "purpose", "place"], name="reference_place")]

    def __str__(self) -> str:
        return f"{self.clip} ({self.purpose})"


class PracticeAnswer(models.Model):
    """What somebody answered on a practice clip. Appended; the last attempt decides."""

    member = models.ForeignKey(CampaignMember, models.CASCADE, related_name="practice")
    reference = models.ForeignKey(ReferenceClip, models.CASCADE, related_name="answers")
    attempt = models.PositiveSmallIntegerField(default=1)
    labels = models.JSONField()
    correct = models.BooleanField(help_text=_("The category, or all of them, as known."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("practice answer")
        verbose_name_plural = _("practice answers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "reference", "attempt"], name="practice_answer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.reference}"
