"""Runs: asked for, trained by a worker, cancelled. The job's row holds the lease and the fence."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import Release
from annotation.services.releases import refuse_unfinished
from speecheq.errors import Conflict, DomainError, Malformed, RuleBroken, field_error
from speecheq.jobs import JobCancelled, JobHandle, cancel_job, submit_job
from speecheq.models import Job
from speecheq.outbox import audit
from speecheq.sentences import say, word
from training.config import BadConfig, RunConfig
from training.engine.rows import BadData, ClipRow
from training.models import EpochMetrics, Run, RunState
from training.services.access import require_research
from training.services.checkpoints import keep_model
from training.services.clip_rows import feature_cache, release_rows, trainable, work_folder
from training.services.engine import Engine, TrainedEpoch, refusals

TRAIN = "training.train_run"
OPEN = (RunState.QUEUED, RunState.RUNNING)
# Malformed rather than against a rule: the sender's program is wrong, not the experiment.
MALFORMED = {"unknown_field", "wrong_type"}
REPORT_EVERY_S = 1.0


def request_run(
    release: Release, *, preset: str, config: dict[str, Any] | None = None, by: Any
) -> tuple[Run, Job]:
    """Check the request, note the run as queued and wake a gpu worker.

    Args:
        preset: a name of `training.config.PRESETS`.
        config: what is different from the preset, nested as `RunConfig` is.
        by: the user who asks; None is the operator's shell, which may do everything.

    Raises:
        Forbidden, Conflict (release_not_ready), Malformed, RuleBroken (empty_split, bad values):
        with code and field; then nothing was stored.
    """
    settled = check_request(release, preset=preset, config=config, by=by)
    with transaction.atomic():
        run = Run.objects.create(
            release=release,
            release_sha256=release.sha256,
            preset=preset,
            config=settled.to_json(),
            created_by=by,
        )
        audit(by, "run.requested", run.public_id, release=release.public_id, preset=preset)
        corpora = list(release.corpora.values_list("slug", flat=True))
        job = submit_job(
            kind=TRAIN,
            params={"run_id": run.pk},
            requested_by=by,
            corpus=corpora[0] if len(corpora) == 1 else "",
        )
        run.job = job
        run.save(update_fields=["job"])
    return run, job


def check_request(
    release: Release, *, preset: str, config: dict[str, Any] | None, by: Any
) -> RunConfig:
    """The configuration that would be trained. Raises as `request_run`; stores nothing."""
    require_research(by, release)
    refuse_unfinished(release)
    settled = settled_config(preset, config or {})
    sizes = trainable(release)
    for split in ("train", "dev"):
        if not sizes.get(split):
            detail = say(
                "The {split} split of {release} has no clip with sound and a label. "
                "Choose a release whose {split} split holds labelled clips.",
                split=split,
                release=str(release),
            )
            raise field_error("release", "empty_split", detail)
    return settled


def settled_config(preset: str, changes: dict[str, Any]) -> RunConfig:
    """The preset with the changes. Raises Malformed or RuleBroken naming `preset` or `config.…`."""
    try:
        return RunConfig.preset(preset, changes)
    except BadConfig as error:
        kind = Malformed if error.code in MALFORMED else RuleBroken
        field = error.field if error.field == "preset" else f"config.{error.field}".rstrip(".")
        raise field_error(field, error.code, error.detail, kind=kind) from error


def cancel_run(run: Run, *, by: Any) -> Job:
    """Ask the run to stop; one that has not begun is cancelled at once.

    Raises Forbidden, and Conflict for a run that is finished.
    """
    require_research(by, run.release)
    if run.job is None or run.state not in OPEN:
        raise Conflict(
            say("The run {id} is already {state}.", id=run.public_id, state=word(run.state)),
            code="run_finished",
        )
    return cancel_job(run.job, by=by)


def train_run(job: JobHandle, *, engine: Engine) -> dict[str, Any]:
    """Do the work of `training.train_run`. A restart resumes at the last whole epoch.

    Raises:
        RuleBroken: the engine refuses the data or the configuration.
        LeaseLost, JobCancelled: as `JobHandle.progress`.
    """
    run = Run.objects.select_related("release").get(pk=job.params["run_id"])
    if run.state not in OPEN:
        return _result(run)
    with refusals():
        config = RunConfig.from_json(run.config)
    n_epochs = config.optimiser.epochs
    with transaction.atomic():
        job.progress(total=n_epochs)
        started = Coalesce("started_at", timezone.now())
        Run.objects.filter(pk=run.pk, state__in=OPEN).update(
            state=RunState.RUNNING, started_at=started
        )
    folder = work_folder("runs", run.public_id)
    try:
        rows = release_rows(run.release, watch=job.progress)
        with refusals():
            _learn_or_start_again(engine, run, config, rows, folder, job)
            metrics = _judge(engine, engine.best_model(folder), rows, job)
        _finish(run, engine.best_model(folder), metrics, job)
    except (JobCancelled, DomainError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return _result(run)


def _learn_or_start_again(
    engine: Engine,
    run: Run,
    config: RunConfig,
    rows: Sequence[ClipRow],
    folder: Path,
    job: JobHandle,
) -> None:
    """As `_learn`. A state that another version of the engine left is of no use: from the start."""
    try:
        _learn(engine, run, config, rows, folder, job)
    except BadData as error:
        if error.code != "bad_state":
            raise
        shutil.rmtree(folder)
        _learn(engine, run, config, rows, folder, job)


def _learn(
    engine: Engine,
    run: Run,
    config: RunConfig,
    rows: Sequence[ClipRow],
    folder: Path,
    job: JobHandle,
) -> None:
    """Train, and record each epoch once it is saved."""
    epochs = engine.train(
        config,
        rows,
        checkpoint_dir=folder,
        cache_dir=feature_cache(),
        release_sha256=run.release_sha256,
        on_batch=_reporter(job),
    )
    for epoch in epochs:
        record_epoch(run, epoch, job=job, n_epochs=config.optimiser.epochs)


def record_epoch(run: Run, epoch: TrainedEpoch, *, job: JobHandle, n_epochs: int) -> None:
    """Keep the epoch and renew the lease; one that is on record already is written over.

    Raises LeaseLost when another worker holds the job, and JobCancelled: then nothing is kept.
    """
    with transaction.atomic():
        job.progress(done=epoch.number, total=n_epochs, message="")
        EpochMetrics.objects.update_or_create(
            run=run,
            number=epoch.number,
            defaults={"metrics": epoch.metrics(), "is_best": epoch.is_best},
        )
        if epoch.is_best:
            earlier = run.epochs.filter(is_best=True).exclude(number=epoch.number)
            earlier.update(is_best=False)


def run_failed(params: dict[str, Any], error: dict[str, Any]) -> None:
    """Keep the reason on a run whose job failed or was cancelled."""
    state = RunState.CANCELLED if error["code"] == "cancelled" else RunState.FAILED
    unfinished = Run.objects.filter(pk=params["run_id"], state__in=OPEN)
    unfinished.update(state=state, error=error, finished_at=timezone.now())


def _reporter(job: JobHandle) -> Callable[[int, int, int], None]:
    """Called after every batch: stops a lost or cancelled job, and says how far the sound is."""
    last = time.monotonic()

    def report(epoch: int, done: int, total: int) -> None:
        nonlocal last
        job.check()
        if time.monotonic() - last < REPORT_EVERY_S:
            return
        last = time.monotonic()
        job.progress(message=f"features {done}/{total}" if epoch == 0 else "")

    return report


def _judge(engine: Engine, model: Path, rows: Sequence[ClipRow], job: JobHandle) -> dict[str, Any]:
    """Figures of the best epoch's model on the dev split, and on the test split if there is one."""
    present = {row.split for row in rows}
    metrics: dict[str, Any] = {}
    for split in ("dev", "test"):
        if split in present:
            job.progress()
            metrics[split] = engine.evaluate(model, rows, split=split, cache_dir=feature_cache())
    return metrics


def _finish(run: Run, model: Path, metrics: dict[str, Any], job: JobHandle) -> None:
    kept = keep_model(run, model, metrics)
    with transaction.atomic():
        job.progress()
        kept.save()
        run.state, run.metrics, run.finished_at = RunState.SUCCEEDED, metrics, timezone.now()
        run.save(update_fields=["state", "metrics", "finished_at"])
        audit(run.created_by, "run.succeeded", run.public_id, model=kept.public_id)


def _result(run: Run) -> dict[str, Any]:
    """What the run made, as a job's result."""
    run = Run.objects.select_related("checkpoint").get(pk=run.pk)
    model = getattr(run, "checkpoint", None)
    return {"run": run.public_id, "model": model.public_id if model else None}
