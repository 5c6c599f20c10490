"""Runs, models and rounds over REST: accepted, watched, refused with code and field."""

from __future__ import annotations

import pytest

from annotation.models import ReleaseClip
from speecheq import jobs
from speecheq.models import Job
from speecheq.roles import Role, Scope
from tests import factories
from tests.annotation.releasing import corpus_of
from tests.training.learning import QuickEngine, frozen, model_of, round_of, run_of, use
from training.models import AcquisitionRound, Run

pytestmark = pytest.mark.django_db

RUNS, MODELS, ROUNDS = "/api/v1/runs/", "/api/v1/models/", "/api/v1/rounds/"


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    return use(monkeypatch, QuickEngine())


@pytest.fixture
def corpus():
    return corpus_of(6)


@pytest.fixture
def release(corpus):
    return frozen(corpus)


@pytest.fixture
def api(corpus):
    return factories.client(factories.member(corpus, Role.RESEARCHER))


def finish(answer) -> dict:
    """Run the job that was answered; its last state over REST."""
    job = Job.objects.get(public_id=answer.json()["job"]["id"])
    jobs.run_job(job.pk)
    job.refresh_from_db()
    return job.as_json()


def fields(answer) -> list[str]:
    return [each["field"] for each in answer.json()["errors"]]


def test_a_run_is_accepted_trained_and_shown(api, release):
    body = {"release": release.public_id, "preset": "quick", "config": {"optimiser": {"epochs": 2}}}
    answer = api.post(RUNS, body)
    assert answer.status_code == 202, answer.content
    job = answer.json()["job"]
    assert (job["kind"], job["state"]) == ("training.train_run", "queued")
    assert answer["Location"] == f"/api/v1/jobs/{job['id']}/"
    assert api.get(f"{RUNS}{answer.json()['run']}/").json()["state"] == "queued"

    result = finish(answer)["result"]
    run = api.get(f"{RUNS}{result['run']}/").json()
    assert (run["state"], run["preset"], run["job"]) == ("succeeded", "quick", job["id"])
    assert (run["release"], run["release_hash"]) == (release.public_id, release.sha256)
    assert (run["model"], run["error"]) == (result["model"], None)
    assert run["config"]["optimiser"]["epochs"] == 2
    assert run["metrics"]["test"]["ua"] == 0.5


def test_epochs_come_in_order_and_in_pages(api, release):
    run = run_of(release)
    first = api.get(f"{RUNS}{run.public_id}/epochs/?page_size=2").json()
    assert [each["number"] for each in first["results"]] == [1, 2]
    assert set(first["results"][0]["metrics"]) == {"loss", "losses", "dev", "seconds"}
    second = api.get(first["next"]).json()
    assert [(each["number"], each["is_best"]) for each in second["results"]] == [(3, True)]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"colour": 1}, 400, "malformed", "colour"),
        ({"release": None}, 400, "malformed", "release"),
        ({"config": [1]}, 400, "malformed", "config"),
        ({"config": {"colour": 1}}, 400, "unknown_field", "config.colour"),
        ({"config": {"seed": "x"}}, 400, "wrong_type", "config.seed"),
        ({"config": {"seed": -1}}, 422, "out_of_range", "config.seed"),
        ({"preset": "huge"}, 422, "unknown_preset", "preset"),
        ({"release": "rel_0"}, 422, "unknown_release", "release"),
    ],
)
def test_a_wrong_request_stores_nothing_and_says_why(api, release, changed, status, code, field):
    body = {"release": release.public_id, "preset": "quick", "config": {}}
    answer = api.post(RUNS, body | changed)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert field in fields(answer)
    assert not Run.objects.exists()


def test_training_on_an_empty_split_is_refused(api, release):
    ReleaseClip.objects.filter(release=release, split="dev").update(split="test")
    answer = api.post(RUNS, {"release": release.public_id, "preset": "quick"})
    assert (answer.status_code, answer.json()["code"]) == (422, "empty_split")
    assert fields(answer) == ["release"]


