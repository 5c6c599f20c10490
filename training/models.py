"""Training's side: runs, checkpoints, scores and rounds. Nothing here imports torch."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign, Clip, Corpus, Release
from speecheq import publicids
from speecheq.models import Job


def run_id() -> str:
    return publicids.random("run")


def checkpoint_id() -> str:
    return publicids.random("mdl")


def round_id() -> str:
    return publicids.random("rnd")


class RunState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class OfReleaseQuerySet(models.QuerySet):
    """What belongs to a release is seen by those who see all of that release."""

    release_path = "release"

    def visible_to(self, user):
        releases = Release.objects.visible_to(user).values("pk")
        return self if user.is_superuser else self.filter(**{f"{self.release_path}__in": releases})


class Run(models.Model):
    """One training of one configuration on one release. Its job holds the lease and the fence."""

    public_id = models.CharField(max_length=32, unique=True, default=run_id, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="runs")
    release_sha256 = models.CharField(max_length=64)
    preset = models.CharField(max_length=20)
    config = models.JSONField()
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    error = models.JSONField(null=True, blank=True)
    metrics = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="runs")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OfReleaseQuerySet] = OfReleaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.public_id


class EpochMetrics(models.Model):
    """One pass over the data, as it was measured."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="epochs")
    number = models.PositiveIntegerField()
    metrics = models.JSONField()
    is_best = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("epoch")
        verbose_name_plural = _("epochs")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="epoch_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="epoch_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"epoch {self.number} of {self.run}"


class CheckpointQuerySet(OfReleaseQuerySet):
    release_path = "run__release"


class Checkpoint(models.Model):
    """A trained model: safetensors and JSON in a folder of storage. REST calls it a model."""

    public_id = models.CharField(max_length=32, unique=True, default=checkpoint_id, editable=False)
    run = models.OneToOneField(Run, models.PROTECT, related_name="checkpoint")
    release_sha256 = models.CharField(max_length=64)
    epoch = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text=_("Of the weights."))
    files = models.JSONField(default=dict, help_text=_("Name to storage name."))
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[CheckpointQuerySet] = CheckpointQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.public_id


class ClipScore(models.Model):
    """What a checkpoint says of a clip."""

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="scores")
    clip = models.ForeignKey(Clip, models.CASCADE, related_name="scores")
    esc = models.JSONField(help_text=_("Posterior of each category."))
    eis = models.JSONField(help_text=_("Posterior of each level."))
    eis_score = models.FloatField()
    gender = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "clip"], name="score_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clip} by {self.checkpoint}"


class RoundQuerySet(models.QuerySet["AcquisitionRound"]):
    def visible_to(self, user) -> RoundQuerySet:
        if user.is_superuser:
            return self
        return self.filter(campaign__corpus__in=Corpus.objects.visible_to(user).values("pk"))


class AcquisitionRound(models.Model):
    """One re-ordering of a campaign's queue, with all that is needed to repeat it."""

    public_id = models.CharField(max_length=32, unique=True, default=round_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="rounds")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="rounds")
    acquisition = models.CharField(max_length=40)
    budget = models.PositiveIntegerField()
    control_share = models.FloatField()
    seed = models.PositiveBigIntegerField()
    pool_sha256 = models.CharField(max_length=64)
    n_pool = models.PositiveIntegerField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[RoundQuerySet] = RoundQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("acquisition round")
        verbose_name_plural = _("acquisition rounds")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(control_share__gte=0, control_share__lte=1),
                name="round_control_share_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class RoundItem(models.Model):
    """One clip a round asked for, why, and how probable that was."""

    round = models.ForeignKey(AcquisitionRound, models.CASCADE, related_name="items")
    clip = models.ForeignKey(Clip, models.CASCADE, related_name="round_items")
    rank = models.PositiveIntegerField()
    score = models.FloatField()
    probability = models.FloatField()
    arm = models.CharField(
        max_length=8, choices=[("chosen", _("chosen by the model")), ("control", _("random"))]
    )

    class Meta:
        verbose_name = _("round item")
        verbose_name_plural = _("round items")
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["round", "clip"], name="round_clip_once"),
            models.UniqueConstraint(fields=["round", "rank"], name="round_rank_once"),
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1),
                name="round_probability_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.clip}"
