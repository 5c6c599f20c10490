"""The practice page as a plain form: what it tells, when, and where it leads."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import PracticeAnswer
from annotation.models.member import Qualification
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 4)
    return corpus


@pytest.fixture
def campaign(corpus, annotator):
    made = factories.campaign(corpus, annotators=[annotator], practice_share=1.0)
    for clip, esc in zip(corpus.clips.order_by("key"), ("FEA", "DIS"), strict=False):
        factories.reference(made, clip, "practice", esc, feedback=f"a breath of {esc}")
    return made


@pytest.fixture
def address(client, annotator, campaign):
    client.force_login(annotator)
    return reverse("annotation:practice", args=[campaign.public_id])


def post(client, campaign, address, n, esc="HAP", eis="2", **more):
    """Answer the n-th practice clip, from 0."""
    reference = campaign.references.order_by("place")[n].public_id
    form = {"reference": reference, "attempt": "1", "esc": esc, "eis": eis, **more}
    return client.post(address, form)


def test_labelling_leads_to_practice_until_one_is_qualified(client, address, campaign):
    label = reverse("annotation:label", args=[campaign.public_id])
    assert client.get(label).headers["Location"] == address
    post(client, campaign, address, 0, "FEA")
    post(client, campaign, address, 1, "DIS")
    assert client.get(label).status_code == 200
    assert "You are qualified" in client.get(address).content.decode()


def test_nothing_that_is_known_is_on_the_page_before_the_answer(client, address):
    html = client.get(address).content.decode()
    assert "breath" not in html
    assert "Expected" not in html
    assert "2 must be right" in html


def test_after_an_answer_the_page_tells_of_that_clip_alone(client, address, campaign):
    answer = post(client, campaign, address, 0, "HAP")
    assert answer.status_code == 302
    html = client.get(answer.url).content.decode()
    assert "Not as expected" in html
    assert "a breath of FEA" in html
    assert "a breath of DIS" not in html
    first = campaign.references.order_by("place")[0].clip.public_id
    assert reverse("api:clip-audio", args=[first]) in html  # to hear again


def test_a_right_answer_is_called_right(client, address, campaign):
    answer = post(client, campaign, address, 0, "FEA", "1")
    html = client.get(answer.url).content.decode()
    assert "Not as expected" not in html
    assert "told-right" in html


def test_nobody_is_told_by_asking_in_the_address(client, address, campaign, corpus):
    reference = campaign.references.order_by("place")[0].public_id
    html = client.get(f"{address}?answered={reference}&attempt=1").content.decode()
    assert "breath" not in html
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    post(client, campaign, address, 0, "HAP")
    client.force_login(colleague)
    html = client.get(f"{address}?answered={reference}&attempt=1").content.decode()
    assert "breath" not in html


def test_a_failed_attempt_says_how_it_went(client, address, campaign):
    post(client, campaign, address, 0, "FEA")
    post(client, campaign, address, 1, "HAP")
    html = client.get(address).content.decode()
    assert "1 of 2 were right; 2 are needed." in html
    assert "You have 2 more attempts" in html


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"esc": "JOY"}, "JOY"),
        ({"eis": "9"}, "9"),
        ({"esc": ""}, "label"),
        ({"attempt": "x"}, "Attempt 1"),
        ({"reference": "ref_nothing"}, "ref_nothing"),
    ],
)
def test_a_bad_answer_is_explained_and_not_stored(client, address, campaign, change, words):
    answer = post(client, campaign, address, 0, **change)
    assert answer.status_code in (404, 409, 422)
    assert words in answer.content.decode()
    assert not PracticeAnswer.objects.exists()


def test_who_is_not_qualified_is_told_whom_to_ask(client, address, campaign):
    campaign.members.update(qualification=Qualification.FAILED)
    label = reverse("annotation:label", args=[campaign.public_id])
    assert client.get(label).headers["Location"] == address
    assert "The data manager of the campaign can let you try again." in (
        client.get(address).content.decode()
    )


def test_a_campaign_without_practice_leads_to_labelling(client, address, campaign):
    campaign.references.all().delete()
    type(campaign).objects.update(n_practice=0)
    label = reverse("annotation:label", args=[campaign.public_id])
    assert client.get(address).headers["Location"] == label
    assert client.get(label).status_code == 200


def test_a_paused_campaign_has_no_practice(client, address, campaign):
    type(campaign).objects.update(state="paused")
    answer = client.get(address, follow=True)
    assert "This campaign is paused." in answer.content.decode()
    assert post(client, campaign, address, 0).status_code == 302
    assert not PracticeAnswer.objects.exists()


def test_a_manager_sees_where_everybody_is_and_lets_them_try_again(
    client, corpus, campaign, annotator
):
    client.force_login(factories.member(corpus, Role.DATA_MANAGER))
    campaign.members.update(qualification=Qualification.FAILED)
    people = reverse("annotation:practice-people", args=[campaign.public_id])
    html = client.get(people).content.decode()
    assert annotator.username in html
    assert "Let them try again" in html
    again = reverse("annotation:practice-again", args=[campaign.public_id])
    client.post(again, {"username": annotator.username})
    assert campaign.members.get().qualification == Qualification.PRACTISING
    answer = client.post(again, {"username": annotator.username}, follow=True)
    assert "practising" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "status", "button"),
    [(Role.ADJUDICATOR, 200, False), (Role.RESEARCHER, 403, False), (Role.ANNOTATOR, 403, False)],
)
def test_others_see_less_of_it(client, corpus, campaign, role, status, button):
    person = factories.member(corpus, role)
    campaign.members.create(user=person)
    campaign.members.update(qualification=Qualification.FAILED)
    client.force_login(person)
    answer = client.get(reverse("annotation:practice-people", args=[campaign.public_id]))
    assert answer.status_code == status
    assert ("Let them try again" in answer.content.decode()) is button


def test_the_list_of_people_costs_the_same_for_many(
    client, corpus, campaign, django_assert_max_num_queries
):
    boss = factories.member(corpus, Role.DATA_MANAGER)
    for _ in range(5):
        campaign.members.create(user=factories.member(corpus))
    client.force_login(boss)
    address = reverse("annotation:practice-people", args=[campaign.public_id])
    with django_assert_max_num_queries(16):
        client.get(address)