def test_a_run_is_cancelled_and_says_so(api, release):
    run = api.post(RUNS, {"release": release.public_id}).json()["run"]
    answer = api.post(f"{RUNS}{run}/cancel/")
    assert (answer.status_code, answer.json()["job"]["state"]) == (202, "cancelled")
    assert api.get(f"{RUNS}{run}/").json()["state"] == "cancelled"
    again = api.post(f"{RUNS}{run}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "run_finished")


def test_lists_are_filtered_by_what_is_allowed_only(api, release):
    run = run_of(release)
    assert [each["id"] for each in api.get(f"{RUNS}?state=succeeded").json()["results"]] == [
        run.public_id
    ]
    assert api.get(f"{RUNS}?state=failed").json()["results"] == []
    assert api.get(f"{RUNS}?release={release.public_id}").json()["results"]
    assert api.get(f"{RUNS}?colour=red").status_code == 400
    assert api.get(f"{MODELS}?run={run.public_id}").json()["results"]
    assert api.get(f"{MODELS}?colour=red").status_code == 400


def test_a_model_names_run_release_and_weights(api, release):
    model = model_of(release)
    found = api.get(f"{MODELS}{model.public_id}/").json()
    assert found["id"] == api.get(MODELS).json()["results"][0]["id"] == model.public_id
    assert found["run"] == model.run.public_id
    assert (found["release"], found["release_hash"]) == (release.public_id, release.sha256)
    assert found["sha256"] == model.sha256
    assert found["rounds"] == []
    assert found["config"]["optimiser"]["epochs"] == 3


def test_a_model_orders_a_queue_and_the_round_says_why(api, corpus, release):
    model = model_of(release)
    campaign = factories.campaign(corpus, annotators=[])
    body = {
        "campaign": campaign.public_id,
        "acquisition": "entropy",
        "budget": 5,
        "control_share": 0.4,
        "seed": 3,
    }
    answer = api.post(f"{MODELS}{model.public_id}/score/", body)
    assert answer.status_code == 202, answer.content
    made = api.get(f"{ROUNDS}{finish(answer)['result']['round']}/").json()
    assert (made["model"], made["campaign"]) == (model.public_id, campaign.public_id)
    assert (made["acquisition"], made["seed"], made["control_share"]) == ("entropy", 3, 0.4)
    assert len(made["pool_hash"]) == 64
    assert [each["rank"] for each in made["items"]] == [1, 2, 3, 4, 5]
    assert [each["arm"] for each in made["items"]].count("control") == 2
    assert set(made["items"][0]) == {"clip", "key", "score", "rank", "probability", "arm"}
    queue = api.get(f"/api/v1/campaigns/{campaign.public_id}/queue/").json()["results"]
    assert [each["clip"] for each in queue[:5]] == [each["clip"] for each in made["items"]]
    assert [each["probability"] for each in queue[:5]] == [
        each["probability"] for each in made["items"]
    ]
    assert api.get(f"{MODELS}{model.public_id}/").json()["rounds"] == [made["id"]]


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"colour": 1}, 400, "malformed", "colour"),
        ({"budget": "many"}, 400, "malformed", "budget"),
        ({"budget": 0}, 422, "out_of_range", "budget"),
        ({"control_share": 2}, 422, "out_of_range", "control_share"),
        ({"acquisition": "magic"}, 422, "unknown_acquisition", "acquisition"),
        ({"campaign": "cmp_0"}, 422, "unknown_campaign", "campaign"),
    ],
)
def test_a_wrong_round_is_refused(api, corpus, release, changed, status, code, field):
    campaign = factories.campaign(corpus, annotators=[])
    model = model_of(release)
    body = {"campaign": campaign.public_id, "budget": 5}
    answer = api.post(f"{MODELS}{model.public_id}/score/", body | changed)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert field in fields(answer)
    assert not AcquisitionRound.objects.exists()


def test_a_model_that_is_not_better_is_a_conflict(api, corpus, release, monkeypatch):
    campaign = factories.campaign(corpus, annotators=[])
    round_of(model_of(release), campaign)
    use(monkeypatch, QuickEngine(ua=0.1))
    worse = model_of(release, config={"seed": 1, "optimiser": {"epochs": 1}})
    body = {"campaign": campaign.public_id, "budget": 5}
    answer = api.post(f"{MODELS}{worse.public_id}/score/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "model_not_better")


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        (Role.RESEARCHER, 200, 202),
        (Role.DATA_MANAGER, 200, 403),
        (Role.ADJUDICATOR, 200, 403),
        (Role.ANNOTATOR, 403, 403),
        (Role.SESSION_OPERATOR, 403, 403),
    ],
)
def test_each_role_in_its_own_corpus(corpus, release, role, read, write):
    model = model_of(release)
    campaign = factories.campaign(corpus, annotators=[])
    made = round_of(model, campaign)
    mine = factories.client(factories.member(corpus, role))
    run = f"{RUNS}{model.run.public_id}/"
    shown = [RUNS, run, f"{run}epochs/", MODELS, f"{MODELS}{model.public_id}/"]
    for path in [*shown, f"{ROUNDS}{made.public_id}/"]:
        assert mine.get(path).status_code == read, path
    assert mine.post(RUNS, {"release": release.public_id}).status_code == write
    body = {"campaign": campaign.public_id, "budget": 3}
    assert mine.post(f"{MODELS}{model.public_id}/score/", body).status_code == write


def test_nothing_of_another_corpus_exists(corpus, release):
    model = model_of(release)
    made = round_of(model, factories.campaign(corpus, annotators=[]))
    outsider = factories.client(factories.member(factories.CorpusFactory(), Role.RESEARCHER))
    run = f"{RUNS}{model.run.public_id}/"
    for path in (run, f"{run}epochs/", f"{MODELS}{model.public_id}/", f"{ROUNDS}{made.public_id}/"):
        assert outsider.get(path).status_code == 404, path
    assert outsider.post(f"{run}cancel/").status_code == 404
    assert outsider.post(f"{MODELS}{model.public_id}/score/", {}).status_code == 404
    assert outsider.post(RUNS, {"release": release.public_id}).json()["code"] == "unknown_release"
    assert outsider.get(RUNS).json()["results"] == outsider.get(MODELS).json()["results"] == []


def test_a_researcher_elsewhere_who_labels_here_sees_no_figures(corpus, release):
    model = model_of(release)
    person = factories.member(corpus, Role.ANNOTATOR)
    factories.CorpusFactory().memberships.create(user=person, role=Role.RESEARCHER)
    theirs = factories.client(person)
    assert theirs.get(RUNS).json()["results"] == []
    assert theirs.get(f"{RUNS}{model.run.public_id}/").status_code == 403
    assert theirs.get(f"{MODELS}{model.public_id}/").status_code == 403


def test_a_token_needs_the_scope_research(corpus, release):
    researcher = factories.member(corpus, Role.RESEARCHER)
    for scope in (Scope.MANAGE, Scope.LABEL):
        answer = factories.client(researcher, scope).post(RUNS, {"release": release.public_id})
        assert answer.status_code == 403
        assert "research" in answer.json()["detail"]
    assert factories.client(researcher, Scope.RESEARCH).get(RUNS).status_code == 200
