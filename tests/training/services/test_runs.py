"""Runs: checked before anything is stored, recorded under the fence, resumed, cancelled."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from annotation.models import Clip, ReleaseClip
from speecheq import jobs
from speecheq.errors import DomainError, Forbidden
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories
from tests.annotation.releasing import asked, corpus_of, release_of
from tests.training.learning import QuickEngine, frozen, run_of, use
from training.config import RunConfig
from training.engine.rows import BadData
from training.models import Checkpoint, EpochMetrics, Run
from training.services.access import find_run
from training.services.clip_rows import fetched, release_rows, work_folder
from training.services.runs import cancel_run, request_run, train_run

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    return corpus_of(6)


@pytest.fixture
def release(corpus):
    return frozen(corpus)


@pytest.fixture
def engine(monkeypatch):
    return use(monkeypatch, QuickEngine())


def handle_of(run: Run) -> jobs.JobHandle:
    """The run's job, claimed as a worker claims it."""
    job = Job.objects.all().claim(run.job_id, lease_s=60)
    return jobs.JobHandle(job.pk, job.public_id, job.kind, job.params, job.fence, None)


def test_a_run_ends_with_a_model_that_names_its_release(release, engine):
    run = run_of(release)
    model = run.checkpoint
    assert run.state == "succeeded"
    assert (run.release_sha256, model.release_sha256) == (release.sha256, release.sha256)
    assert run.job.result == {"run": run.public_id, "model": model.public_id}
    assert set(model.metrics) == set(run.metrics) == {"dev", "test"}
    assert model.metrics["test"]["recall"]["HAP"] == 0.5


def test_the_model_is_kept_in_storage_with_the_hash_of_its_weights(release, engine):
    model = run_of(release).checkpoint
    weights = default_storage.open(model.files["model.safetensors"]).read()
    record = json.loads(default_storage.open(model.files["model.json"]).read())
    assert model.sha256 == hashlib.sha256(weights).hexdigest()
    assert record["release_sha256"] == release.sha256
    assert model.files["model.json"].startswith("model/")


def test_every_epoch_is_recorded_and_one_is_the_best(release, engine):
    run = run_of(release)
    assert list(run.epochs.values_list("number", "is_best")) == [(1, False), (2, False), (3, True)]
    assert run.epochs.get(number=2).metrics["loss"] == 0.5
    assert (run.job.done, run.job.total) == (3, 3)


def test_the_whole_configuration_is_kept(release, engine):
    run = run_of(release, config={"seed": 7, "optimiser": {"epochs": 2}})
    kept = RunConfig.from_json(run.config)
    assert (kept.seed, kept.optimiser.epochs) == (7, 2)
    assert kept == RunConfig.preset("quick", {"seed": 7, "optimiser": {"epochs": 2}})


def test_a_job_delivered_twice_trains_once(release, engine):
    run = run_of(release)
    assert jobs.run_job(run.job_id) is False
    assert engine.trained == [1, 2, 3]
    assert Checkpoint.objects.count() == 1


def test_a_worker_that_lost_the_lease_writes_nothing_more(release, monkeypatch):
    run, _ = request_run(release, preset="quick", config={"optimiser": {"epochs": 3}}, by=None)

    def lose(number):
        if number == 2:  # another worker takes the job over
            job = Job.objects.get(pk=run.job_id)
            Job.objects.filter(pk=job.pk).update(fence=job.fence + 1)

    handle = handle_of(run)
    with pytest.raises(jobs.LeaseLost):
        train_run(handle, engine=QuickEngine(before=lose))
    run.refresh_from_db()
    assert (run.state, list(run.epochs.values_list("number", flat=True))) == ("running", [1])
    assert not Checkpoint.objects.exists()


def test_a_killed_run_resumes_at_the_last_whole_epoch(release, monkeypatch):
    run, job = request_run(release, preset="quick", config={"optimiser": {"epochs": 3}}, by=None)

    def die(number):
        if number == 3:
            raise SystemExit

    with pytest.raises(SystemExit):
        train_run(handle_of(run), engine=QuickEngine(before=die))
    EpochMetrics.objects.filter(number=2).delete()  # killed between saving and recording
    Job.objects.filter(pk=job.pk).update(lease_expires_at="2020-01-01T00:00Z")
    second = use(monkeypatch, QuickEngine())
    assert jobs.run_job(job.pk) is True
    run.refresh_from_db()
    assert run.state == "succeeded"
    assert second.trained == [3]
    assert list(run.epochs.values_list("number", flat=True)) == [1, 2, 3]


