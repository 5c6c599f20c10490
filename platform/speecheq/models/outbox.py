"""Events and wake-ups, written in the transaction that caused them and sent after it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Outbox(models.Model):
    """Something to be sent. A broker that is down delays it and never loses it."""

    topic = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("outbox row")
        verbose_name_plural = _("outbox rows")
        indexes = [
            models.Index(fields=["id"], condition=Q(sent_at=None), name="outbox_waiting"),
            models.Index(
                fields=["sent_at"], condition=Q(sent_at__isnull=False), name="outbox_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"
