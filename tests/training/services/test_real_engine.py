"""The real engine, through jobs: from sound to a model, killed and resumed, to a queue's order."""

from __future__ import annotations

import json

import pytest
from django.core.files.storage import default_storage

from annotation.models import Release
from speecheq import jobs
from speecheq.models import Job
from tests import factories
from tests.training.learning import TINY, audible_corpus, frozen, round_of, run_of
from training.config import RunConfig
from training.models import Checkpoint, ClipScore, Run
from training.services import runs
from training.services.clip_rows import work_folder
from training.services.runs import request_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def release() -> Release:
    return frozen(audible_corpus(6))


def test_a_killed_training_ends_with_the_model_it_would_have_had(release, monkeypatch):
    whole = run_of(release, config=TINY)
    assert whole.state == "succeeded", whole.error

    run, job = request_run(release, preset="quick", config=TINY, by=None)
    record = runs.record_epoch

    def die(run, epoch, **how):
        record(run, epoch, **how)
        raise SystemExit

    monkeypatch.setattr(runs, "record_epoch", die)
    with pytest.raises(SystemExit):
        jobs.run_job(job.pk)
    assert list(run.epochs.values_list("number", flat=True)) == [1]
    assert (work_folder("runs", run.public_id) / "state.safetensors").exists()

    monkeypatch.setattr(runs, "record_epoch", record)
    Job.objects.filter(pk=job.pk).update(lease_expires_at="2020-01-01T00:00Z")
    assert jobs.run_job(job.pk) is True
    resumed = Run.objects.get(pk=run.pk)
    assert resumed.state == "succeeded", resumed.error
    assert resumed.checkpoint.sha256 == whole.checkpoint.sha256
    assert not work_folder("runs", run.public_id).exists()


def test_a_model_carries_its_lineage_and_figures_of_both_splits(release):
    run = run_of(release, config=TINY)
    record = json.loads(default_storage.open(run.checkpoint.files["model.json"]).read())
    assert record["release_sha256"] == release.sha256
    assert record["weights_sha256"] == run.checkpoint.sha256
    kept = RunConfig.from_json(record["config"]).with_categories(())
    assert kept == RunConfig.from_json(run.config)
    for split in ("dev", "test"):
        figures = run.metrics[split]
        labels = figures["confusion"]["labels"]
        counted = sum(map(sum, figures["confusion"]["matrix"]))
        assert counted == figures["n_clips"] == release.rows.filter(split=split).count()
        assert set(labels) == set(figures["recall"]) == {"NEU", "HAP", "SAD", "ANG"}
        assert {"ua", "wa", "eis_ua", "gender_ua", "phoneme_error"} <= set(figures)
    first = run.epochs.get(number=1).metrics
    assert first["loss"] > 0
    assert set(first["losses"]) == {"esc", "eis", "gender", "phoneme"}
    assert 0 <= first["dev"]["ua"] <= 1


def test_a_model_scores_the_pool_and_orders_the_queue(release):
    campaign = factories.campaign(release.corpora.get(), annotators=[])
    model = Checkpoint.objects.select_related("run__release").get(run=run_of(release, config=TINY))
    made = round_of(model, campaign, budget=6, control_share=0.5)
    scores = ClipScore.objects.filter(checkpoint=model)
    assert (
        scores.count()
        == made.n_pool
        == campaign.items.count() - release.rows.filter(split="test").count()
    )
    assert all(sum(each.esc.values()) == pytest.approx(1) for each in scores)
    assert all(each.eis["0"] == pytest.approx(each.esc["NEU"]) for each in scores)
    best = made.items.filter(arm="chosen").order_by("rank").first()
    control = set(made.items.filter(arm="control").values_list("clip_id", flat=True))
    values = [
        (clip, max(esc.values()))
        for clip, esc in scores.values_list("clip_id", "esc")
        if clip not in control
    ]
    assert len(values) == made.n_pool - 3
    assert best.clip_id in dict(values)
    first = campaign.items.order_by("rank").first()
    assert (first.clip_id, first.round_id) == (made.items.get(rank=1).clip_id, made.public_id)


def test_a_clip_whose_file_is_gone_fails_the_run_with_its_name(release, settings):
    clip = release.rows.filter(split="train").first().clip
    default_storage.delete(clip.audio16k.name)
    run = run_of(release, config=TINY)
    assert run.state == "failed"
    assert f"sound/{clip.key}" in run.error["detail"]
    assert str(settings.MEDIA_ROOT) not in run.error["detail"]


def test_one_category_cannot_be_learned(release):
    rows = release.rows.all()
    for row in rows:
        row.row = row.row | {"esc": "HAP", "eis": 2, "soft_esc": {}}
        row.save()
    run = run_of(release, config=TINY)
    assert (run.state, run.error["code"]) == ("failed", "too_few_categories")
