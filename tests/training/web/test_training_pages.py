"""The pages of training: start a run, watch it, read its figures, let its model order a queue."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotation.models import ReleaseClip
from speecheq import jobs
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories
from tests.annotation.releasing import corpus_of
from tests.training.learning import QuickEngine, frozen, model_of, round_of, run_of, use
from training.models import AcquisitionRound, EpochMetrics, Run
from training.services.runs import request_run

pytestmark = pytest.mark.django_db


# Metrics of an epoch, as they are stored.
EPOCH = {
    "loss": 1.0,
    "losses": {"esc": 1.0},
    "dev": {"n_clips": 4, "ua": 0.4, "eis_ua": 0.3},
    "seconds": 0.5,
}


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    return use(monkeypatch, QuickEngine())


@pytest.fixture
def corpus():
    return corpus_of(6)


@pytest.fixture
def release(corpus):
    return frozen(corpus)


def signed_in(corpus, role=Role.RESEARCHER) -> Client:
    client = Client()
    client.force_login(factories.member(corpus, role))
    return client


@pytest.fixture
def pages(corpus):
    return signed_in(corpus)


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def fragment(pages, run, seen="") -> str:
    return text(pages.get(f"/runs/{run.public_id}/progress/?seen={seen}"))


def form(chosen, **changed):
    fields = {"release": chosen.public_id, "preset": "quick", "epochs": "2", "seed": ""}
    return fields | changed


def test_the_lists_say_what_to_do_when_they_are_empty(pages):
    assert "No runs yet" in text(pages.get("/runs/"))
    assert "No models yet" in text(pages.get("/models/"))
    assert "No release to train on" in text(pages.get("/runs/new/"))


def test_the_form_starts_a_run_and_leads_to_it(pages, release):
    assert str(release) in text(pages.get(f"/runs/new/?release={release.public_id}"))
    answer = pages.post("/runs/new/", form(release, seed="5"))
    run = Run.objects.get()
    assert answer["Location"] == f"/runs/{run.public_id}/"
    assert (run.config["optimiser"]["epochs"], run.config["seed"]) == (2, 5)
    assert "Waiting for a worker" in text(pages.get(answer["Location"]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epochs": "0"}, "greater than or equal to 1"),
        ({"epochs": "99999"}, "outside 1 to 10000"),
        ({"preset": "huge"}, "Select a valid choice"),
        ({"release": "rel_0"}, "Select a valid choice"),
    ],
)
def test_the_form_says_what_is_wrong(pages, release, changed, words):
    answer = pages.post("/runs/new/", form(release, **changed))
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Run.objects.exists()


def test_an_empty_split_is_said_beside_the_release(pages, release):
    ReleaseClip.objects.filter(release=release, split="train").update(split="test")
    answer = pages.post("/runs/new/", form(release))
    assert answer.status_code == 422
    assert "The train split of demo 1.0.0 has no clip with sound and a label" in text(answer)


def test_epochs_appear_without_reloading_until_the_run_is_done(pages, release):
    run, job = request_run(release, preset="quick", config={"optimiser": {"epochs": 3}}, by=None)
    path = f"/runs/{run.public_id}/progress/"
    first = fragment(pages, run)
    assert "<html" not in first
    seen = re.search(rf'hx-get="{path}\?seen=(\w+)" hx-trigger="every 1s"', first).group(1)
    assert pages.get(f"{path}?seen={seen}").status_code == 204

    EpochMetrics.objects.create(run=run, number=1, metrics=EPOCH, is_best=True)
    Run.objects.filter(pk=run.pk).update(state="running")
    second = fragment(pages, run, seen)
    assert "Epoch 1 of 3 is done." in second
    assert "About 0:01 min left." in second
    assert second.count("<polyline") == 3
    assert "hx-get" in second

    jobs.run_job(job.pk)
    done = fragment(pages, run, seen)
    assert "hx-get" not in done
    assert "Open the model" in done
    assert "Confusion" in done


def test_the_page_of_a_run_shows_curves_confusion_recall_and_lineage(pages, release):
    run = run_of(release)
    shown = text(pages.get(f"/runs/{run.public_id}/"))
    for words in (release.sha256, run.checkpoint.sha256, "Configuration", "batch_frames"):
        assert words in shown
    assert shown.count("<polyline") == 3
    assert "Figures on the test split" in shown
    assert "Figures on the dev split" in shown
    cell = '<td class="heat-5"><strong>1</strong><br><span class="small nowrap">50 %</span></td>'
    assert cell in shown
    assert re.search(r'<progress value="0.5" max="1" aria-label="Happy">', shown)
    assert shown.count("data-figure") == 5


def test_a_class_that_does_not_occur_has_a_dash_for_its_recall(pages, release):
    run = run_of(release)
    shown = text(pages.get(f"/runs/{run.public_id}/"))
    assert re.search(r'Angry</th><td></td><td class="num">–</td><td class="num">0</td>', shown)


def test_names_are_in_the_language_of_the_page(pages, release):
    run = run_of(release)
    pages.cookies["django_language"] = "zh-hans"
    assert "高兴" in text(pages.get(f"/runs/{run.public_id}/"))


def test_a_run_is_cancelled_from_its_page(pages, release):
    run, _ = request_run(release, preset="quick", by=None)
    answer = pages.post(f"/runs/{run.public_id}/cancel/", follow=True)
    assert "The run stops at its next step." in text(answer)
    assert "The job was cancelled." in text(answer)
    assert Run.objects.get().state == "cancelled"
    assert "already cancelled" in text(pages.post(f"/runs/{run.public_id}/cancel/", follow=True))


def test_a_failed_run_shows_its_reason(pages, release, monkeypatch):
    from training.engine.rows import BadData

    def refuse(number):
        raise BadData("Clip demo/s00/00 is silent.", code="silent", field="clip")

    use(monkeypatch, QuickEngine(before=refuse))
    run = run_of(release)
    shown = text(pages.get(f"/runs/{run.public_id}/"))
    assert "Clip demo/s00/00 is silent." in shown
    assert "The run ended without a model." in shown


def test_the_lists_show_state_and_figures(pages, release):
    model = model_of(release)
    assert "50.0 %" in text(pages.get("/runs/"))
    assert f"/models/{model.public_id}/" in text(pages.get("/models/"))


def test_a_model_orders_a_queue_from_its_page(pages, corpus, release):
    model = model_of(release)
    campaign = factories.campaign(corpus, annotators=[])
    path = f"/models/{model.public_id}/"
    assert campaign.public_id in text(pages.get(path))
    fields = {"campaign": campaign.public_id, "acquisition": "entropy", "budget": "5"}
    answer = pages.post(f"{path}score/", fields | {"control_share": "0.4", "seed": "0"})
    assert answer["Location"] == path
    waiting = text(pages.get(path, headers={"HX-Request": "true"}))
    assert f'hx-get="{path}"' in waiting
    assert "<html" not in waiting
    jobs.run_job(Job.objects.get(kind="training.score_campaign").pk)
    made = AcquisitionRound.objects.get()
    done = text(pages.get(path, headers={"HX-Request": "true"}))
    assert "hx-get" not in done
    assert f"/rounds/{made.public_id}/" in done


def test_a_round_says_why_each_clip_is_next(pages, corpus, release):
    made = round_of(model_of(release), factories.campaign(corpus, annotators=[]))
    shown = text(pages.get(f"/rounds/{made.public_id}/"))
    assert "3 clips were chosen by the model." in shown
    assert f"2 were drawn at random from all {made.n_pool} as the control arm" in shown
    entropy = "the model is least sure (entropy)"
    assert shown.count(f"chosen by the model</span> {entropy}") == 3
    assert f"<dt>Acquisition function</dt><dd>{entropy}</dd>" in shown
    assert shown.count("drawn whatever the model thinks") == 2
    assert made.pool_sha256 in shown
    assert "This round orders the queue now." in shown
    assert shown.count("0 / 3") == 5


def test_the_form_of_a_round_keeps_what_was_refused(pages, corpus, release, monkeypatch):
    campaign = factories.campaign(corpus, annotators=[])
    round_of(model_of(release), campaign)
    use(monkeypatch, QuickEngine(ua=0.1))
    worse = model_of(release, config={"seed": 1, "optimiser": {"epochs": 1}})
    fields = {"campaign": campaign.public_id, "acquisition": "entropy", "budget": "7"}
    answer = pages.post(
        f"/models/{worse.public_id}/score/", fields | {"control_share": "0.2", "seed": "0"}
    )
    assert answer.status_code == 422
    assert "UA of 0.5000" in text(answer)
    assert 'value="7"' in text(answer)


def test_the_home_page_leads_a_researcher_to_training(pages, corpus, release):
    run = run_of(release)
    assert f"/runs/{run.public_id}/" in text(pages.get("/"))
    assert "/runs/new/" not in text(signed_in(corpus, Role.ANNOTATOR).get("/"))


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        (Role.RESEARCHER, 200, 200),
        (Role.DATA_MANAGER, 200, 403),
        (Role.ADJUDICATOR, 200, 403),
        (Role.ANNOTATOR, 403, 403),
    ],
)
def test_each_role_in_its_own_corpus(corpus, release, role, read, write):
    model = model_of(release)
    made = round_of(model, factories.campaign(corpus, annotators=[]))
    client = signed_in(corpus, role)
    run = f"/runs/{model.run.public_id}/"
    paths = ["/runs/", run, f"{run}progress/", "/models/", f"/models/{model.public_id}/"]
    for path in [*paths, f"/rounds/{made.public_id}/"]:
        assert client.get(path).status_code == read, path
    assert client.get("/runs/new/").status_code == write
    may_order = "Score and re-order" in text(client.get(f"/models/{model.public_id}/"))
    assert may_order is (write == 200)
    if write == 403:
        assert client.post(f"{run}cancel/").status_code == 403
        assert client.post(f"/models/{model.public_id}/score/").status_code == 403


def test_nothing_of_another_corpus_exists(corpus, release):
    model = model_of(release)
    made = round_of(model, factories.campaign(corpus, annotators=[]))
    outsider = signed_in(factories.CorpusFactory())
    run = f"/runs/{model.run.public_id}/"
    for path in (
        run,
        f"{run}progress/",
        f"/models/{model.public_id}/",
        f"/rounds/{made.public_id}/",
    ):
        assert outsider.get(path).status_code == 404, path
    assert outsider.post("/runs/new/", form(release)).status_code == 422
    assert Run.objects.count() == 1


def test_the_pages_speak_without_inline_styles_or_scripts(pages, corpus, release):
    model = model_of(release)
    made = round_of(model, factories.campaign(corpus, annotators=[]))
    run = f"/runs/{model.run.public_id}/"
    paths = ["/runs/", "/runs/new/", run, "/models/", f"/models/{model.public_id}/"]
    for path in [*paths, f"/rounds/{made.public_id}/"]:
        shown = text(pages.get(path))
        assert ' style="' not in shown
        assert " onclick=" not in shown
        assert shown.count("<h1") == 1
