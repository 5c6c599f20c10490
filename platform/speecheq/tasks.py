"""Celery tasks of the platform itself."""

from __future__ import annotations

from celery import shared_task

from speecheq import jobs, outbox


@shared_task(name="speecheq.run_job", ignore_result=True)
def run_job(*, job_id: int) -> None:
    """Run one job. Safe to deliver twice: the row decides."""
    jobs.run_job(job_id)


@shared_task(name="speecheq.drain_outbox", ignore_result=True)
def drain_outbox() -> None:
    outbox.drain()


@shared_task(name="speecheq.requeue_jobs", ignore_result=True)
def requeue_jobs() -> None:
    jobs.requeue_expired()


@shared_task(name="speecheq.forget_sent", ignore_result=True)
def forget_sent() -> None:
    outbox.forget_sent()
