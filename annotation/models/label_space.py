"""Scales as data: label spaces with their parents, and mappings from native labels."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.clip import neutral_if_and_only_if_zero


class LabelSpace(models.Model):
    """A versioned set of categories and levels.

    `categories`: `[{"code": "HAP", "names": {"zh": ..., "en": ...}, "parent": null}]`;
    `levels`: `[{"value": 0, "names": {...}}]`.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=200)
    categories = models.JSONField()
    levels = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("label space")
        verbose_name_plural = _("label spaces")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="label_space_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class LabelMapping(models.Model):
    """How one corpus's native labels read in our scales. Versioned, never edited."""

    code = models.CharField(max_length=100, help_text=_("Name of the corpus, such as RAVDESS."))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("label mapping")
        verbose_name_plural = _("label mappings")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="label_mapping_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class LabelMappingRow(models.Model):
    """One native label. `esc` is empty where the label has no category of ours."""

    mapping = models.ForeignKey(LabelMapping, models.CASCADE, related_name="rows")
    native_label = models.CharField(max_length=200)
    esc = models.CharField(max_length=8, blank=True, default="")
    eis = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("mapped label")
        verbose_name_plural = _("mapped labels")
        constraints = [
            models.UniqueConstraint(fields=["mapping", "native_label"], name="mapping_label_once"),
            models.CheckConstraint(
                condition=Q(esc="") | neutral_if_and_only_if_zero(),
                name="mapping_neutral_is_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.native_label} -> {self.esc} {self.eis}"
