"""Run background work exactly as often as its row says.

A handler is a function of one `JobHandle`, registered under a kind. `submit_job` writes the row and
its wake-up in the caller's transaction. Whoever wins the conditional UPDATE of `Job.claim` runs it,
keeps it by a heartbeat, and finishes it only while its fencing number still stands.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.utils import timezone

from speecheq.errors import Conflict, NotFound, known_error, problem
from speecheq.models import Job
from speecheq.models.job import OPEN_STATES, JobState
from speecheq.outbox import audit, enqueue
from speecheq.sentences import kept, say, word

log = logging.getLogger("speecheq.jobs")

MAX_ATTEMPTS = 3
OUR_FAULT = problem(
    "internal_error",
    say("The server failed while doing this. The log has the reason under the job's id."),
)
NOT_DONE = problem("cancelled", say("The job was cancelled."))


class LeaseLost(Exception):
    """Another worker has the job now; stop without writing."""


class JobCancelled(Exception):
    """A person asked for the job to stop."""


@dataclass
class JobHandle:
    """A claimed job, as its handler sees it."""

    pk: int
    public_id: str
    kind: str
    params: dict[str, Any]
    fence: int
    requested_by_id: int | None
    attempts: int = 1
    _lost: threading.Event = field(default_factory=threading.Event, repr=False)

    def progress(
        self, *, done: int | None = None, total: int | None = None, message: str | None = None
    ) -> None:
        """Store progress and renew the lease. Raises LeaseLost or JobCancelled."""
        changes: dict[str, Any] = {
            k: v for k, v in {"done": done, "total": total}.items() if v is not None
        }
        if message is not None:
            changes["message"] = message[:500]
        if not renew(self, **changes):
            raise LeaseLost(f"Job {self.public_id} was taken over by another worker.")
        if Job.objects.filter(pk=self.pk, cancel_requested=True).exists():
            raise JobCancelled

    def check(self) -> None:
        """Raise LeaseLost if the heartbeat found the job gone. Costs no query."""
        if self._lost.is_set():
            raise LeaseLost(f"Job {self.public_id} was taken over by another worker.")


Handler = Callable[[JobHandle], dict[str, Any] | None]
OnFail = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    handler: Handler
    queue: str
    on_fail: OnFail | None = None


_KINDS: dict[str, Kind] = {}


def job_handler(
    kind: str, *, queue: str = "default", on_fail: OnFail | None = None
) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`; `on_fail(params, error)` tidies up after."""

    def register(handler: Handler) -> Handler:
        _KINDS[kind] = Kind(handler, queue, on_fail)
        return handler

    return register


def submit_job(
    *,
    kind: str,
    params: dict[str, Any],
    requested_by: Any = None,
    corpus: str = "",
    dedupe_key: str = "",
) -> Job:
    """Write a job and its wake-up; an unfinished one under the same `dedupe_key` is answered.

    Raises Conflict while that one is being cancelled.
    """
    if kind not in _KINDS:
        raise LookupError(f"No handler for jobs of kind {kind!r}. Known: {sorted(_KINDS)}.")
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                params=params,
                requested_by=requested_by,
                corpus=corpus,
                dedupe_key=dedupe_key,
            )
            audit(requested_by, "job.submitted", job.public_id, kind=kind)
            enqueue("speecheq.run_job", queue=_KINDS[kind].queue, job_id=job.pk)
    except IntegrityError:
        open_one = Job.objects.filter(dedupe_key=dedupe_key, state__in=OPEN_STATES).first()
        if open_one is None:
            raise
        if open_one.cancel_requested:
            detail = say(
                "The same work, {id}, is being cancelled. Try again after.", id=open_one.public_id
            )
            raise Conflict(detail) from None
        return open_one
    return job


def renew(handle: JobHandle, **changes: Any) -> bool:
    """Push the lease out and store `changes`; False when the job is no longer this worker's."""
    now = timezone.now()
    ends = now + timedelta(seconds=settings.SPEECHEQ_JOB_LEASE_S)
    held = Job.objects.all().held(pk=handle.pk, fence=handle.fence)
    return bool(held.update(heartbeat_at=now, lease_expires_at=ends, **changes))


class Heartbeat:
    """Renews the lease from a thread, so that long computations need not think of it."""

    def __init__(self, handle: JobHandle):
        self._handle = handle
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="job-heartbeat")

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        every = settings.SPEECHEQ_JOB_LEASE_S / 4
        try:
            while not self._stop.wait(every):
                close_old_connections()
                try:
                    if not renew(self._handle):
                        self._handle._lost.set()
                        return
                except Exception:  # a busy database is met again at the next beat
                    log.warning("heartbeat of %s failed", self._handle.public_id, exc_info=True)
        finally:
            connection.close()


