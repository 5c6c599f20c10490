"""Large files on their way in: tus 1.0."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids


class UploadState(models.TextChoices):
    OPEN = "open", _("under way")
    COMPLETE = "complete", _("complete")
    USED = "used", _("used")


class Upload(models.Model):
    """A file that comes in pieces. Pieces lie in one local file named after the id until it is
    used; `offset` is what the database knows to be on disk."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.upload_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="uploads"
    )
    session_public_id = models.CharField(
        max_length=32, blank=True, default="", help_text=_("Of the session it is of, if any.")
    )
    name = models.CharField(max_length=255, blank=True, default="")
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(
        max_length=64, blank=True, default="", help_text=_("Announced; checked at the end.")
    )
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.OPEN)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        constraints = [
            models.CheckConstraint(condition=Q(offset__lte=F("length")), name="upload_not_over"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="upload_expiry")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.offset}/{self.length}"
