"""`manage.py train` and `manage.py score`: the jobs of the pages, run in this process."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from speecheq.models import Job
from tests import factories
from tests.annotation.releasing import corpus_of
from tests.training.learning import QuickEngine, frozen, model_of, use
from training.management.commands.train import nested
from training.models import AcquisitionRound, Checkpoint, Run

pytestmark = pytest.mark.django_db

SHORT = ["--set", "optimiser.epochs=2"]


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    return use(monkeypatch, QuickEngine())


@pytest.fixture
def release():
    return frozen(corpus_of(6))


def run(capsys, *args) -> str:
    call_command(*args)
    return capsys.readouterr().out


def test_train_prints_figures_and_lineage(capsys, release):
    printed = run(capsys, "train", "demo@1.0.0", *SHORT)
    model = Checkpoint.objects.get()
    assert "test: 4 clips, ua 0.500, eis_ua 0.400, gender_ua 0.900, phoneme_error 0.500" in printed
    assert f"model {model.public_id} epoch 2 sha256 {model.sha256}" in printed
    assert release.sha256 in printed
    assert Job.objects.get(kind="training.train_run").state == "succeeded"


def test_train_again_answers_the_run_that_exists(capsys, release, engine):
    first = run(capsys, "train", release.public_id, *SHORT)
    assert run(capsys, "train", release.public_id, *SHORT) == first
    assert (Run.objects.count(), engine.trained) == (1, [1, 2])
    run(capsys, "train", release.public_id, *SHORT, "--again")
    run(capsys, "train", release.public_id, *SHORT, "--set", "seed=1")
    assert Run.objects.count() == 3


def test_a_dry_run_reports_and_writes_nothing(capsys, release):
    printed = run(capsys, "train", "demo@1.0.0", *SHORT, "--dry-run")
    assert printed.startswith("Would train 2 epochs on demo 1.0.0: ")
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["demo@9"], "No release 'demo@9'. Known: demo@1.0.0"),
        (["demo@1.0.0", "--set", "speed=1"], "No field 'speed'"),
        (["demo@1.0.0", "--set", "optimiser.epochs=many"], "epochs is 'many'; give a int"),
        (["demo@1.0.0", "--set", "epochs"], "is not KEY=VALUE"),
        (["demo@1.0.0", "--set", "seed=1", "--set", "seed.x=1"], "which has a value"),
    ],
)
def test_a_wrong_request_is_one_clear_sentence(release, args, words):
    with pytest.raises(CommandError, match=words):
        call_command("train", *args)
    assert not Run.objects.exists()


def test_a_failed_training_is_a_command_error(release, monkeypatch):
    from training.engine.rows import BadData

    def refuse(number):
        raise BadData("Clip demo/s00/00 is silent.", code="silent")

    use(monkeypatch, QuickEngine(before=refuse))
    with pytest.raises(CommandError, match="is silent"):
        call_command("train", "demo@1.0.0")


def test_settings_are_json_else_text():
    assert nested(["a.b=1", "a.c=[1, 2]", "d=word", "e=true"]) == {
        "a": {"b": 1, "c": [1, 2]},
        "d": "word",
        "e": True,
    }


def score(model, campaign, *more):
    return ["score", model.public_id, "--campaign", campaign.public_id, "--budget", "5", *more]


def test_score_orders_the_queue_and_again_changes_nothing(capsys, release):
    model = model_of(release)
    campaign = factories.campaign(release.corpora.get(), annotators=[])
    first = run(capsys, *score(model, campaign, "--control-share", "0.4"))
    made = AcquisitionRound.objects.get()
    assert first == (
        f"round {made.public_id}: 5 of {made.n_pool} clips come first, 2 of them at random; "
        f"pool sha256 {made.pool_sha256}\n"
    )
    assert run(capsys, *score(model, campaign, "--control-share", "0.4")) == first
    run(capsys, *score(model, campaign, "--control-share", "0"))
    assert AcquisitionRound.objects.count() == 2
    assert campaign.items.filter(arm="control").count() == 0


def test_score_reports_without_writing(capsys, release):
    model = model_of(release)
    campaign = factories.campaign(release.corpora.get(), annotators=[])
    printed = run(capsys, *score(model, campaign, "--dry-run"))
    n_test = release.rows.filter(split="test").count()
    assert printed == f"Would choose from {24 - n_test} clips of labels\n"
    assert not AcquisitionRound.objects.exists()


def test_score_names_what_it_does_not_know(release):
    model = model_of(release)
    with pytest.raises(CommandError, match=f"No model 'mdl_x'. Known: {model.public_id}"):
        call_command("score", "mdl_x", "--campaign", "x", "--budget", "1")
    with pytest.raises(CommandError, match=r"No campaign 'x'. \(unknown_campaign\)"):
        call_command("score", model.public_id, "--campaign", "x", "--budget", "1")
