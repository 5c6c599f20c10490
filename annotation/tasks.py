"""What the workers do for annotation: job handlers, outbox handlers and periodic tasks."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.contrib.auth import get_user_model

from annotation.models import Campaign
from annotation.services import (
    consensus,
    exports,
    imports,
    labelling,
    leases,
    release_build,
    votes,
    worklog,
)
from annotation.services.recording import clips, leftovers, long_files, long_work, wsr_uploads
from speecheq.jobs import JobHandle, job_handler

__all__ = ["labelling", "votes", "worklog"]  # importing them registers their outbox handlers


@shared_task(name="annotation.reap_assignments", ignore_result=True)
def reap_assignments() -> None:
    """Give back the slots of leases that ran out."""
    while leases.reap_expired() == leases.REAP_BATCH:
        pass


@shared_task(name="annotation.remove_leftovers", ignore_result=True)
def remove_leftovers() -> None:
    """Remove expired uploads, and files of takes and long recordings that never got a row."""
    leftovers.remove_expired_uploads()
    leftovers.remove_orphan_takes()
    leftovers.remove_orphan_long_files()
    wsr_uploads.remove_expired_pieces()


@job_handler("annotation.build_release", on_fail=release_build.release_failed)
def build_release(job: JobHandle) -> dict[str, Any]:
    """Settle labels, split, store the rows and freeze the release."""
    return release_build.build_release(job.params["release_id"], job)


@job_handler("annotation.export_release", on_fail=exports.export_failed)
def export_release(job: JobHandle) -> dict[str, Any]:
    """Write a frozen release as a file."""
    return exports.build_export(job.params["export_id"], job, audio=job.params["audio"])


@job_handler(consensus.JOB)
def compute_consensus(job: JobHandle) -> dict[str, Any]:
    """Settle the label of every clip of a campaign."""
    params = job.params
    version = consensus.compute_consensus(
        Campaign.objects.select_related("scheme").get(public_id=params["campaign"]),
        method=params["method"],
        params=params["params"],
        by=get_user_model().objects.filter(pk=job.requested_by_id).first(),
        on_progress=lambda done, total: job.progress(done=done, total=total),
    )
    return consensus.summary(version)


@job_handler(imports.IMPORT, on_fail=imports.forget_upload)
def import_corpus(job: JobHandle) -> dict[str, Any]:
    """Read a folder, a manifest or an archive and make clips of its rows."""
    return imports.run_import(job)


@job_handler(imports.REGISTER, on_fail=imports.forget_upload)
def register_clips(job: JobHandle) -> dict[str, Any]:
    """Make clips of rows that came over REST."""
    return imports.register_clips(job)


@job_handler(clips.CLIPS)
def clips_of_session(job: JobHandle) -> dict[str, Any]:
    """Make clips of a session's chosen takes."""
    return clips.make_clips(job)


@job_handler(clips.CAMPAIGN)
def campaign_of_session(job: JobHandle) -> dict[str, Any]:
    """Make clips of a session's chosen takes, and a draft campaign over them."""
    return clips.make_campaign(job)


@job_handler(long_files.INGEST, on_fail=long_work.ingest_failed)
def ingest_long(job: JobHandle) -> dict[str, Any]:
    """Read a long recording and propose its regions."""
    return long_work.ingest(job)


@job_handler(long_files.SEARCH)
def search_long(job: JobHandle) -> dict[str, Any]:
    """Search a long recording for silence by other parameters."""
    return long_work.search(job)


@job_handler(long_files.CUT)
def cut_long(job: JobHandle) -> dict[str, Any]:
    """Make takes of the regions of a long recording."""
    return long_work.cut(job)
