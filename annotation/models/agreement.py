"""Running sums from which agreement is read without counting again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.campaign import Campaign


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
