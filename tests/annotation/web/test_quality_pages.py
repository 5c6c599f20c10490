"""Annotators' figures over REST and on pages: for staff, in words, blind to who labels."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Annotation
from speecheq.models import AuditEvent
from speecheq.outbox import drain
from speecheq.roles import Role
from tests import factories
from tests.annotation.labelled import labelled

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def campaign():
    return labelled([("HAP", 2), ("SAD", 1)], [("NEU", 0), ("NEU", 0)], [("HAP", 1), ("HAP", 1)])


@pytest.fixture
def anna(campaign):
    return campaign.members.order_by("pk").first().user


@pytest.fixture
def manager(campaign):
    return factories.member(campaign.corpus, Role.DATA_MANAGER)


def page(name, campaign):
    return reverse(f"annotation:campaign-{name}", args=[campaign.public_id])


def rest(user, name, campaign):
    api = factories.client(user)
    return api.get(f"/api/v1/campaigns/{campaign.public_id}/{name}/")


def make_late(campaign, anna):
    late = Annotation.objects.filter(annotator=anna).order_by("pk")[:1]
    Annotation.objects.filter(pk__in=list(late.values_list("pk", flat=True))).update(counted=False)


def test_rest_gives_each_annotators_figures(campaign, anna, manager):
    make_late(campaign, anna)
    rows = rest(manager, "annotators", campaign).json()
    assert [row["labels"] for row in rows] == [3, 3]
    first = next(row for row in rows if row["username"] == anna.username)
    assert (first["extras"], first["skipped"], first["qualification"]) == (1, 0, "practising")
    assert first["gold"] == {
        "n": 0,
        "right": 0,
        "share": None,
        "ci_low": None,
        "ci_high": None,
        "n_eis": 0,
        "eis_error": None,
    }
    assert first["repeats"]["alpha"] is None


def test_rest_lists_late_answers(campaign, anna, manager):
    make_late(campaign, anna)
    [row] = rest(manager, "extras", campaign).json()["results"]
    assert (row["annotator"], row["labels"]) == (anna.username, [{"esc": "HAP", "eis": 2}])


def test_the_pages_show_the_same(client, campaign, anna, manager):
    make_late(campaign, anna)
    client.force_login(manager)
    html = client.get(page("annotators", campaign)).content.decode()
    assert anna.username in html
    assert "1 late answer" in html
    assert "How to read this" in html
    late = client.get(page("extras", campaign)).content.decode()
    assert "Happy 2" in late


@pytest.mark.parametrize("name", ["annotators", "extras"])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.DATA_MANAGER, 200),
        (Role.ADJUDICATOR, 200),
        (Role.RESEARCHER, 200),
        (Role.SESSION_OPERATOR, 403),
        (Role.ANNOTATOR, 403),
    ],
)
def test_who_may_read_them(client, campaign, anna, name, role, status):
    person = anna if role == Role.ANNOTATOR else factories.member(campaign.corpus, role)
    assert rest(person, name, campaign).status_code == status
    client.force_login(person)
    assert client.get(page(name, campaign)).status_code == status


@pytest.mark.parametrize("name", ["annotators", "extras"])
def test_another_corpus_sees_nothing(client, campaign, name):
    stranger = factories.member(factories.CorpusFactory(), Role.DATA_MANAGER)
    assert rest(stranger, name, campaign).status_code == 404
    client.force_login(stranger)
    assert client.get(page(name, campaign)).status_code == 404


def set_state(campaign, anna, state):
    campaign.members.filter(user=anna).update(qualification=state)
    type(campaign).objects.filter(pk=campaign.pk).update(n_practice=2)


def state_of(campaign, anna):
    return campaign.members.get(user=anna).qualification


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("failed", "again", "practising"),
        ("failed", "qualify", "qualified"),
        ("practising", "qualify", "qualified"),
    ],
)
def test_a_manager_decides_on_a_qualification_and_it_is_in_the_audit_log(
    client, campaign, anna, manager, before, action, after
):
    set_state(campaign, anna, before)
    client.force_login(manager)
    html = client.get(page("annotators", campaign)).content.decode()
    assert f'value="{action}"' in html
    client.post(page("qualify", campaign), {"username": anna.username, "action": action})
    assert state_of(campaign, anna) == after
    drain()
    logged = AuditEvent.objects.get(action="campaign.qualification_set")
    assert logged.data == {"member": anna.username, "state": after}


@pytest.mark.parametrize(
    ("before", "action", "name"),
    [("qualified", "qualify", None), ("qualified", "again", None), ("failed", "again", "nobody")],
)
def test_a_decision_that_cannot_be_is_explained(
    client, campaign, anna, manager, before, action, name
):
    set_state(campaign, anna, before)
    client.force_login(manager)
    sent = {"username": name or anna.username, "action": action}
    answer = client.post(page("qualify", campaign), sent, follow=True)
    assert (name or anna.username) in str(*answer.context["messages"])
    assert state_of(campaign, anna) == before


def test_nobody_else_decides_on_qualifications(client, campaign, anna):
    set_state(campaign, anna, "failed")
    for person in (anna, factories.member(campaign.corpus, Role.RESEARCHER)):
        client.force_login(person)
        sent = {"username": anna.username, "action": "qualify"}
        assert client.post(page("qualify", campaign), sent).status_code == 403
    assert state_of(campaign, anna) == "failed"
