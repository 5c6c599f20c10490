"""What release tests stand on: labelled corpora, requests and finished jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotation.models import (
    Annotation,
    AnnotationLabel,
    Assignment,
    Campaign,
    Clip,
    Corpus,
    Export,
    Item,
    Release,
)
from annotation.services.exports import request_export
from annotation.services.releases import ReleaseRequest, SplitRequest, request_release
from speecheq import jobs
from speecheq.models import Job
from speecheq.publicids import random
from tests.factories import ClipFactory, CorpusFactory, SpeakerFactory

LABELS = [("HAP", 2), ("NEU", 0), ("SAD", 3), ("ANG", 2)]


def corpus_of(n_speakers: int, *, clips_each: int = 4, slug: str = "demo") -> Corpus:
    """A corpus whose clips all have intended labels."""
    corpus = CorpusFactory(slug=slug, licence="CC BY 4.0")
    for n in range(n_speakers):
        sex = "female" if n % 2 else "male"
        speaker = SpeakerFactory(corpus=corpus, code=f"s{n:02}", sex=sex)
        for k in range(clips_each):
            esc, eis = LABELS[k % len(LABELS)]
            ClipFactory(
                speaker=speaker,
                key=f"{speaker.code}/{k:02}",
                sha256=f"{n:032x}{k:032x}",
                transcript="狗坐在门边。",
                intended_esc=esc,
                intended_eis=eis,
            )
    return corpus


def vote(campaign: Campaign, clip: Clip, annotator: Any, esc: str, eis: int | None, **more: Any):
    """A counting annotation, stored as the queue would have stored it."""
    item, _ = Item.objects.get_or_create(
        campaign=campaign, clip=clip, defaults={"needed": 9, "free": 9, "rank": 0, "base_rank": 0}
    )
    assignment = Assignment.objects.create(
        campaign=campaign,
        item=item,
        clip=clip,
        annotator=annotator,
        state="done",
        expires_at=timezone.now() + timedelta(minutes=5),
    )
    annotation = Annotation.objects.create(
        assignment=assignment,
        campaign=campaign,
        clip=clip,
        annotator=annotator,
        idempotency_key=random("key"),
        body_sha256="0" * 64,
        **more,
    )
    AnnotationLabel.objects.create(annotation=annotation, esc=esc, eis=eis)
    return annotation


def asked(corpus: Corpus, **changed: Any) -> ReleaseRequest:
    """A request for intended labels, changed where the test says so."""
    splits = SplitRequest(**changed.pop("splits", {}))
    wanted = {
        "name": "demo",
        "version": "1.0.0",
        "corpora": [corpus.slug],
        "label_space": "core-7",
        "consensus": "intended",
    }
    return ReleaseRequest(**(wanted | changed), splits=splits)


def release_of(corpus: Corpus, *, by: Any = None, **changed: Any) -> Release:
    """A release whose job has run, however it ended."""
    release, job = request_release(asked(corpus, **changed), by=by)
    jobs.run_job(job.pk)
    release.refresh_from_db()
    return release


def export_of(release: Release, format: str, **changed: Any) -> Export:
    """An export whose job has run."""
    export, job = request_export(release, format=format, by=None, **changed)
    jobs.run_job(job.pk)
    assert Job.objects.get(pk=job.pk).state == "succeeded", Job.objects.get(pk=job.pk).error
    export.refresh_from_db()
    return export


def rows_of(release: Release) -> list[dict[str, Any]]:
    return list(release.rows.order_by("position").values_list("row", flat=True))
