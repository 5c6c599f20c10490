"""Who speaks, under a pseudonym."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.corpus import Corpus


class Sex(models.TextChoices):
    FEMALE = "female", _("female")
    MALE = "male", _("male")
    OTHER = "other", _("other")


class Basis(models.TextChoices):
    """Why we may keep the recordings."""

    CONSENT = "consent", _("consent")
    LICENCE = "licence", _("corpus licence")


class SpeakerQuerySet(models.QuerySet["Speaker"]):
    def visible_to(self, user) -> SpeakerQuerySet:
        if user.is_superuser:
            return self
        return self.filter(corpus__memberships__user=user).distinct()


class Speaker(models.Model):
    """One voice of one corpus. `is_unknown` stands for "nobody knows who": train only."""

    public_id = models.CharField(max_length=32, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, models.PROTECT, related_name="speakers")
    code = models.CharField(_("code"), max_length=100)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex.choices, blank=True, default="")
    language = models.CharField(_("language"), max_length=35, blank=True, default="")
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.LICENCE)
    is_unknown = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[SpeakerQuerySet] = SpeakerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering = ["corpus_id", "code"]
        constraints = [
            models.UniqueConstraint(fields=["corpus", "code"], name="speaker_code_once"),
            models.CheckConstraint(condition=~models.Q(code=""), name="speaker_has_code"),
        ]

    def __str__(self) -> str:
        return self.code
