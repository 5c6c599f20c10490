"""What agreement is read from without counting every rating again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.campaign import Campaign
from annotation.models.clip import Clip


class AgreementState(models.Model):
    """Sums of one scale of one campaign, advanced by the worker in batches. `emotion` is empty for
    the scale as a whole, else the category whose choosers' intensities are compared."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="agreement_states")
    scale = models.CharField(max_length=20)
    emotion = models.CharField(max_length=8, blank=True, default="")
    state = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("agreement state")
        verbose_name_plural = _("agreement states")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "scale", "emotion"], name="agreement_state_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scale} {self.emotion} of {self.campaign}"


class ClipVotes(models.Model):
    """The votes of one clip that are in the sums now.

    They make advancing safe to repeat: whatever a batch says happened, a clip's old votes are
    taken out of the sums and its present ones put in. Clips with the same `votes` are one group,
    so the bootstrap asks the database for groups, never for ratings.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="clip_votes")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="+")
    votes = models.CharField(
        max_length=1000, help_text=_("Sorted, such as HAP:2=2 NEU:0=1; - is no intensity.")
    )

    class Meta:
        verbose_name = _("votes of a clip")
        verbose_name_plural = _("votes of clips")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "clip"], name="clip_votes_once"),
        ]
        indexes = [models.Index(fields=["campaign", "votes"], name="clip_votes_groups")]

    def __str__(self) -> str:
        return f"{self.clip}: {self.votes}"


class AgreementSnapshot(models.Model):
    """How far a campaign's votes were counted, and the rows last computed from them."""

    campaign = models.OneToOneField(
        Campaign, models.CASCADE, related_name="agreement_snapshot", primary_key=True
    )
    is_complete = models.BooleanField(
        default=False, help_text=_("Labels stored without an event were counted too.")
    )
    votes_version = models.PositiveBigIntegerField(default=0)
    votes_at = models.DateTimeField(null=True)
    scales = models.JSONField(default=list)
    scales_version = models.PositiveBigIntegerField(null=True)
    scales_at = models.DateTimeField(null=True)
    scales_ms = models.PositiveIntegerField(default=0)
    n_simulated = models.PositiveBigIntegerField(default=0)
    at_closing = models.JSONField(
        null=True,
        help_text=_("What those who only label are shown: as it was when the campaign closed."),
    )

    class Meta:
        verbose_name = _("agreement snapshot")
        verbose_name_plural = _("agreement snapshots")

    def __str__(self) -> str:
        return f"{self.campaign} at {self.votes_version}"
