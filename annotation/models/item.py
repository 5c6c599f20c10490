"""What is labelled in a campaign: its clips, and the slots of each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models.campaign import Campaign
from annotation.models.clip import Clip
from annotation.models.member import AnnotatorGroup


class Arm(models.TextChoices):
    """Why an item stands where it stands."""

    NONE = "", _("order of the campaign")
    CHOSEN = "chosen", _("chosen by the model")
    CONTROL = "control", _("random control")


class Item(models.Model):
    """One clip in one campaign. `free` slots may still be claimed: needed - done - leased."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="items")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="items")
    group = models.ForeignKey(
        AnnotatorGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="items",
        help_text=_("Only these people are asked; empty: anyone."),
    )
    needed = models.PositiveSmallIntegerField(help_text=_("0: a gold clip, outside the overlap."))
    done = models.PositiveSmallIntegerField(default=0)
    leased = models.PositiveSmallIntegerField(default=0)
    free = models.PositiveSmallIntegerField()
    base_rank = models.FloatField(default=0.0, help_text=_("By the campaign's order policy alone."))
    rank = models.FloatField(help_text=_("Lowest first; below 0 where a round put the item."))
    came_back = models.PositiveBigIntegerField(
        default=0,
        help_text=_("Numbered when a slot came back, or the item went where people had looked."),
    )
    score = models.FloatField(null=True)
    probability = models.FloatField(null=True, help_text=_("Of having been sampled."))
    arm = models.CharField(max_length=8, choices=Arm.choices, blank=True, default="")
    why = models.CharField(
        max_length=40, blank=True, default="", help_text=_("Acquisition function that put it here.")
    )
    round_id = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "clip"], name="item_clip_once"),
            # Overlap is exact because the database says so, whatever the code does.
            models.CheckConstraint(
                condition=Q(free=F("needed") - F("done") - F("leased")), name="item_slots_add_up"
            ),
            models.CheckConstraint(condition=Q(free__gte=0), name="item_overlap_exact"),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "rank", "id"], condition=Q(free__gt=0), name="item_next"
            ),
            models.Index(
                fields=["campaign", "group", "rank", "id"],
                condition=Q(free__gt=0),
                name="item_next_of_group",
            ),
            models.Index(
                fields=["campaign", "came_back", "id"],
                condition=Q(free__gt=0, came_back__gt=0),
                name="item_came_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clip} in {self.campaign}"
