"""A labelling effort, its people and its items."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.clip import Clip
from annotation.models.corpus import Corpus
from annotation.models.scheme import Scheme
from speecheq.roles import Role

_SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


class Order(models.TextChoices):
    FIXED = "fixed", _("fixed")
    RANDOM = "random", _("random")
    PRIORITY = "priority", _("by priority")
    ACQUISITION = "acquisition", _("by acquisition")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user) -> CampaignQuerySet:
        """Campaigns one labels in, and all those of corpora where one does more than label."""
        if user.is_superuser:
            return self
        more = [role for role in Role if role != Role.ANNOTATOR]
        staff = Q(corpus__memberships__user=user, corpus__memberships__role__in=more)
        return self.filter(staff | Q(members__user=user)).distinct()

    def labelled_by(self, user) -> CampaignQuerySet:
        """Campaigns `user` may label in."""
        return self.filter(members__user=user)

    def staffed_by(self, user, *roles: Role) -> CampaignQuerySet:
        """Campaigns of corpora where `user` has one of `roles`; all for the administrator."""
        if user.is_superuser:
            return self
        return self.filter(
            corpus__memberships__user=user, corpus__memberships__role__in=roles
        ).distinct()


class Campaign(models.Model):
    """Clips x scheme x overlap x order policy."""

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.campaign_id, editable=False
    )
    corpus = models.ForeignKey(Corpus, models.PROTECT, related_name="campaigns")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="campaigns")
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(
        max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT
    )
    overlap = models.PositiveSmallIntegerField(_("labels wanted per clip"), default=3)
    order = models.CharField(_("order"), max_length=12, choices=Order.choices, default=Order.RANDOM)
    seed = models.PositiveBigIntegerField(_("seed"), default=0)
    control_share = models.FloatField(_("control share"), default=0.0, validators=_SHARE)
    gold_share = models.FloatField(default=0.0, validators=_SHARE)
    repeat_share = models.FloatField(default=0.0, validators=_SHARE)
    lease_s = models.PositiveIntegerField(_("lease (s)"), default=600)
    # Raised whenever ranks change, so that each annotator's cursor starts again.
    order_version = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[CampaignQuerySet] = CampaignQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["corpus", "name"], name="campaign_name_once"),
            models.CheckConstraint(
                condition=Q(overlap__gte=1, overlap__lte=100), name="campaign_overlap_in_range"
            ),
            models.CheckConstraint(condition=Q(lease_s__gte=5), name="campaign_lease_in_range"),
            models.CheckConstraint(
                condition=Q(control_share__gte=0, control_share__lte=1)
                & Q(gold_share__gte=0, gold_share__lte=1)
                & Q(repeat_share__gte=0, repeat_share__lte=1),
                name="campaign_shares_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignMember(models.Model):
    """Someone who labels in a campaign, and how far down the queue they have looked.

    Before the cursor lie only items this person has had or that had no free slot; slots given back
    later are found through `Item.returned`.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="campaign_memberships"
    )
    cursor_rank = models.FloatField(null=True)
    cursor_item = models.PositiveBigIntegerField(default=0)
    cursor_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("campaign member")
        verbose_name_plural = _("campaign members")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="campaign_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.campaign}"


class Arm(models.TextChoices):
    """Why an item stands where it stands."""

    NONE = "", _("order of the campaign")
    CHOSEN = "chosen", _("chosen by the model")
    CONTROL = "control", _("random control")


class Item(models.Model):
    """One clip in one campaign. `free` slots may still be claimed: needed - done - leased."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="items")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="items")
    needed = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0)
    leased = models.PositiveSmallIntegerField(default=0)
    free = models.PositiveSmallIntegerField()
    base_rank = models.FloatField(default=0.0, help_text=_("By the campaign's order policy alone."))
    rank = models.FloatField(help_text=_("Lowest first; below 0 where a round put the item."))
    returned = models.BooleanField(
        default=False, help_text=_("A slot came back after a lease ran out or a skip.")
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
                fields=["campaign", "rank", "id"],
                condition=Q(free__gt=0, returned=True),
                name="item_returned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clip} in {self.campaign}"