def test_a_worker_killed_after_the_model_was_stored_leaves_one_model(release, engine, monkeypatch):
    from training.services import runs

    run, job = request_run(release, preset="quick", config={"optimiser": {"epochs": 1}}, by=None)
    kept = runs.keep_model

    def die(*args):
        kept(*args)
        raise SystemExit

    monkeypatch.setattr(runs, "keep_model", die)
    with pytest.raises(SystemExit):
        train_run(handle_of(run), engine=engine)
    monkeypatch.setattr(runs, "keep_model", kept)
    Job.objects.filter(pk=job.pk).update(lease_expires_at="2020-01-01T00:00Z")
    jobs.run_job(job.pk)
    model = Checkpoint.objects.get()
    assert default_storage.exists(model.files["model.json"])
    folder = Path(default_storage.path(model.files["model.json"])).parent
    assert len(list(folder.iterdir())) == 2


def test_cancelling_stops_before_the_next_epoch(release, monkeypatch):
    run, job = request_run(release, preset="quick", config={"optimiser": {"epochs": 3}}, by=None)

    def cancel(number):
        if number == 2:
            cancel_run(Run.objects.get(pk=run.pk), by=None)

    use(monkeypatch, QuickEngine(before=cancel))
    jobs.run_job(job.pk)
    run.refresh_from_db()
    assert (run.state, run.error["code"]) == ("cancelled", "cancelled")
    assert list(run.epochs.values_list("number", flat=True)) == [1]
    assert not work_folder("runs", run.public_id).exists()


def test_a_waiting_run_is_cancelled_at_once(release, engine):
    run, job = request_run(release, preset="quick", by=None)
    cancel_run(run, by=None)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert jobs.run_job(job.pk) is False
    assert engine.trained == []


def test_a_finished_run_cannot_be_cancelled(release, engine):
    run = run_of(release)
    with pytest.raises(DomainError) as refused:
        cancel_run(run, by=None)
    assert refused.value.code == "run_finished"


def test_what_the_engine_refuses_is_the_reason_of_the_run(release, monkeypatch):
    def refuse(number):
        raise BadData("Clip demo/s00/00 is silent.", code="silent", field="clip")

    use(monkeypatch, QuickEngine(before=refuse))
    run = run_of(release)
    assert (run.state, run.error["code"]) == ("failed", "silent")
    assert run.error["errors"][0]["field"] == "clip"
    assert run.job.error == run.error


def test_what_an_older_engine_left_is_trained_again_from_the_start(release, monkeypatch):
    run, job = request_run(release, preset="quick", config={"optimiser": {"epochs": 2}}, by=None)
    folder = work_folder("runs", run.public_id)
    folder.mkdir(parents=True)
    (folder / "old").touch()

    def refuse(number):
        if (folder / "old").exists():
            raise BadData("Left by another version.", code="bad_state")

    engine = use(monkeypatch, QuickEngine(before=refuse))
    jobs.run_job(job.pk)
    run.refresh_from_db()
    assert (run.state, engine.trained) == ("succeeded", [1, 2])


def test_a_crash_of_the_engine_fails_the_run_without_its_details(release, monkeypatch):
    def crash(number):
        raise ZeroDivisionError("secret")

    use(monkeypatch, QuickEngine(before=crash))
    run = run_of(release)
    assert (run.state, run.error["code"]) == ("failed", "internal_error")
    assert "secret" not in json.dumps(run.error)


