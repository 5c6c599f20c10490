"""Jobs: one winner per claim, fenced writes, three attempts, cancellation."""

from __future__ import annotations

import errno
import os
from datetime import timedelta

import pytest
from django.utils import timezone

from speecheq import jobs
from speecheq.errors import Conflict, RuleBroken
from speecheq.jobs import JobCancelled, JobHandle, LeaseLost
from speecheq.models import Job, Outbox
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def kind(monkeypatch):
    """Register a handler for the time of one test; returns the function that registers."""
    monkeypatch.setattr(jobs, "_KINDS", dict(jobs._KINDS))

    def register(handler, **options):
        jobs.job_handler("test.work", **options)(handler)

    return register


def submit(**params) -> Job:
    return jobs.submit_job(kind="test.work", params=params)


def let_lease_run_out(job):
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=past)


def test_a_job_runs_and_keeps_its_result(kind):
    kind(lambda job: {"doubled": job.params["n"] * 2})
    job = submit(n=4)
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == ("succeeded", {"doubled": 8}, 1)


def test_a_job_delivered_twice_runs_once(kind):
    runs = []
    kind(lambda job: runs.append(1))
    job = submit()
    assert [jobs.run_job(job.pk), jobs.run_job(job.pk)] == [True, False]
    assert runs == [1]


def test_a_claimed_job_cannot_be_claimed_again(kind):
    kind(lambda job: None)
    job = submit()
    assert Job.objects.claim(job.pk, lease_s=60)
    assert Job.objects.claim(job.pk, lease_s=60) is None


def test_a_worker_that_lost_its_lease_stops_at_its_next_write(kind):
    kind(lambda job: None)
    job = submit()
    first = Job.objects.claim(job.pk, lease_s=60)
    let_lease_run_out(job)
    assert Job.objects.claim(job.pk, lease_s=60)
    stale = JobHandle(first.pk, first.public_id, first.kind, {}, first.fence, None)
    with pytest.raises(LeaseLost):
        stale.progress(done=1)


def test_a_stale_worker_cannot_finish_the_job(kind):
    def handler(job):
        let_lease_run_out(job)
        assert Job.objects.claim(job.pk, lease_s=60)
        return {"from": "the first worker"}

    kind(handler)
    job = submit()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("running", None)


def test_a_domain_error_becomes_the_jobs_error(kind):
    def handler(job):
        raise RuleBroken("There is no clip.", code="no_clips")

    kind(handler)
    job = submit()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error == {"code": "no_clips", "detail": "There is no clip.", "errors": []}


def test_a_crash_is_reported_without_its_secrets(kind):
    def handler(job):
        raise ZeroDivisionError("password=hunter2")

    kind(handler)
    job = submit()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert job.error["code"] == "internal_error"
    assert "hunter2" not in str(job.error)


def test_a_failed_job_tells_its_kind(kind):
    told = []

    def handler(job):
        raise RuleBroken("no")

    kind(handler, on_fail=lambda params, error: told.append((params, error["code"])))
    jobs.run_job(submit(n=1).pk)
    assert told == [({"n": 1}, "rule_broken")]


def test_a_job_whose_worker_died_is_woken_again(kind):
    kind(lambda job: None)
    job = submit()
    Job.objects.claim(job.pk, lease_s=60)
    let_lease_run_out(job)
    Outbox.objects.all().delete()
    assert jobs.requeue_expired() == 1
    assert Outbox.objects.filter(topic="task").count() == 1


def test_a_job_that_killed_three_workers_is_given_up(kind):
    kind(lambda job: None)
    job = submit()
    for _ in range(jobs.MAX_ATTEMPTS):
        assert Job.objects.claim(job.pk, lease_s=60)
        let_lease_run_out(job)
    jobs.requeue_expired()
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "worker_lost")


def test_a_waiting_job_is_cancelled_at_once(kind):
    kind(lambda job: None)
    job = submit()
    assert jobs.cancel_job(job, by=None).state == "cancelled"
    assert not jobs.run_job(job.pk)


def test_a_running_job_stops_at_its_next_progress(kind):
    def handler(job):
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)
        with pytest.raises(JobCancelled):
            job.progress(done=1)
        job.progress(done=2)

    kind(handler)
    job = submit()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_finished_job_cannot_be_cancelled(kind):
    kind(lambda job: None)
    job = submit()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    with pytest.raises(Conflict, match="already succeeded"):
        jobs.cancel_job(job, by=None)


def test_the_same_dedupe_key_is_one_job_while_it_is_unfinished(kind):
    kind(lambda job: None)
    first = jobs.submit_job(kind="test.work", params={}, dedupe_key="x")
    second = jobs.submit_job(kind="test.work", params={}, dedupe_key="x")
    assert first.pk == second.pk
    jobs.run_job(first.pk)
    assert jobs.submit_job(kind="test.work", params={}, dedupe_key="x").pk != first.pk


def test_work_that_is_being_cancelled_is_no_answer_to_who_asks_for_it_anew(kind):
    kind(lambda job: None)
    first = jobs.submit_job(kind="test.work", params={}, dedupe_key="x")
    Job.objects.claim(first.pk, lease_s=60)
    jobs.cancel_job(first, by=None)
    with pytest.raises(Conflict, match="is being cancelled"):
        jobs.submit_job(kind="test.work", params={}, dedupe_key="x")


def test_an_unknown_kind_is_refused_when_it_is_submitted():
    with pytest.raises(LookupError, match=r"test\.nothing"):
        jobs.submit_job(kind="test.nothing", params={})


def test_one_sees_ones_own_jobs_and_those_of_corpora_one_manages(kind):
    kind(lambda job: None)
    corpus = factories.CorpusFactory()
    manager = factories.member(corpus, "data_manager")
    annotator = factories.member(corpus)
    theirs = jobs.submit_job(
        kind="test.work", params={}, requested_by=annotator, corpus=corpus.slug
    )
    jobs.submit_job(kind="test.work", params={}, corpus="elsewhere")
    assert list(Job.objects.visible_to(manager)) == [theirs]
    assert list(Job.objects.visible_to(annotator)) == [theirs]
    assert not Job.objects.visible_to(factories.UserFactory()).exists()


def test_a_full_disk_fails_the_job_in_words(kind):
    def fill(job):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    kind(fill)
    job = submit()
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "storage_full")


def test_a_result_that_cannot_be_stored_fails_the_job(kind):
    told = []
    kind(lambda job: {"made": object()}, on_fail=lambda params, error: told.append(error["code"]))
    job = submit()
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error["code"], told) == ("failed", "internal_error", ["internal_error"])
