"""The people page: who is seen by whom, and inviting someone."""

from __future__ import annotations

import pytest
from django.urls import reverse

from speecheq.models import User
from tests import factories

pytestmark = [pytest.mark.django_db]
PEOPLE = "annotation:user-list"


@pytest.fixture
def corpus():
    return factories.CorpusFactory(slug="voices")


@pytest.fixture
def manager(client, corpus):
    person = factories.member(corpus, "data_manager", username="mia")
    client.force_login(person)
    return person


INVITATION = {"username": "newcomer", "corpus": "voices", "role": "annotator"}


def test_an_invitation_shows_its_link_once(client, manager):
    answer = client.post(reverse(PEOPLE), INVITATION)
    assert answer.status_code == 201
    made = User.objects.get(username="newcomer")
    assert f"/accounts/invite/{made.public_id}/" in answer.content.decode()
    assert "/accounts/invite/" not in client.get(reverse(PEOPLE)).content.decode()
    assert made.memberships.get().role == "annotator"


def test_a_taken_name_is_said_beside_the_field(client, manager):
    answer = client.post(reverse(PEOPLE), {**INVITATION, "username": "mia"})
    assert answer.status_code == 422
    assert "is taken" in answer.content.decode()


def test_a_corpus_of_others_cannot_be_chosen(client, manager):
    factories.CorpusFactory(slug="theirs")
    answer = client.post(reverse(PEOPLE), {**INVITATION, "corpus": "theirs"})
    assert answer.status_code == 422
    assert not User.objects.filter(username="newcomer").exists()


def test_a_manager_sees_the_people_of_their_corpora_only(client, manager, corpus):
    factories.member(corpus, username="anna")
    factories.member(factories.CorpusFactory(), username="stranger")
    html = client.get(reverse(PEOPLE)).content.decode()
    assert "anna" in html and "stranger" not in html


def test_annotators_have_no_people_page(client, corpus):
    client.force_login(factories.member(corpus))
    assert client.get(reverse(PEOPLE)).status_code == 403


@pytest.mark.parametrize("name", ["ＭＩＡ", "Mia", "mia"])
def test_a_name_that_reads_like_another_is_taken(client, manager, name):
    answer = client.post(reverse(PEOPLE), {**INVITATION, "username": name})
    assert answer.status_code == 422
    assert User.objects.filter(username__iexact="mia").count() == 1


def test_a_name_is_stored_in_its_plain_form(client, manager):
    assert client.post(reverse(PEOPLE), {**INVITATION, "username": "ｎｅｗ"}).status_code == 201
    assert User.objects.filter(username="new").exists()
