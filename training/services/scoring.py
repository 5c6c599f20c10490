"""What a model says of clips, kept: a clip is scored once per model, however often it is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction

from annotation.models import Clip
from speecheq.jobs import JobHandle
from training.engine.rows import BadData, ClipRow
from training.models import Checkpoint, ClipScore
from training.services.checkpoints import model_folder
from training.services.clip_rows import feature_cache, pool_rows
from training.services.engine import Engine, Posteriors, Scorer, refusals

AT_ONCE = 200
REFUSED_LISTED = 100
SCORE_FIELDS = ["esc", "eis", "eis_score", "gender"]


def score_clips(
    model: Checkpoint, clips: Sequence[int], *, engine: Engine, job: JobHandle
) -> list[dict[str, Any]]:
    """Score those of `clips` (database keys) that this model has not scored yet.

    Stored batch by batch under the job's fence, so that a restart goes on where this one stopped.
    Returns the clips whose sound cannot be used: [{clip, code, detail}], without a score.
    """
    missing = _unscored(model, clips)
    done = len(clips) - len(missing)
    job.progress(done=done, total=len(clips))
    refused: list[dict[str, Any]] = []
    if not missing:
        return refused
    with refusals():
        scorer = engine.scorer(model_folder(model), cache_dir=feature_cache())
        for part in _parts(missing):
            found = _score_part(scorer, part, refused)
            done += len(part)
            _store(model, found, job=job, done=done)
    return refused


def _unscored(model: Checkpoint, clips: Sequence[int]) -> list[int]:
    scored = set(model.scores.values_list("clip_id", flat=True))
    return [pk for pk in clips if pk not in scored]


def _score_part(
    scorer: Scorer, part: list[int], refused: list[dict[str, Any]]
) -> list[tuple[int, Posteriors]]:
    chosen = Clip.objects.filter(pk__in=part).order_by("pk")
    keys = dict(chosen.values_list("public_id", "pk"))

    def on_bad(row: ClipRow, error: BadData) -> None:
        if len(refused) < REFUSED_LISTED:
            refused.append({"clip": row.key, "code": error.code, "detail": error.detail})

    rows = list(pool_rows(chosen))
    return [(keys[each.key], each) for each in scorer(rows, on_bad=on_bad)]


def _store(
    model: Checkpoint, found: list[tuple[int, Posteriors]], *, job: JobHandle, done: int
) -> None:
    """Upsert under the fence: a worker that lost the job writes nothing more."""
    made = [
        ClipScore(
            checkpoint=model,
            clip_id=clip,
            esc=each.esc,
            eis=each.eis,
            eis_score=each.eis_score,
            gender=each.gender,
        )
        for clip, each in found
        if math.isfinite(each.eis_score)
    ]
    with transaction.atomic():
        job.progress(done=done)
        ClipScore.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["checkpoint", "clip"],
            update_fields=SCORE_FIELDS,
        )


def _parts(keys: Sequence[int]) -> Iterator[list[int]]:
    walk = iter(keys)
    while part := list(islice(walk, AT_ONCE)):
        yield part
