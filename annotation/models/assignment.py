"""One clip offered to one annotator, under a lease."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip
from annotation.models.corpus import Membership
from annotation.models.item import Item


class AssignmentState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    EXPIRED = "expired", _("expired")
    SKIPPED = "skipped", _("skipped")


class AssignmentKind(models.TextChoices):
    """Why a clip is offered. Never shown to whoever labels it."""

    NORMAL = "normal", _("ordinary")
    GOLD = "gold", _("gold: the answer is known")
    REPEAT = "repeat", _("repeat: the same person heard it before")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open(self) -> AssignmentQuerySet:
        return self.filter(state=AssignmentState.OPEN)

    def held_by(self, user) -> AssignmentQuerySet:
        """Those offered to `user`, for as long as they are a member of the corpus."""
        mine = self.filter(annotator=user)
        if user.is_superuser:
            return mine
        members = Membership.objects.filter(corpus=OuterRef("campaign__corpus_id"), user=user)
        return mine.filter(Exists(members))


class Assignment(models.Model):
    """A claim on one slot of an item. Nothing in it tells one kind of clip from another."""

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.assignment_id, editable=False
    )
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="assignments")
    item = models.ForeignKey(Item, models.PROTECT, related_name="assignments")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="assignments")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments"
    )
    state = models.CharField(
        max_length=8, choices=AssignmentState.choices, default=AssignmentState.OPEN
    )
    kind = models.CharField(
        max_length=6, choices=AssignmentKind.choices, default=AssignmentKind.NORMAL
    )
    ordinal = models.PositiveIntegerField(
        default=0, help_text=_("Place among the clips offered to this person, from 1.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[AssignmentQuerySet] = AssignmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            # Nobody gets a clip twice, but for a planned repeat.
            models.UniqueConstraint(fields=["item", "annotator", "kind"], name="assignment_once"),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "annotator", "id"],
                condition=Q(state="open"),
                name="assignment_open",
            ),
            models.Index(fields=["campaign", "annotator", "ordinal"], name="assignment_order"),
            models.Index(
                fields=["expires_at"], condition=Q(state="open"), name="assignment_expiry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clip} for {self.annotator} ({self.state})"
