"""Agreement and consensus over REST: their shapes, and who may read them."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotation.models import Campaign, CampaignMember
from annotation.services.agreement import recompute
from annotation.services.campaigns import change_campaign
from speecheq import jobs, outbox
from speecheq.models import Job
from speecheq.roles import Role, Scope
from tests import factories
from tests.annotation.labelled import labelled, revise

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAP, SAD, NEU = ("HAP", 2), ("SAD", 1), ("NEU", 0)
STAFF = [Role.DATA_MANAGER, Role.ADJUDICATOR, Role.RESEARCHER]


@pytest.fixture
def campaign():
    made = labelled([HAP, ("HAP", 3), SAD], [SAD, SAD, SAD], [NEU, NEU, HAP], [HAP, SAD])
    outbox.drain()
    return made


def path(campaign, what):
    return f"/api/v1/campaigns/{campaign.public_id}/{what}/"


@pytest.fixture
def manager(campaign):
    return factories.client(factories.member(campaign.corpus, Role.DATA_MANAGER))


def test_agreement_has_the_shape_of_the_contract(campaign, manager):
    body = manager.get(path(campaign, "agreement")).json()
    assert list(body) == ["as_of", "scales"]
    for row in body["scales"]:
        assert list(row) == [
            "scale", "emotion", "coefficient", "value", "ci_low", "ci_high",
            "n_items", "n_ratings", "n_pairable", "reason",
        ]  # fmt: skip
    assert [(row["scale"], row["emotion"], row["coefficient"]) for row in body["scales"]] == [
        ("esc", None, "alpha_nominal"),
        ("esc", None, "fleiss_kappa"),
        ("esc", None, "ac1"),
        ("esc", None, "percent"),
        ("eis", None, "alpha_ordinal"),
        ("eis", None, "alpha_interval"),
        ("eis", "HAP", "alpha_ordinal"),
        ("eis", "NEU", "alpha_ordinal"),
        ("eis", "SAD", "alpha_ordinal"),
    ]
    first = body["scales"][0]
    assert first["ci_low"] < first["value"] < first["ci_high"]
    assert (first["n_items"], first["n_ratings"], first["n_pairable"]) == (4, 11, 11)


def test_an_undefined_value_is_null_with_its_reason(campaign, manager):
    rows = manager.get(path(campaign, "agreement")).json()["scales"]
    neutral = next(row for row in rows if row["emotion"] == "NEU")
    assert neutral["value"] is None
    assert neutral["reason"] == (
        "All ratings that can be compared are equal: chance alone explains them."
    )


def test_agreement_takes_no_filters(campaign, manager):
    answer = manager.get(path(campaign, "agreement") + "?scale=esc")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_filter")
    assert "Known filters: none." in answer.json()["detail"]


@pytest.mark.parametrize("role", [*STAFF, Role.ANNOTATOR])
def test_agreement_is_for_those_who_see_the_campaign(campaign, role):
    other = factories.CorpusFactory()
    known = factories.client(factories.member(campaign.corpus, role))
    expected = 404 if role == Role.ANNOTATOR else 200  # they see the campaigns they label in
    assert known.get(path(campaign, "agreement")).status_code == expected
    stranger = factories.client(factories.member(other, role))
    assert stranger.get(path(campaign, "agreement")).status_code == 404


@pytest.mark.parametrize("state", ["draft", "open", "paused"])
def test_who_only_labels_sees_no_agreement_while_anybody_labels(campaign, state):
    Campaign.objects.update(state=state)
    for person in (campaign.members.first().user, newcomer(campaign)):
        refused = factories.client(person).get(path(campaign, "agreement"))
        assert (refused.status_code, refused.json()["code"]) == (403, "still_blind")


def newcomer(campaign):
    person = factories.member(campaign.corpus)
    CampaignMember.objects.create(campaign=campaign, user=person)
    return person


def set_state(campaign, *states):
    """Go through `states`, one after the other."""
    boss = factories.member(campaign.corpus, Role.DATA_MANAGER)
    for state in states:
        campaign.refresh_from_db()
        change_campaign(campaign, by=boss, state=state)


def test_a_closed_campaign_shows_its_agreement_to_who_labelled_and_who_did_not(campaign, manager):
    set_state(campaign, "closed")
    expected = manager.get(path(campaign, "agreement")).json()
    for person in (campaign.members.first().user, newcomer(campaign)):
        assert factories.client(person).get(path(campaign, "agreement")).json() == expected


def test_what_is_changed_in_a_closed_campaign_moves_nothing_for_who_labels(campaign, manager):
    """Else one could try labels on a clip until the figures tell what the others said."""
    labeller = factories.client(campaign.members.first().user)
    set_state(campaign, "closed")
    before = labeller.get(path(campaign, "agreement")).content
    exact = manager.get(path(campaign, "agreement")).content
    revise(campaign, clip=3, who=0, label=SAD)
    outbox.drain()
    recompute(campaign)
    assert manager.get(path(campaign, "agreement")).content != exact
    assert labeller.get(path(campaign, "agreement")).content == before
    set_state(campaign, "open")
    assert labeller.get(path(campaign, "agreement")).status_code == 403
    set_state(campaign, "closed")
    again = labeller.get(path(campaign, "agreement")).json()
    assert again == manager.get(path(campaign, "agreement")).json()


def test_who_manages_sees_agreement_but_not_by_a_labelling_token(campaign):
    manager = factories.member(campaign.corpus, Role.DATA_MANAGER)
    CampaignMember.objects.create(campaign=campaign, user=manager)
    assert factories.client(manager).get(path(campaign, "agreement")).status_code == 200
    bearer = f"Bearer {factories.token(manager, Scope.LABEL)}"
    answer = APIClient(HTTP_AUTHORIZATION=bearer).get(path(campaign, "agreement"))
    assert answer.json()["code"] == "still_blind"


def test_a_consensus_is_asked_for_and_its_rows_read(campaign, manager):
    asked = manager.post(path(campaign, "consensus"), {"method": "plurality"})
    assert asked.status_code == 202, asked.content
    job = asked.json()["job"]
    assert asked["Location"] == f"/api/v1/jobs/{job['id']}/"
    jobs.run_job(Job.objects.get(public_id=job["id"]).pk)
    body = manager.get(path(campaign, "consensus")).json()
    assert list(body) == ["next", "previous", "results"]
    clip = campaign.items.order_by("rank")[0].clip
    assert body["results"][0] == {
        "clip": clip.public_id, "key": clip.key, "esc": "HAP", "eis": 2, "eis_score": 2.5,
        "soft_esc": {"HAP": 2 / 3, "SAD": 1 / 3}, "n_ratings": 3, "votes": {"HAP": 2, "SAD": 1},
        "tie": False, "method": "plurality", "version": 1,
    }  # fmt: skip
    assert [row["esc"] for row in body["results"]] == ["HAP", "SAD", "NEU", "UNK"]


def test_an_earlier_version_can_be_read_and_a_missing_one_is_404(campaign, manager):
    for share in (0.0, 1.0):
        asked = manager.post(path(campaign, "consensus"), {"min_share": share})
        jobs.run_job(Job.objects.get(public_id=asked.json()["job"]["id"]).pk)
    last, first = (
        manager.get(path(campaign, "consensus") + query).json()["results"]
        for query in ("", "?version=1")
    )
    assert ({row["version"] for row in last}, {row["version"] for row in first}) == ({2}, {1})
    missing = manager.get(path(campaign, "consensus") + "?version=9")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert manager.get(path(campaign, "consensus") + "?version=x").status_code == 400


def test_before_anything_is_settled_the_list_is_empty(campaign, manager):
    assert manager.get(path(campaign, "consensus")).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({"method": "median"}, 422, "method", "unknown_method"),
        ({"method": "multi_label"}, 422, "method", "method_does_not_fit"),
        ({"min_share": 2}, 422, "min_share", "out_of_range"),
        ({"min_share": "much"}, 400, "min_share", "invalid"),
        ({"methode": "plurality"}, 400, "methode", "unknown_field"),
    ],
)
def test_a_bad_request_names_the_field_and_starts_nothing(
    campaign, manager, body, status, field, code
):
    answer = manager.post(path(campaign, "consensus"), body)
    assert answer.status_code == status
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == (field, code)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("role", "read", "settle"),
    [
        (Role.DATA_MANAGER, 200, 202),
        (Role.ADJUDICATOR, 200, 202),
        (Role.RESEARCHER, 200, 403),
        (Role.SESSION_OPERATOR, 403, 403),
        (Role.ANNOTATOR, 403, 403),
    ],
)
def test_who_may_read_and_settle(campaign, role, read, settle):
    mine = factories.client(factories.member(campaign.corpus, role))
    assert mine.get(path(campaign, "consensus")).status_code == read
    assert mine.post(path(campaign, "consensus"), {}).status_code == settle
    stranger = factories.client(factories.member(factories.CorpusFactory(), role))
    elsewhere = 403 if read == 403 else 404
    assert stranger.get(path(campaign, "consensus")).status_code == elsewhere
    assert stranger.post(path(campaign, "consensus"), {}).status_code == (
        403 if settle == 403 else 404
    )


def test_an_annotator_here_who_manages_elsewhere_sees_no_votes(campaign):
    labeller = campaign.members.first().user
    labeller.memberships.create(corpus=factories.CorpusFactory(), role=Role.DATA_MANAGER)
    answer = factories.client(labeller).get(path(campaign, "consensus"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
