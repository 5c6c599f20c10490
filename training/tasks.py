"""What the workers do for training: job handlers. torch is imported when one of them runs."""

from __future__ import annotations

from typing import Any

from speecheq.jobs import JobHandle, job_handler
from speecheq.queues import GPU
from training.services import acquisition, runs
from training.services.engine import Engine
from training.torch_engine import TorchEngine


def engine() -> Engine:
    """What trains and scores."""
    return TorchEngine()


@job_handler(runs.TRAIN, queue=GPU, on_fail=runs.run_failed)
def train_run(job: JobHandle) -> dict[str, Any]:
    """Train one run; a restart resumes at the last whole epoch."""
    return runs.train_run(job, engine=engine())


@job_handler(acquisition.SCORE, queue=GPU)
def score_campaign(job: JobHandle) -> dict[str, Any]:
    """Score a campaign's clips and put those first that would teach the model most."""
    return acquisition.score_campaign(job, engine=engine())