def run_job(job_id: int) -> bool:
    """Claim and run one job. Safe to call twice: False when there was nothing to do."""
    row = Job.objects.filter(pk=job_id).first()
    if row is None or row.state not in OPEN_STATES:
        return False
    if row.attempts >= MAX_ATTEMPTS and row.state == JobState.RUNNING:
        give_up_expired(row)
        return False
    job = Job.objects.all().claim(job_id, lease_s=settings.SPEECHEQ_JOB_LEASE_S)
    if job is None:
        return False
    handle = JobHandle(
        pk=job.pk,
        public_id=job.public_id,
        kind=job.kind,
        params=job.params,
        fence=job.fence,
        requested_by_id=job.requested_by_id,
        attempts=job.attempts,
    )
    _run_claimed(handle)
    return True


def _run_claimed(handle: JobHandle) -> None:
    kind = _KINDS.get(handle.kind)
    if kind is None:
        _finish(
            handle,
            JobState.FAILED,
            error=problem("unknown_kind", say("No {kind}.", kind=handle.kind)),
        )
        return
    try:
        with Heartbeat(handle):
            if Job.objects.filter(pk=handle.pk, cancel_requested=True).exists():
                raise JobCancelled
            result = kind.handler(handle)
        _finish(handle, JobState.SUCCEEDED, result=result or {})
    except LeaseLost:
        log.warning("%s %s: lease lost, stopping", handle.kind, handle.public_id)
    except JobCancelled:
        _finish(handle, JobState.CANCELLED, error=NOT_DONE)
    except Exception as error:
        known = known_error(error)
        if known is None:
            log.exception("%s %s failed", handle.kind, handle.public_id)
        _finish(handle, JobState.FAILED, error=known.problem() if known else OUR_FAULT)


def _finish(handle: JobHandle, state: JobState, **outcome: Any) -> bool:
    """Close the job if it is still this worker's, and tell its kind when it did not succeed."""
    outcome = kept(outcome)
    with transaction.atomic():
        held = Job.objects.all().held(pk=handle.pk, fence=handle.fence)
        now = timezone.now()
        if not held.update(state=state, finished_at=now, lease_expires_at=None, **outcome):
            return False
        if state != JobState.SUCCEEDED:
            _tell_kind(handle.kind, handle.params, outcome["error"])
        audit(None, f"job.{state}", handle.public_id, kind=handle.kind)
    return True


def _tell_kind(kind_name: str, params: dict[str, Any], error: dict[str, Any]) -> None:
    kind = _KINDS.get(kind_name)
    if kind and kind.on_fail:
        kind.on_fail(params, error)


def give_up_expired(job: Job) -> None:
    """Fail a job whose worker died at each of its attempts."""
    detail = say("The worker stopped without an answer {attempts} times.", attempts=job.attempts)
    error = kept(problem("worker_lost", detail))
    with transaction.atomic():
        stuck = Job.objects.all().held(pk=job.pk, fence=job.fence)
        expired = stuck.filter(lease_expires_at__lt=timezone.now())
        if expired.update(
            state=JobState.FAILED, error=error, finished_at=timezone.now(), lease_expires_at=None
        ):
            _tell_kind(job.kind, job.params, error)
            audit(None, "job.failed", job.public_id, kind=job.kind)


def requeue_expired() -> int:
    """Wake a worker for every job whose lease ran out, and for those whose wake-up was lost."""
    now = timezone.now()
    expired = Job.objects.filter(state=JobState.RUNNING, lease_expires_at__lt=now)
    lost = Job.objects.filter(state=JobState.QUEUED, created_at__lt=now - timedelta(minutes=1))
    woken = 0
    for job in [*expired[:200], *lost.order_by("pk")[:200]]:
        if job.attempts >= MAX_ATTEMPTS and job.state == JobState.RUNNING:
            give_up_expired(job)
        elif job.kind in _KINDS:
            enqueue("speecheq.run_job", queue=_KINDS[job.kind].queue, job_id=job.pk)
            woken += 1
    return woken


def cancel_job(job: Job, *, by: Any) -> Job:
    """Ask a job to stop; one that has not begun is cancelled at once."""
    error = kept(NOT_DONE)
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
        if waiting.update(state=JobState.CANCELLED, error=error, finished_at=timezone.now()):
            _tell_kind(job.kind, job.params, error)
        elif not Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
            cancel_requested=True
        ):
            job.refresh_from_db()
            raise Conflict(
                say("Job {id} is already {state}.", id=job.public_id, state=word(job.state)),
                code="job_finished",
            )
        audit(by, "job.cancel_requested", job.public_id)
    job.refresh_from_db()
    return job


def find_job(public_id: str, *, user: Any) -> Job:
    job = Job.objects.all().visible_to(user).filter(public_id=public_id).first()
    if job is None:
        raise NotFound(say("No job {id!r}.", id=public_id))
    return job
