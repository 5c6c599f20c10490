"""Corpora, members and speakers over REST: who may, what is refused, what is kept."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotation.models import Corpus, Membership, Speaker
from speecheq.models import AuditEvent
from speecheq.outbox import drain
from speecheq.roles import Role
from tests.factories import CorpusFactory, SpeakerFactory, UserFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NEW = {"slug": "seqd", "name": "SEQD", "language": "zh", "licence": "CC BY 4.0"}


def as_(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def corpus():
    return CorpusFactory(slug="mine")


@pytest.fixture
def manager(corpus):
    return member(corpus, Role.DATA_MANAGER)


def test_who_makes_a_corpus_is_its_data_manager(manager):
    answer = as_(manager).post("/api/v1/corpora/", NEW)
    assert answer.status_code == 201
    made = {name: answer.json()[name] for name in NEW}
    assert made == NEW and answer.json()["licence_source"] == ""
    row = Membership.objects.get(corpus__slug="seqd")
    assert (row.user, row.role) == (manager, Role.DATA_MANAGER)


def test_a_slug_that_is_taken_is_a_conflict(manager):
    answer = as_(manager).post("/api/v1/corpora/", {**NEW, "slug": "mine"})
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")
    assert answer.json()["errors"][0]["field"] == "slug"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Bad Slug"}, "slug"),
        ({"language": "english!"}, "language"),
        ({"name": ""}, "name"),
        ({"name": "Mi\x1bne"}, "name"),
        ({"licence": None}, "licence"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_malformed_corpus_is_refused_with_its_field(manager, changes, field):
    answer = as_(manager).post("/api/v1/corpora/", {**NEW, **changes})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Corpus.objects.filter(slug="seqd").exists()


@pytest.mark.parametrize(
    ("role", "seen", "change", "members", "speakers"),
    [
        (Role.DATA_MANAGER, 200, 200, 200, 201),
        (Role.SESSION_OPERATOR, 200, 403, 200, 201),
        (Role.ADJUDICATOR, 200, 403, 200, 403),
        (Role.RESEARCHER, 200, 403, 200, 403),
        (Role.ANNOTATOR, 200, 403, 403, 403),
    ],
)
def test_each_role_may_do_its_own(corpus, role, seen, change, members, speakers):
    client = as_(member(corpus, role))
    assert client.get("/api/v1/corpora/mine/").status_code == seen
    assert client.patch("/api/v1/corpora/mine/", {"name": "New"}).status_code == change
    assert client.get("/api/v1/corpora/mine/members/").status_code == members
    answer = client.post("/api/v1/corpora/mine/speakers/", {"code": "s1"})
    assert answer.status_code == speakers


def test_a_corpus_of_others_does_not_exist(corpus):
    stranger = member(CorpusFactory(), Role.DATA_MANAGER)
    client = as_(stranger)
    paths = ["", "members/", "speakers/"]
    assert {client.get(f"/api/v1/corpora/mine/{p}").status_code for p in paths} == {404}
    assert client.patch("/api/v1/corpora/mine/", {"name": "x"}).status_code == 404
    assert client.post("/api/v1/corpora/mine/speakers/", {"code": "s"}).status_code == 404
    assert [c["slug"] for c in client.get("/api/v1/corpora/").json()["results"]] != ["mine"]


def test_a_manager_elsewhere_is_no_manager_here(corpus):
    person = member(CorpusFactory(), Role.DATA_MANAGER)
    Membership.objects.create(user=person, corpus=corpus, role=Role.RESEARCHER)
    assert as_(person).patch("/api/v1/corpora/mine/", {"name": "x"}).status_code == 403


def test_a_change_is_kept_with_the_earlier_value(corpus, manager):
    as_(manager).patch("/api/v1/corpora/mine/", {"licence": "CC0"})
    drain()
    event = AuditEvent.objects.get(action="corpus.changed")
    assert event.data == {"before": {"licence": "CC BY 4.0"}, "after": {"licence": "CC0"}}


def test_the_slug_cannot_be_changed(manager):
    answer = as_(manager).patch("/api/v1/corpora/mine/", {"slug": "other"})
    assert answer.json()["errors"][0]["code"] == "unknown_field"


def test_put_replaces_the_members(corpus, manager):
    annotator, gone = UserFactory(username="anna"), member(corpus, Role.ANNOTATOR)
    wanted = [
        {"username": manager.username, "role": "data_manager"},
        {"username": "anna", "role": "annotator"},
        {"username": "anna", "role": "adjudicator"},
    ]
    answer = as_(manager).put("/api/v1/corpora/mine/members/", wanted, format="json")
    assert answer.status_code == 200
    assert sorted(map(str, answer.json())) == sorted(map(str, wanted))
    assert annotator.memberships.count() == 2 and not gone.memberships.exists()


@pytest.mark.parametrize(
    ("rows", "status", "code"),
    [
        ([{"username": "anna", "role": "annotator"}], 422, "no_data_manager"),
        ([{"username": "nobody", "role": "data_manager"}], 422, "unknown_user"),
        ([{"username": "anna", "role": "boss"}], 400, "malformed"),
        ([{"username": "anna"}], 400, "malformed"),
        ([{"username": "anna", "role": "annotator", "since": 1}], 400, "malformed"),
        ({"username": "anna"}, 400, "malformed"),
    ],
)
def test_a_wrong_list_of_members_changes_nothing(corpus, manager, rows, status, code):
    UserFactory(username="anna")
    answer = as_(manager).put("/api/v1/corpora/mine/members/", rows, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(corpus.memberships.values_list("user", "role")) == [(manager.pk, "data_manager")]


def test_a_speaker_is_noted_and_corrected_and_its_history_kept(corpus, manager):
    client = as_(manager)
    body = {"code": "s1", "sex": "female", "language": "zh", "birth_year": 1990}
    made = client.post("/api/v1/corpora/mine/speakers/", body).json()
    assert {name: made[name] for name in body} == body
    changed = client.patch(f"/api/v1/speakers/{made['id']}/", {"sex": "male"})
    assert (changed.status_code, changed.json()["sex"]) == (200, "male")
    drain()
    event = AuditEvent.objects.get(action="speaker.changed")
    assert event.subject == made["id"] and event.data["before"] == {"sex": "female"}


def test_a_speakers_id_is_the_one_an_import_would_give(manager):
    made = as_(manager).post("/api/v1/corpora/mine/speakers/", {"code": "s1"}).json()
    Speaker.objects.all().delete()
    again = as_(manager).post("/api/v1/corpora/mine/speakers/", {"code": "s1"}).json()
    assert made["id"] == again["id"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"code": "known"}, 409, "code"),
        ({"code": "=1+1"}, 422, "code"),
        ({"code": ""}, 400, "code"),
        ({"code": "s1\ns2"}, 400, "code"),
        ({"code": "\u200b"}, 400, "code"),
        ({"code": "s", "sex": "f"}, 400, "sex"),
        ({"code": "s", "birth_year": 1066}, 400, "birth_year"),
        ({"code": "s", "birth_year": 2099}, 422, "birth_year"),
        ({"code": "s", "age": 3}, 400, "age"),
    ],
)
def test_a_wrong_speaker_is_refused_with_its_field(corpus, manager, body, status, field):
    SpeakerFactory(corpus=corpus, code="known")
    answer = as_(manager).post("/api/v1/corpora/mine/speakers/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert Speaker.objects.count() == 1


def test_a_speaker_of_others_does_not_exist(manager):
    speaker = SpeakerFactory()
    answer = as_(manager).patch(f"/api/v1/speakers/{speaker.public_id}/", {"sex": "male"})
    assert answer.status_code == 404


def test_speakers_are_filtered_and_an_unknown_filter_is_refused(corpus, manager):
    SpeakerFactory(corpus=corpus, sex="female")
    SpeakerFactory(corpus=corpus, sex="male")
    client = as_(manager)
    found = client.get("/api/v1/corpora/mine/speakers/?sex=male").json()["results"]
    assert [speaker["sex"] for speaker in found] == ["male"]
    assert client.get("/api/v1/corpora/mine/speakers/?age=3").status_code == 400


def test_an_administrator_may_leave_a_corpus_without_a_manager(corpus):
    UserFactory(username="anna")
    client = as_(UserFactory(is_superuser=True))
    rows = [{"username": "anna", "role": "annotator"}]
    assert client.put("/api/v1/corpora/mine/members/", rows, format="json").status_code == 200


def test_a_list_of_members_has_an_end(corpus, manager):
    rows = [{"username": f"u{i}", "role": "annotator"} for i in range(5001)]
    rows.append({"username": manager.username, "role": "data_manager"})
    answer = as_(manager).put(f"/api/v1/corpora/{corpus.slug}/members/", rows)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_members")
