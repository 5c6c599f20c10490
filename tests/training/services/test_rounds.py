"""Rounds: what may be ranked, who may rank, what is stored, and what the queue then offers."""

from __future__ import annotations

import pytest

from annotation.models import ClipAlias, Item, SplitLedger
from annotation.services.queue import claim_next
from speecheq import jobs
from speecheq.errors import DomainError, Forbidden
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories
from tests.annotation.releasing import corpus_of
from tests.training.learning import (
    QuickEngine,
    asked_round,
    frozen,
    model_of,
    posterior,
    round_of,
    use,
)
from training.acquisition import round as pure
from training.models import AcquisitionRound, Checkpoint, ClipScore
from training.services import acquisition
from training.services.acquisition import pool_clips, request_round, score_campaign

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    return corpus_of(8)


@pytest.fixture
def engine(monkeypatch):
    return use(monkeypatch, QuickEngine())


@pytest.fixture
def model(corpus, engine):
    return model_of(frozen(corpus))


@pytest.fixture
def campaign(corpus):
    return factories.campaign(corpus, annotators=[])


def keys_of_test(model):
    """Public ids of the test split."""
    rows = model.run.release.rows.filter(split="test")
    return set(rows.values_list("clip__public_id", flat=True))


def refused(model, campaign, **changed):
    with pytest.raises(DomainError) as found:
        request_round(model, asked_round(campaign, **changed), by=None)
    return found.value


def test_the_service_knows_the_functions_of_the_pure_folder():
    assert set(acquisition.ACQUISITIONS) == set(pure.ACQUISITIONS)


def test_no_test_clip_is_ranked_nor_scored(model, campaign, engine):
    made = round_of(model, campaign, budget=1000)
    ranked = set(made.items.values_list("clip__public_id", flat=True))
    test = keys_of_test(model)
    assert test and not ranked & test
    assert not set(engine.scored) & test
    assert made.n_pool == len(ranked) == campaign.items.count() - len(test)


def test_what_a_test_speaker_said_elsewhere_is_never_ranked(model, campaign, corpus):
    speaker = model.run.release.rows.filter(split="test").first().clip.speaker
    later = factories.ClipFactory(speaker=speaker, key="later")
    alias = factories.ClipFactory(speaker=factories.SpeakerFactory(corpus=corpus), key="alias")
    ClipAlias.objects.create(clip=alias, corpus=corpus, speaker=speaker, key="alias-2")
    for clip in (later, alias):
        Item.objects.create(campaign=campaign, clip=clip, needed=3, free=3, rank=0, base_rank=0)
    assert not {later.public_id, alias.public_id} & set(pool_clips(campaign, model))


def test_the_recording_of_a_test_clip_is_never_ranked_under_another_corpus(model, campaign):
    twin = model.run.release.rows.filter(split="test").first().clip
    other = factories.CorpusFactory()
    copy = factories.ClipFactory(
        speaker=factories.SpeakerFactory(corpus=other), key="copy", sha256=twin.sha256
    )
    theirs = factories.campaign(other, annotators=[])
    assert theirs.items.get().clip == copy
    assert pool_clips(theirs, model) == {}


def test_a_speaker_whom_the_ledger_sends_to_test_is_never_ranked(model, campaign, corpus):
    new = factories.ClipFactory(speaker=factories.SpeakerFactory(corpus=corpus), key="new")
    Item.objects.create(campaign=campaign, clip=new, needed=3, free=3, rank=0, base_rank=0)
    assert new.public_id in pool_clips(campaign, model)
    release = model.run.release
    SplitLedger.objects.create(
        series=release.name, speaker=new.speaker, split="test", release=release
    )
    assert new.public_id not in pool_clips(campaign, model)


def test_full_items_and_clips_without_sound_are_not_in_the_pool(model, campaign):
    pool = pool_clips(campaign, model)
    full, silent = list(pool.values())[:2]
    Item.objects.filter(campaign=campaign, clip=full).update(done=3, free=0)
    Item.objects.get(campaign=campaign, clip=silent).clip.__class__.objects.filter(
        pk=silent
    ).update(label_only=True, sha256="")
    assert set(pool.values()) - set(pool_clips(campaign, model).values()) == {full, silent}


def test_the_control_arm_has_its_share_and_every_item_its_probability(model, campaign):
    made = round_of(model, campaign, budget=10, control_share=0.3)
    items = list(made.items.order_by("rank"))
    assert [each.rank for each in items] == list(range(1, 11))
    assert sum(each.arm == "control" for each in items) == 3
    assert all(0 < each.probability <= 1 for each in items)
    assert (made.budget, made.control_share, made.seed) == (10, 0.3, 1)


