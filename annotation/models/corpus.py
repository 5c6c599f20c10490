"""A corpus and who works in it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from speecheq.names import SLUG
from speecheq.roles import Role


class CorpusQuerySet(models.QuerySet["Corpus"]):
    def visible_to(self, user) -> CorpusQuerySet:
        """Corpora `user` is a member of. Every view starts here."""
        return self if user.is_superuser else self.filter(memberships__user=user).distinct()

    def managed_by(self, user) -> CorpusQuerySet:
        return self.where_role(user, Role.DATA_MANAGER)

    def where_role(self, user, *roles: Role) -> CorpusQuerySet:
        """Corpora where `user` has one of `roles`; all for the administrator."""
        if user.only_labels:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(memberships__user=user, memberships__role__in=roles).distinct()


class Corpus(models.Model):
    """Clips under one licence and one set of people."""

    slug = models.CharField(
        _("slug"), max_length=64, unique=True, validators=[RegexValidator(SLUG)]
    )
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(
        _("language"), max_length=35, help_text=_("BCP 47, such as en or zh; mul for several.")
    )
    licence = models.CharField(_("licence"), max_length=200)
    licence_source = models.CharField(_("source of the licence"), max_length=500, blank=True)
    is_synthetic = models.BooleanField(
        default=False, help_text=_("Spoken by a program. Shown wherever the corpus is.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[CorpusQuerySet] = CorpusQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("corpus")
        verbose_name_plural = _("corpora")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """One role of one person in one corpus; several rows for several roles."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    corpus = models.ForeignKey(Corpus, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "corpus", "role"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.corpus}"