@pytest.mark.parametrize(
    ("preset", "config", "status", "code", "field"),
    [
        ("huge", {}, 422, "unknown_preset", "preset"),
        ("quick", {"speed": 1}, 400, "unknown_field", "config.speed"),
        ("quick", {"optimiser": {"epoch": 1}}, 400, "unknown_field", "config.optimiser.epoch"),
        ("quick", {"optimiser": {"epochs": "3"}}, 400, "wrong_type", "config.optimiser.epochs"),
        ("quick", {"optimiser": {"epochs": 0}}, 422, "out_of_range", "config.optimiser.epochs"),
        ("quick", {"encoder": {"name": "lstm"}}, 422, "unknown_choice", "config.encoder.name"),
    ],
)
def test_a_bad_configuration_is_named_and_nothing_is_stored(
    release, preset, config, status, code, field
):
    with pytest.raises(DomainError) as refused:
        request_run(release, preset=preset, config=config, by=None)
    error = refused.value
    assert (error.status, error.code, error.errors[0].field) == (status, code, field)
    assert not Run.objects.exists()
    assert not Job.objects.filter(kind="training.train_run").exists()


@pytest.mark.parametrize("split", ["train", "dev"])
def test_an_empty_split_is_refused(release, split):
    ReleaseClip.objects.filter(release=release, split=split).update(split="test")
    with pytest.raises(DomainError) as refused:
        request_run(release, preset="quick", by=None)
    error = refused.value
    assert (error.status, error.code, error.errors[0].field) == (422, "empty_split", "release")
    assert split in error.detail
    assert not Run.objects.exists()


def test_clips_without_sound_do_not_fill_a_split(release):
    dev = ReleaseClip.objects.filter(release=release, split="dev").values("clip_id")
    Clip.objects.filter(pk__in=dev).update(label_only=True, sha256="")
    with pytest.raises(DomainError) as refused:
        request_run(release, preset="quick", by=None)
    assert refused.value.code == "empty_split"


def test_a_release_in_the_making_is_refused(corpus):
    from annotation.services.releases import request_release

    building, _ = request_release(asked(corpus), by=None)
    with pytest.raises(DomainError) as refused:
        request_run(building, preset="quick", by=None)
    assert (refused.value.status, refused.value.code) == (409, "release_not_ready")


def test_labels_that_say_none_of_them_are_never_learned(release):
    row = ReleaseClip.objects.filter(release=release, split="train").first()
    row.row = row.row | {"esc": "UNK", "eis": None, "soft_esc": {"HAP": 0.5, "SAD": 0.5}}
    row.esc = "UNK"
    row.save()
    rows = {each.key: each for each in release_rows(release, watch=lambda: None)}
    masked = rows[f"demo/{row.row['key']}"]
    assert (masked.esc, masked.eis, masked.soft_esc) == (None, None, None)
    assert len(rows) == 24


@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.ADJUDICATOR, Role.ANNOTATOR])
def test_only_a_researcher_starts_and_cancels(corpus, release, role):
    other = factories.member(corpus, role)
    with pytest.raises(Forbidden):
        request_run(release, preset="quick", by=other)
    run, _ = request_run(release, preset="quick", by=factories.member(corpus, Role.RESEARCHER))
    with pytest.raises(Forbidden):
        cancel_run(run, by=other)


def test_a_researcher_of_one_corpus_does_not_train_on_two(corpus):
    other = corpus_of(6, slug="other")
    both = release_of(corpus, corpora=["demo", "other"], name="both")
    person = factories.member(corpus, Role.RESEARCHER)
    other.memberships.create(user=person, role=Role.ANNOTATOR)
    with pytest.raises(Forbidden):
        request_run(both, preset="quick", by=person)


def test_whoever_only_labels_does_not_see_a_run(corpus, release, engine):
    run = run_of(release)
    with pytest.raises(Forbidden):
        find_run(run.public_id, user=factories.member(corpus, Role.ANNOTATOR))


def test_a_file_of_remote_storage_is_fetched_once_and_whole(tmp_path):
    from django.core.files.base import ContentFile

    name = default_storage.save("far.flac", ContentFile(b"sound"))
    copy = fetched(name, tmp_path / "a" / "far.flac")
    default_storage.delete(name)
    assert fetched(name, copy).read_bytes() == b"sound"
    with pytest.raises(FileNotFoundError):
        fetched("gone.flac", tmp_path / "a" / "gone.flac")
    assert [each.name for each in copy.parent.iterdir()] == ["far.flac"]
