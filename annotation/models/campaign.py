"""A labelling effort."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
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
        if user.only_labels:
            return self.labelled_by(user)
        if user.is_superuser:
            return self
        more = [role for role in Role if role != Role.ANNOTATOR]
        staff = Q(corpus__memberships__user=user, corpus__memberships__role__in=more)
        labels = Q(members__user=user, members__left_at=None)
        return self.filter(staff | labels).distinct()

    def labelled_by(self, user) -> CampaignQuerySet:
        """Campaigns `user` may label in."""
        return self.filter(members__user=user, members__left_at=None)

    def staffed_by(self, user, *roles: Role) -> CampaignQuerySet:
        """Campaigns of corpora where `user` has one of `roles`; all for the administrator."""
        if user.only_labels:
            return self.none()
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
    cap = models.PositiveIntegerField(
        _("most labels by one person"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    break_after_min = models.PositiveSmallIntegerField(
        _("remind of a break after (min)"), null=True, blank=True
    )
    full_listen = models.BooleanField(_("each clip must be heard to its end"), default=False)
    volume_check = models.BooleanField(_("check the volume before a shift"), default=False)
    practice_share = models.FloatField(
        _("share of practice clips to get right"),
        default=0.0,
        validators=_SHARE,
        help_text=_("Of the practice clips, before labelling; 0 lets everybody through."),
    )
    # Counted when the reference clips are set, so that nothing asks for them at each clip.
    n_gold = models.PositiveIntegerField(default=0)
    n_practice = models.PositiveIntegerField(default=0)
    # Raised by each round that puts clips first, so that everybody looks at these from the start.
    order_version = models.PositiveIntegerField(default=0)
    front_end = models.FloatField(
        null=True, help_text=_("A round has put first what is below this rank; empty: no round.")
    )
    returns = models.PositiveBigIntegerField(
        default=0, help_text=_("The last number that was given to what came back.")
    )
    session = models.ForeignKey(
        "annotation.Session",
        models.SET_NULL,
        null=True,
        related_name="campaigns",
        help_text=_("The recording session it was made of by one button."),
    )
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
            models.CheckConstraint(
                condition=Q(practice_share__gte=0, practice_share__lte=1),
                name="campaign_practice_share_in_range",
            ),
            models.CheckConstraint(
                condition=Q(cap=None) | Q(cap__gte=1), name="campaign_cap_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name
