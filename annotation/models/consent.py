"""What speakers agreed to, and what they took back. Rows are added and never changed: triggers of
both databases refuse anything else."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.speaker import Speaker


class Purpose(models.TextChoices):
    RECORD = "record", _("record")
    LABEL = "label", _("label")
    TRAIN = "train", _("train")
    PUBLISH = "publish", _("publish")


class ConsentText(models.Model):
    """One version of a text to sign, in one language. `sha256` covers title, body and purposes."""

    code = models.CharField(
        _("code"), max_length=60, unique=True, help_text=_("Such as consent-zh-1.")
    )
    language = models.CharField(_("language"), max_length=35)
    version = models.PositiveIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), max_length=20_000)
    purposes = models.JSONField(help_text=_("Purpose and what it means in the text's language."))
    sha256 = models.CharField(max_length=64)
    is_builtin = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["language", "-version", "code"]

    def __str__(self) -> str:
        return self.code


class Consent(models.Model):
    """One signature. `evidence_sha256` covers everything else in the row (see
    `services.recording.consents`)."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.consent_id, editable=False)
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents")
    text_sha256 = models.CharField(max_length=64, help_text=_("Of the text as it was shown."))
    purposes = models.JSONField(help_text=_("Those agreed to."))
    signed_name = models.CharField(_("name"), max_length=200)
    is_minor = models.BooleanField(default=False)
    guardian_name = models.CharField(_("guardian"), max_length=200, blank=True, default="")
    guardian_relation = models.CharField(max_length=100, blank=True, default="")
    signed_at = models.DateTimeField()
    session_public_id = models.CharField(
        max_length=32, blank=True, default="", help_text=_("Session it was signed in, if any.")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Who was signed in; none where the speaker came by a link."),
    )
    evidence_sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_minor=False) | ~models.Q(guardian_name=""),
                name="consent_minor_has_guardian",
            ),
            models.CheckConstraint(
                condition=~models.Q(signed_name=""), name="consent_has_signature"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}"


class ConsentWithdrawal(models.Model):
    """Purposes taken back at a moment. What was signed before it counts no more for them."""

    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="withdrawals")
    purposes = models.JSONField()
    reason = models.TextField(max_length=2000, blank=True, default="")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField()

    class Meta:
        verbose_name = _("withdrawal of consent")
        verbose_name_plural = _("withdrawals of consent")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.speaker} on {self.withdrawn_at:%Y-%m-%d}"