def test_the_chosen_are_those_the_model_is_least_sure_of(model, campaign):
    made = round_of(model, campaign, budget=4, control_share=0)
    keys = list(pool_clips(campaign, model))
    expected = pure.select(
        {key: posterior(key).esc for key in keys},
        acquisition="entropy",
        budget=4,
        control_share=0,
        seed=1,
    )
    given = made.items.order_by("rank").values_list("clip__public_id", flat=True)
    assert list(given) == [each.key for each in expected]
    assert made.pool_sha256 == pure.pool_hash(keys)


def test_the_queue_offers_the_clips_in_the_order_of_the_round(model, corpus, campaign):
    annotator = factories.member(corpus)
    campaign.members.create(user=annotator)
    before = [a.clip.key for a in claim_next(campaign=campaign, annotator=annotator, count=1)]
    made = round_of(model, campaign, budget=5)
    wanted = list(made.items.order_by("rank").values_list("clip__key", flat=True))
    offered = [a.clip.key for a in claim_next(campaign=campaign, annotator=annotator, count=5)]
    assert offered[1:] == [key for key in wanted if key not in before][:4]
    placed = Item.objects.get(campaign=campaign, clip__key=wanted[0])
    item = made.items.get(rank=1)
    assert (placed.arm, placed.score, placed.probability, placed.round_id) == (
        item.arm,
        item.score,
        item.probability,
        made.public_id,
    )


def test_why_names_the_function_for_the_chosen_and_chance_for_the_control(model, campaign):
    round_of(model, campaign, acquisition="margin", budget=6, control_share=0.5)
    why = dict(campaign.items.exclude(arm="").values_list("arm", "why"))
    assert why == {"chosen": "margin", "control": "random"}


def test_scores_are_kept_once_per_model_and_clip(model, campaign, engine):
    round_of(model, campaign)
    n_scored = len(engine.scored)
    assert ClipScore.objects.filter(checkpoint=model).count() == n_scored
    score = ClipScore.objects.first()
    assert score.esc == posterior(score.clip.public_id).esc
    assert sum(score.eis.values()) == pytest.approx(1)
    round_of(model, campaign, seed=2)
    assert len(engine.scored) == n_scored


def test_a_random_round_needs_no_scores(model, campaign, engine):
    made = round_of(model, campaign, acquisition="random", budget=6)
    assert engine.scored == []
    assert {each.probability for each in made.items.all()} == {6 / made.n_pool}


def test_a_job_delivered_twice_makes_one_round(model, campaign, engine):
    made = round_of(model, campaign)
    job = Job.objects.get(kind=acquisition.SCORE)
    assert jobs.run_job(job.pk) is False
    again = jobs.JobHandle(job.pk, job.public_id, job.kind, job.params, job.fence, None)
    Job.objects.filter(pk=job.pk).update(state="running", lease_expires_at="2099-01-01T00:00Z")
    assert score_campaign(again, engine=engine)["round"] == made.public_id
    assert AcquisitionRound.objects.count() == 1
    assert campaign.items.filter(round_id=made.public_id).count() == 5


def test_a_worker_killed_while_it_scores_goes_on_where_it_stopped(model, campaign, monkeypatch):
    from training.services import scoring

    monkeypatch.setattr(scoring, "AT_ONCE", 3)
    job = request_round(model, asked_round(campaign), by=None)
    first = QuickEngine()
    scorer = first.scorer

    def dying(folder, **how):
        inner = scorer(folder, **how)

        def score(rows, **more):
            if len(first.scored) == 6:
                raise SystemExit
            yield from inner(rows, **more)

        return score

    first.scorer = dying
    claimed = Job.objects.all().claim(job.pk, lease_s=60)
    handle = jobs.JobHandle(job.pk, job.public_id, job.kind, job.params, claimed.fence, None)
    with pytest.raises(SystemExit):
        score_campaign(handle, engine=first)
    Job.objects.filter(pk=job.pk).update(lease_expires_at="2020-01-01T00:00Z")
    second = use(monkeypatch, QuickEngine())
    jobs.run_job(job.pk)
    pool = set(pool_clips(campaign, model))
    assert len(first.scored) == 6
    assert set(first.scored) | set(second.scored) == pool
    assert len(second.scored) == len(pool) - 6
    assert AcquisitionRound.objects.count() == 1


def test_a_worker_that_lost_the_lease_stores_no_score(model, campaign, engine):
    job = request_round(model, asked_round(campaign), by=None)
    claimed = Job.objects.all().claim(job.pk, lease_s=60)
    stale = jobs.JobHandle(job.pk, job.public_id, job.kind, job.params, claimed.fence - 1, None)
    with pytest.raises(jobs.LeaseLost):
        score_campaign(stale, engine=engine)
    assert not ClipScore.objects.exists()
    assert not AcquisitionRound.objects.exists()


