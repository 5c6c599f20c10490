"""What one annotator has of their own: hours and labels by day, and keys as they like them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.campaign import Campaign


class WorkDay(models.Model):
    """Labels and active time of one person in one campaign on one day (UTC).

    Advanced by the worker from the submissions, in batches. `active_s` sums the gaps between
    submissions, long ones left out as pauses.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="work_days")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="work_days"
    )
    day = models.DateField()
    labels = models.PositiveIntegerField(default=0)
    revisions = models.PositiveIntegerField(default=0)
    active_s = models.FloatField(default=0.0)
    last_at = models.DateTimeField(null=True)
    last_annotation = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("day of work")
        verbose_name_plural = _("days of work")
        constraints = [
            models.UniqueConstraint(fields=["annotator", "campaign", "day"], name="work_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} on {self.day}"


class Shortcuts(models.Model):
    """Keys that one person changed for the schemes of one code.

    `keys`: what is done, such as `esc:HAP`, `eis:2` or `action:replay`, to a `KeyboardEvent.code`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shortcuts")
    scheme_code = models.CharField(max_length=40)
    keys = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("shortcuts")
        verbose_name_plural = _("shortcuts")
        constraints = [
            models.UniqueConstraint(fields=["user", "scheme_code"], name="shortcuts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.scheme_code}"
