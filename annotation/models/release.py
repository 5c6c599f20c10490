"""Frozen, numbered, hashed: what leaves the house and what models are trained on."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip
from annotation.models.corpus import Corpus
from annotation.models.label_space import LabelSpace
from annotation.models.speaker import Speaker


class ReleaseState(models.TextChoices):
    BUILDING = "building", _("building")
    FROZEN = "frozen", _("frozen")
    AMENDED = "amended", _("amended")
    FAILED = "failed", _("failed")


class Split(models.TextChoices):
    TRAIN = "train", _("train")
    DEV = "dev", _("dev")
    TEST = "test", _("test")


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, user) -> ReleaseQuerySet:
        """Releases all of whose corpora `user` belongs to."""
        if user.is_superuser:
            return self
        mine = Corpus.objects.visible_to(user).values("pk")
        foreign = Release.corpora.through.objects.exclude(corpus_id__in=mine)
        return self.exclude(pk__in=foreign.values("release_id"))

    def ready(self) -> ReleaseQuerySet:
        return self.filter(state__in=[ReleaseState.FROZEN, ReleaseState.AMENDED])


class Release(models.Model):
    """Clips with settled labels and leak-proof splits. `sha256` is over its canonical rows."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.release_id, editable=False)
    name = models.CharField(_("name"), max_length=64)
    version = models.CharField(_("version"), max_length=20)
    state = models.CharField(
        max_length=10, choices=ReleaseState.choices, default=ReleaseState.BUILDING
    )
    corpora = models.ManyToManyField(Corpus, related_name="releases")
    campaigns = models.ManyToManyField(Campaign, related_name="releases", blank=True)
    label_space = models.ForeignKey(LabelSpace, models.PROTECT, related_name="releases")
    consensus = models.CharField(_("consensus"), max_length=40)
    config = models.JSONField(default=dict, help_text=_("The request, as it was made."))
    sha256 = models.CharField(max_length=64, blank=True, default="")
    manifest = models.JSONField(default=dict)
    leaks = models.JSONField(default=dict)
    error = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ReleaseQuerySet] = ReleaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"],
                condition=~Q(state="failed"),
                name="release_version_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["frozen", "amended"]) | ~Q(sha256=""),
                name="release_frozen_has_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ReleaseClip(models.Model):
    """One row of a release, as it was frozen. `row` is what splits and exports give out."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="rows")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="release_rows")
    position = models.PositiveIntegerField(help_text=_("Order by the bytes of corpus and key."))
    split = models.CharField(max_length=5, choices=Split.choices)
    esc = models.CharField(max_length=8)
    eis = models.PositiveSmallIntegerField(null=True, blank=True)
    row = models.JSONField()

    class Meta:
        verbose_name = _("release row")
        verbose_name_plural = _("release rows")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["release", "clip"], name="release_clip_once"),
            models.UniqueConstraint(fields=["release", "position"], name="release_position_once"),
            models.CheckConstraint(condition=Q(split__in=Split.values), name="release_split_known"),
        ]
        indexes = [models.Index(fields=["release", "split", "position"], name="release_split")]

    def __str__(self) -> str:
        return f"{self.clip} in {self.split} of {self.release}"


class SplitLedger(models.Model):
    """Where a speaker stands in all versions of a release name. Written once, never changed."""

    series = models.CharField(max_length=64, help_text=_("Name of the release."))
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="ledger_rows")
    split = models.CharField(max_length=5, choices=Split.choices)
    release = models.ForeignKey(Release, models.PROTECT, related_name="ledger_rows")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("split ledger row")
        verbose_name_plural = _("split ledger")
        constraints = [
            models.UniqueConstraint(fields=["series", "speaker"], name="ledger_speaker_once"),
            models.CheckConstraint(condition=Q(split__in=Split.values), name="ledger_split_known"),
        ]

    def __str__(self) -> str:
        return f"{self.speaker} is {self.split} in {self.series}"


class Export(models.Model):
    """One file made from a release."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.export_id, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="exports")
    format = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10,
        choices=[("building", _("building")), ("ready", _("ready")), ("failed", _("failed"))],
        default="building",
    )
    file = models.FileField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(sha256=""), name="export_ready_has_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format} of {self.release}"
