"""The labels on offer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.label_space import LabelSpace


class SchemeMode(models.TextChoices):
    SINGLE = "single", _("one category and its intensity")
    MULTI = "multi", _("an intensity for each emotion")


class Scheme(models.Model):
    """Versioned; a campaign keeps the version it began with.

    `esc`: `[{"code": "HAP", "names": {"zh": ..., "en": ...}, "key": "Digit2"}]`, keys as
    `KeyboardEvent.code`; `eis`: `[{"value": 0, "names": {...}, "key": "KeyQ"}]`; `extras`: further
    scales, `[{"code": "valence", "kind": "sam" or "slider", "min": 1, "max": 9, "step": 1,
    "names": {...}, "low": {...}, "high": {...}, "required": false, "key": "KeyV"}]`; `rules`:
    `eis_required`, `secondary` (how many further emotions), `shows_intended`, `cross` (rules
    between scales, see `annotation.labelspaces.cross_rules`).
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    mode = models.CharField(max_length=10, choices=SchemeMode.choices, default=SchemeMode.SINGLE)
    label_space = models.ForeignKey(LabelSpace, models.PROTECT, related_name="schemes")
    esc = models.JSONField()
    eis = models.JSONField()
    extras = models.JSONField(default=list, blank=True)
    rules = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="scheme_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def name(self) -> str:
        """Code and version in one word, such as `seqd-1@1`."""
        return f"{self.code}@{self.version}"

    def as_json(self) -> dict:
        return {
            "code": self.code,
            "version": self.version,
            "mode": self.mode,
            "label_space": self.label_space.code,
            "esc": self.esc,
            "eis": self.eis,
            "extras": self.extras,
            "rules": self.rules,
        }
