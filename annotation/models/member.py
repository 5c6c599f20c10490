"""Who labels in a campaign, and how far each of them is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.campaign import Campaign


class AnnotatorGroup(models.Model):
    """People whom some items of a campaign are kept for; a group of one names a person."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="groups")
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("group of annotators")
        verbose_name_plural = _("groups of annotators")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="group_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Qualification(models.TextChoices):
    """Where somebody stands before they may label."""

    PRACTISING = "practising", _("practising")
    QUALIFIED = "qualified", _("qualified")
    FAILED = "failed", _("not qualified")


class PresentMembers(models.Manager["CampaignMember"]):
    """Those who have not left. A lookup from elsewhere, `members__user`, needs `left_at` too."""

    def get_queryset(self) -> models.QuerySet[CampaignMember]:
        return super().get_queryset().filter(left_at=None)


class CampaignMember(models.Model):
    """Someone who labels in a campaign, and how far down the queue they have looked.

    Who leaves keeps the row, which `objects` and `campaign.members` then pass by: their practice,
    cap and counts are here again should they come back.

    Three cursors: over the campaign's own order, over what the present round has put first, and
    over what came back, by `Item.came_back`. What may be offered to this person lies at or after
    one of them, always; before all of them lies only what they have had, or had no free slot.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="campaign_memberships"
    )
    cursor_rank = models.FloatField(null=True)
    cursor_item = models.PositiveBigIntegerField(default=0)
    front_rank = models.FloatField(null=True)
    front_item = models.PositiveBigIntegerField(default=0)
    front_version = models.PositiveIntegerField(default=0)
    back_number = models.PositiveBigIntegerField(default=0)
    back_item = models.PositiveBigIntegerField(default=0)
    group = models.ForeignKey(
        AnnotatorGroup, models.SET_NULL, null=True, blank=True, related_name="members"
    )
    cap = models.PositiveIntegerField(
        _("most labels"), null=True, blank=True, help_text=_("Empty: that of the campaign.")
    )
    offered = models.PositiveIntegerField(default=0, help_text=_("Clips offered so far."))
    done = models.PositiveIntegerField(default=0, help_text=_("Labels given so far."))
    gold_cursor = models.PositiveIntegerField(default=0)
    repeat_cursor = models.PositiveIntegerField(default=0)
    qualification = models.CharField(
        max_length=10, choices=Qualification.choices, default=Qualification.PRACTISING
    )
    qualified_at = models.DateTimeField(null=True, blank=True)
    volume_checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = PresentMembers()
    ever = models.Manager()

    class Meta:
        verbose_name = _("campaign member")
        verbose_name_plural = _("campaign members")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="campaign_member_once"),
            models.CheckConstraint(
                condition=Q(cap=None) | Q(cap__gte=1), name="campaign_member_cap_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.campaign}"
