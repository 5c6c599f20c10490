"""Jobs that the workers of the served platform do. Runs inside it."""

from __future__ import annotations

import time

from speecheq.models import Job

PATIENCE_S = 300


def finish(*jobs: Job) -> list[Job]:
    """Wait until the workers have done the jobs."""
    keys = [job.pk for job in jobs]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        done = list(Job.objects.filter(pk__in=keys))
        if all(job.state not in ("queued", "running") for job in done):
            failed = [job.error for job in done if job.state != "succeeded"]
            assert not failed, failed
            return done
        time.sleep(0.2)
    raise AssertionError(f"unfinished after {PATIENCE_S} s: {[job.kind for job in jobs]}")
