"""Derived labels, each with its method, version and inputs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip, neutral_if_and_only_if_zero


class ConsensusVersion(models.Model):
    """One computation over all counting annotations of a campaign."""

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.consensus_id, editable=False
    )
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="consensus_versions")
    version = models.PositiveIntegerField()
    method = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    n_annotations = models.PositiveBigIntegerField(default=0)
    n_simulated = models.PositiveBigIntegerField(default=0)
    inputs_sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("consensus version")
        verbose_name_plural = _("consensus versions")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version"], name="consensus_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.method} v{self.version} of {self.campaign}"


class Consensus(models.Model):
    """The derived label of one clip. In multi mode `esc` is empty and `levels` holds
    `{esc: {"eis", "eis_score", "n_ratings", "n_present", "passed"}}`."""

    computation = models.ForeignKey(ConsensusVersion, models.CASCADE, related_name="rows")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="consensus")
    esc = models.CharField(max_length=8)
    eis = models.PositiveSmallIntegerField(null=True, blank=True)
    eis_score = models.FloatField(null=True, blank=True)
    soft_esc = models.JSONField(default=dict)
    votes = models.JSONField(default=dict)
    levels = models.JSONField(default=dict, blank=True)
    n_ratings = models.PositiveIntegerField()
    tie = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("consensus")
        verbose_name_plural = _("consensus")
        constraints = [
            models.UniqueConstraint(fields=["computation", "clip"], name="consensus_clip_once"),
            models.CheckConstraint(
                condition=Q(esc="") | neutral_if_and_only_if_zero(),
                name="consensus_neutral_is_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clip}: {self.esc} {self.eis}"
