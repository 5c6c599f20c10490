"""The append-only log: each row holds the hash of the one before it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """Who did what to what. Appended by the worker in batches, never changed."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=32, blank=True, help_text=_("Public id of the user."))
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["seq"]
        indexes = [models.Index(fields=["subject", "seq"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.subject}"
