"""Background work whose truth is this row; the broker only wakes workers."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from speecheq import publicids
from speecheq.error_words import as_told


def new_job_id() -> str:
    return publicids.random("job")


class JobState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user) -> JobQuerySet:
        """One's own jobs, and those of the corpora one manages; their reports name clip keys."""
        if user.only_labels:
            return self.none()
        if user.is_superuser:
            return self
        managed = list(user.managed_corpus_slugs())
        return self.filter(Q(requested_by=user) | Q(corpus__in=managed))

    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def claimable(self) -> JobQuerySet:
        """Waiting, or running under a lease that its worker let run out."""
        expired = Q(state=JobState.RUNNING, lease_expires_at__lt=timezone.now())
        return self.filter(Q(state=JobState.QUEUED) | expired)

    def held(self, *, pk: int, fence: int) -> JobQuerySet:
        """The job while the worker that claimed it under `fence` still has it."""
        return self.filter(pk=pk, fence=fence, state=JobState.RUNNING)

    def claim(self, pk: int, *, lease_s: float) -> Job | None:
        """Take the job for this worker; None if it is finished or another worker has it."""
        now = timezone.now()
        taken = (
            self.claimable()
            .filter(pk=pk)
            .update(
                state=JobState.RUNNING,
                fence=F("fence") + 1,
                attempts=F("attempts") + 1,
                lease_expires_at=now + timedelta(seconds=lease_s),
                heartbeat_at=now,
                started_at=now,
            )
        )
        return self.get(pk=pk) if taken else None


class Job(models.Model):
    """One piece of slow work: an import, a release, a training."""

    public_id = models.CharField(max_length=32, unique=True, default=new_job_id, editable=False)
    kind = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    corpus = models.SlugField(max_length=64, blank=True, default="")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    dedupe_key = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True, default="")
    result = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(dedupe_key=""),
                name="job_open_once_per_key",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_expires_at__isnull=False),
                name="job_running_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_expires_at"], condition=Q(state="running"), name="job_running_lease"
            ),
            models.Index(fields=["created_at"], condition=Q(state="queued"), name="job_queued"),
            models.Index(fields=["corpus", "-id"], name="job_corpus"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} ({self.state})"

    def as_json(self) -> dict:
        """The job as REST shows it."""
        return {
            "id": self.public_id,
            "kind": self.kind,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "message": self.message,
            "result": as_told(self.result),
            "error": as_told(self.error),
        }
