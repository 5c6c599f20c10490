"""A job run by a command: in this process, with a bar on a terminal."""

from __future__ import annotations

import sys
import threading
import time

from django.core.management.base import CommandError
from django.db import connection
from tqdm import tqdm

from speecheq.jobs import run_job
from speecheq.models import Job
from speecheq.models.job import OPEN_STATES, JobState

LOOK_EVERY_S = 0.5


def finish(job: Job) -> Job:
    """Run the job here, or wait for the worker that has it. Raises CommandError if it failed."""
    done = threading.Event()
    watcher = threading.Thread(target=_show, args=(job.pk, done), daemon=True)
    if sys.stderr.isatty():
        watcher.start()
    try:
        run_job(job.pk)
        job.refresh_from_db()
        while job.state in OPEN_STATES:
            time.sleep(LOOK_EVERY_S)
            job.refresh_from_db()
    finally:
        done.set()
    if job.state != JobState.SUCCEEDED:
        raise CommandError((job.error or {}).get("detail", f"The job was {job.state}."))
    return job


def _show(job_id: int, done: threading.Event) -> None:
    with tqdm(total=0, unit="clip", leave=False) as bar:
        while not done.wait(LOOK_EVERY_S):
            now = Job.objects.only("done", "total").get(pk=job_id)
            bar.total = now.total or 0
            bar.update(now.done - bar.n)
    connection.close()
