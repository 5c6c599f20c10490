"""Consensus of a campaign: versions with their method and inputs."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Consensus, ConsensusVersion
from annotation.services import consensus
from annotation.services.consensus import compute_consensus, request_consensus
from speecheq import jobs
from speecheq.errors import Forbidden, NotFound, RuleBroken
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories
from tests.annotation.labelled import labelled, revise

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAP, SAD, NEU = ("HAP", 2), ("SAD", 1), ("NEU", 0)


def settled(campaign, **params):
    return compute_consensus(campaign, method="plurality", params=params)


def rows(version) -> list[tuple]:
    ordered = version.rows.order_by("pk")
    return [(row.esc, row.eis, row.eis_score, row.tie) for row in ordered]


def test_every_labelled_clip_gets_its_row_in_the_order_of_keys():
    campaign = labelled([HAP, ("HAP", 3), SAD], [HAP, SAD], [NEU, NEU], [None, None, None])
    version = settled(campaign)
    assert rows(version) == [
        ("HAP", 2, 2.5, False),
        ("UNK", None, None, True),
        ("NEU", 0, 0.0, False),
    ]
    first = version.rows.order_by("pk")[0]
    assert (first.votes, first.n_ratings) == ({"HAP": 2, "SAD": 1}, 3)
    assert first.soft_esc == {"HAP": 2 / 3, "SAD": 1 / 3}


def test_a_version_remembers_method_parameters_and_inputs():
    campaign = labelled([HAP, SAD, SAD])
    version = settled(campaign, min_share=0.7)
    assert (version.version, version.method, version.params) == (1, "plurality", {"min_share": 0.7})
    assert (version.n_annotations, len(version.inputs_sha256)) == (3, 64)
    assert rows(version) == [("UNK", None, None, False)]


def test_the_same_labels_and_method_add_no_version():
    campaign = labelled([HAP, SAD, SAD])
    assert settled(campaign) == settled(campaign)
    assert ConsensusVersion.objects.count() == 1


def test_a_revised_label_gives_the_next_version_and_the_old_one_stays():
    campaign = labelled([HAP, SAD, SAD])
    first = settled(campaign)
    revise(campaign, clip=0, who=1, label=HAP)
    second = settled(campaign)
    assert (first.version, second.version) == (1, 2)
    assert [row[0] for row in rows(first) + rows(second)] == ["SAD", "HAP"]


def test_other_parameters_give_the_next_version():
    campaign = labelled([HAP, SAD, SAD])
    assert settled(campaign).version == 1
    assert settled(campaign, min_share=0.9).version == 2


def test_labels_that_do_not_count_have_no_vote():
    campaign = labelled([HAP, SAD, SAD])
    Annotation.objects.filter(labels__esc="SAD").update(counted=False)
    assert rows(settled(campaign)) == [("HAP", 2, 2.0, False)]


def test_simulated_labels_are_counted_apart():
    version = settled(labelled([HAP, SAD], simulated=True))
    assert (version.n_simulated, version.n_annotations) == (2, 2)
    assert consensus.summary(version)["n_simulated"] == 2


def test_multi_label_keeps_a_level_per_emotion():
    both = [("HAP", 3), ("SAD", 1)]
    campaign = labelled([both, [("HAP", 2)], [("SAD", 0)]], scheme="brighter-1")
    version = compute_consensus(campaign, method="multi_label")
    row = version.rows.get()
    assert (row.esc, row.eis, row.n_ratings) == ("", None, 3)
    assert {code: level["eis"] for code, level in row.levels.items()} == {"HAP": 2, "SAD": 0}
    assert row.votes == {"HAP": 2, "SAD": 1}


def test_without_labels_nothing_is_stored():
    campaign = labelled([None])
    with pytest.raises(RuleBroken, match="No clip of this campaign has a label") as caught:
        settled(campaign)
    assert caught.value.code == "no_labels"
    assert not ConsensusVersion.objects.exists()


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("median", {}, "unknown_method"),
        ("multi_label", {}, "method_does_not_fit"),
        ("plurality", {"min_mean": 1.0}, "unknown_parameter"),
        ("plurality", {"min_share": 1.5}, "out_of_range"),
    ],
)
def test_what_does_not_fit_is_refused(method, params, code):
    with pytest.raises(RuleBroken) as caught:
        compute_consensus(labelled([HAP]), method=method, params=params)
    assert caught.value.code == code
    assert not Consensus.objects.exists()


def test_a_request_is_done_by_the_worker_and_says_what_it_made():
    campaign = labelled([HAP, HAP], [HAP, SAD])
    adjudicator = factories.member(campaign.corpus, Role.ADJUDICATOR)
    job = request_consensus(campaign, method="plurality", by=adjudicator)
    jobs.run_job(job.pk)
    job.refresh_from_db()
    version = ConsensusVersion.objects.get()
    assert (job.state, job.error) == ("succeeded", None)
    assert job.result == {
        "consensus": version.public_id, "version": 1, "method": "plurality", "clips": 2,
        "ties": 1, "unknown": 1, "n_annotations": 4, "n_simulated": 0,
    }  # fmt: skip
    assert version.created_by == adjudicator


def test_a_job_that_finds_no_label_fails_with_the_reason():
    campaign = labelled([None])
    manager = factories.member(campaign.corpus, Role.DATA_MANAGER)
    job = request_consensus(campaign, method="plurality", by=manager)
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "no_labels")


def test_asking_twice_gets_the_job_under_way():
    campaign = labelled([HAP])
    manager = factories.member(campaign.corpus, Role.DATA_MANAGER)
    one, two = (request_consensus(campaign, method="plurality", by=manager) for _ in range(2))
    other = request_consensus(campaign, method="plurality", params={"min_share": 0.5}, by=manager)
    assert one == two != other


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_only_those_who_settle_may_ask(role):
    campaign = labelled([HAP])
    with pytest.raises(Forbidden):
        request_consensus(campaign, method="plurality", by=factories.member(campaign.corpus, role))
    assert not Job.objects.exists()


def test_a_version_that_is_not_there_is_named():
    with pytest.raises(NotFound, match="version 3"):
        consensus.find_version(labelled([HAP]), 3)