def test_clips_whose_sound_cannot_be_used_are_reported_and_left_out(model, campaign, monkeypatch):
    from training.engine.rows import BadData

    engine = QuickEngine()
    scorer = engine.scorer

    def deaf(folder, **how):
        inner = scorer(folder, **how)

        def score(rows, *, on_bad):
            on_bad(rows[0], BadData("It is silent.", code="silent"))
            yield from inner(rows[1:], on_bad=on_bad)

        return score

    engine.scorer = deaf
    use(monkeypatch, engine)
    made = round_of(model, campaign, budget=1000)
    report = Job.objects.get(kind=acquisition.SCORE).result["refused"]
    assert [each["code"] for each in report] == ["silent"]
    assert made.n_pool == len(pool_clips(campaign, model)) - 1


def test_a_worse_model_may_not_order_a_queue_after_a_better_one(model, campaign, monkeypatch):
    round_of(model, campaign)
    use(monkeypatch, QuickEngine(ua=0.4))
    worse = model_of(model.run.release, config={"seed": 1, "optimiser": {"epochs": 1}})
    error = refused(worse, campaign)
    assert (error.status, error.code) == (409, "model_not_better")
    assert "0.5000" in error.detail and "0.4000" in error.detail
    assert round_of(worse, campaign, acquisition="random").checkpoint == worse


def test_a_better_model_orders_the_queue_again(model, campaign, monkeypatch):
    first = round_of(model, campaign)
    use(monkeypatch, QuickEngine(ua=0.6))
    better = model_of(model.run.release, config={"seed": 1, "optimiser": {"epochs": 1}})
    second = round_of(better, campaign)
    assert not campaign.items.filter(round_id=first.public_id).exists()
    assert campaign.items.filter(round_id=second.public_id).count() == 5


def test_models_of_different_releases_are_not_compared(model, campaign, corpus, monkeypatch):
    round_of(model, campaign)
    use(monkeypatch, QuickEngine(ua=0.4))
    corpus.clips.filter(pk=corpus.clips.first().pk).update(transcript="another")
    other = model_of(frozen(corpus, name="next"))
    assert other.release_sha256 != model.release_sha256
    assert round_of(other, campaign).checkpoint == other


def test_a_round_that_a_later_one_overtook_leaves_the_queue_alone(model, campaign, engine):
    early = round_of(model, campaign)
    late = round_of(model, campaign, seed=9)
    job = Job.objects.filter(kind=acquisition.SCORE).order_by("pk").first()
    Job.objects.filter(pk=job.pk).update(state="running", lease_expires_at="2099-01-01T00:00Z")
    handle = jobs.JobHandle(job.pk, job.public_id, job.kind, job.params, job.fence, None)
    assert score_campaign(handle, engine=engine)["round"] == early.public_id
    assert set(campaign.items.exclude(round_id="").values_list("round_id", flat=True)) == {
        late.public_id
    }


def test_the_same_request_while_one_waits_is_the_same_job(model, campaign):
    first = request_round(model, asked_round(campaign), by=None)
    assert request_round(model, asked_round(campaign), by=None) == first
    assert request_round(model, asked_round(campaign, seed=2), by=None) != first


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"acquisition": "magic"}, "unknown_acquisition", "acquisition"),
        ({"budget": 0}, "out_of_range", "budget"),
        ({"budget": 10**9}, "out_of_range", "budget"),
        ({"control_share": 1.5}, "out_of_range", "control_share"),
        ({"control_share": float("nan")}, "out_of_range", "control_share"),
        ({"seed": -1}, "out_of_range", "seed"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_stored(model, campaign, changed, code, field):
    error = refused(model, campaign, **changed)
    assert (error.status, error.code, error.errors[0].field) == (422, code, field)
    assert not Job.objects.filter(kind=acquisition.SCORE).exists()


def test_a_closed_campaign_and_one_with_all_its_labels_are_refused(model, campaign):
    campaign.items.update(done=3, free=0)
    assert refused(model, campaign).code == "empty_pool"
    campaign.state = "closed"
    campaign.save()
    error = refused(model, campaign)
    assert (error.status, error.code) == (409, "campaign_closed")


@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.ANNOTATOR])
def test_only_a_researcher_of_the_campaign_lets_a_model_order_it(model, campaign, corpus, role):
    with pytest.raises(Forbidden):
        request_round(model, asked_round(campaign), by=factories.member(corpus, role))


def test_the_campaign_of_another_corpus_is_unknown(model, corpus):
    foreign = factories.campaign(corpus_of(2, slug="foreign"), annotators=[])
    researcher = factories.member(corpus, Role.RESEARCHER)
    with pytest.raises(DomainError) as found:
        request_round(model, asked_round(foreign), by=researcher)
    assert found.value.code == "unknown_campaign"


def test_what_was_true_at_the_request_is_checked_again_by_the_worker(model, campaign, monkeypatch):
    use(monkeypatch, QuickEngine(ua=0.4))
    worse = model_of(model.run.release, config={"seed": 1, "optimiser": {"epochs": 1}})
    waiting = request_round(worse, asked_round(campaign), by=None)
    round_of(model, campaign)
    jobs.run_job(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error["code"]) == ("failed", "model_not_better")
    assert Checkpoint.objects.count() == 2
