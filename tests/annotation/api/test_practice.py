"""REST of practice and examples: what is known comes after the answer, and to whom it is due."""

from __future__ import annotations

import pytest

from annotation.models import PracticeAnswer
from annotation.models.member import Qualification
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def campaign(corpus, annotator):
    made = factories.campaign(corpus, annotators=[annotator], practice_share=1.0)
    clips = corpus.clips.order_by("key")
    for clip, esc in zip(clips, ("FEA", "DIS"), strict=False):
        factories.reference(made, clip, "practice", esc, feedback=f"a breath of {esc}")
    factories.reference(made, clips[2], "anchor", "BOR", 1, feedback="flat")
    factories.reference(made, clips[3], "gold", "SUR", 3)
    return made


@pytest.fixture
def api(annotator):
    return factories.client(annotator)


def path(campaign, what="practice"):
    return f"/api/v1/campaigns/{campaign.public_id}/{what}/"


def send(api, campaign, esc="HAP", **more):
    now = api.get(path(campaign)).json()
    body = {"id": now["next"]["id"], "attempt": now["attempt"], **more}
    body.setdefault("labels", [{"esc": esc, "eis": 2}])
    return api.post(path(campaign), body, format="json")


def test_nothing_that_is_known_comes_before_the_answer(api, campaign):
    text = api.get(path(campaign)).content.decode()
    assert not any(word in text for word in ("FEA", "DIS", "SUR", "breath"))


def test_an_answer_tells_what_is_known_of_that_clip_alone(api, campaign):
    answer = send(api, campaign, "HAP")
    assert answer.status_code == 201
    told = answer.json()["answer"]
    assert (told["correct"], told["known"]) == (False, [{"esc": "FEA", "eis": 2}])
    assert told["listen_for"] == "a breath of FEA"
    assert "DIS" not in answer.content.decode()


def test_a_failed_attempt_leads_to_the_next_and_then_to_labelling(api, campaign, annotator):
    following = f"/api/v1/campaigns/{campaign.public_id}/next/"
    send(api, campaign, "FEA")
    now = send(api, campaign, "HAP").json()["practice"]
    assert (now["state"], now["attempt"], now["tries_left"]) == ("practising", 2, 2)
    assert now["before"] == {"attempt": 1, "right": 1, "total": 2}
    refused = api.post(following, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "practice_first")
    send(api, campaign, "FEA")
    assert send(api, campaign, "DIS").json()["practice"]["state"] == "qualified"
    assert api.post(following, {}).status_code == 200


def test_the_same_post_again_is_200_and_another_is_409(api, campaign):
    now = api.get(path(campaign)).json()
    body = {"id": now["next"]["id"], "attempt": 1, "labels": [{"esc": "FEA", "eis": 1}]}
    statuses = [api.post(path(campaign), body, format="json").status_code for _ in range(2)]
    assert statuses == [201, 200]
    body["labels"][0]["eis"] = 2
    refused = api.post(path(campaign), body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "practice_order")


@pytest.mark.parametrize(
    ("change", "status", "field", "code"),
    [
        ({"labels": [{"esc": "JOY", "eis": 1}]}, 422, "labels.0.esc", "unknown_esc"),
        ({"labels": [{"esc": "HAP", "eis": 9}]}, 422, "labels.0.eis", "out_of_scale"),
        ({"labels": []}, 422, "labels", "no_labels"),
        ({"labels": "HAP"}, 400, "labels", "not_a_list"),
        ({"attempt": 0}, 400, "attempt", "min_value"),
        ({"attempt": "x"}, 400, "attempt", "invalid"),
        ({"mood": 1}, 400, "mood", "unknown_field"),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(api, campaign, change, status, field, code):
    answer = send(api, campaign, **change)
    assert answer.status_code == status, answer.content
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert not PracticeAnswer.objects.exists()


def test_an_unknown_clip_is_404(api, campaign):
    assert send(api, campaign, id="ref_nothing").status_code == 404


def test_examples_are_heard_by_members_with_their_labels(api, campaign):
    [anchor] = api.get(path(campaign, "anchors")).json()["anchors"]
    assert (anchor["esc"], anchor["eis"], anchor["listen_for"]) == ("BOR", 1, "flat")
    assert api.get(anchor["clip"]["audio_url"]).status_code == 200


def test_the_sound_of_practice_is_heard_and_that_of_gold_is_not(api, campaign, corpus):
    clip = api.get(path(campaign)).json()["next"]["clip"]
    assert api.get(clip["audio_url"]).status_code == 200
    gold = campaign.references.get(purpose="gold").clip.public_id
    assert api.get(f"/api/v1/clips/{gold}/audio/").status_code == 404


@pytest.mark.parametrize("what", ["practice", "anchors"])
def test_a_campaign_of_others_is_404(campaign, what):
    stranger = factories.member(factories.CorpusFactory())
    assert factories.client(stranger).get(path(campaign, what)).status_code == 404


def test_a_manager_who_labels_nothing_has_no_practice(campaign, corpus):
    boss = factories.member(corpus, Role.DATA_MANAGER)
    answer = factories.client(boss).get(path(campaign))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_campaign")


def test_a_manager_lets_somebody_try_again(campaign, corpus, annotator):
    boss = factories.client(factories.member(corpus, Role.DATA_MANAGER))
    again = path(campaign, "practice/again")
    refused = boss.post(again, {"username": annotator.username})
    assert (refused.status_code, refused.json()["code"]) == (409, "qualification_conflict")
    campaign.members.update(qualification=Qualification.FAILED)
    answer = boss.post(again, {"username": annotator.username})
    assert answer.json() == {"username": annotator.username, "state": "practising"}
    assert boss.post(again, {"username": "nobody"}).json()["code"] == "unknown_member"


def test_nobody_else_lets_anybody_try_again(api, campaign, corpus, annotator):
    campaign.members.update(qualification=Qualification.FAILED)
    adjudicator = factories.client(factories.member(corpus, Role.ADJUDICATOR))
    for client in (api, adjudicator):
        answer = client.post(path(campaign, "practice/again"), {"username": annotator.username})
        assert answer.status_code == 403
    assert campaign.members.get().qualification == Qualification.FAILED
