"""What the workers do for annotation: job handlers, outbox handlers and periodic tasks."""

from __future__ import annotations

from celery import shared_task

from annotation.services import labelling, queue

__all__ = ["labelling"]  # importing it registers its outbox handler


@shared_task(name="annotation.reap_assignments", ignore_result=True)
def reap_assignments() -> None:
    """Give back the slots of leases that ran out."""
    while queue.reap_expired() == queue.REAP_BATCH:
        pass
