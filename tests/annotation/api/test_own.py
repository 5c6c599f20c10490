"""REST of what belongs to one annotator: their keys, their last answers, their hours."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment, Item, WorkDay
from annotation.services import labelling, queue
from annotation.services.judgements import Judgement
from speecheq.outbox import drain
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 55)
    return corpus


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator])


@pytest.fixture
def api(annotator):
    return factories.client(annotator)


def label(campaign, user, n=1, esc="HAP"):
    made = []
    for _ in range(n):
        [one] = queue.claim_next(campaign=campaign, annotator=user)
        answer = labelling.submit(
            assignment_id=one.public_id,
            annotator=user,
            key=one.public_id,
            judgement=Judgement(labels=[(esc, 2)], comment="why"),
        )
        made.append(answer.annotation)
    return made


def history(api, campaign):
    return api.get(f"/api/v1/campaigns/{campaign.public_id}/history/")


def worklog(api, campaign, **query):
    return api.get(f"/api/v1/campaigns/{campaign.public_id}/worklog/", query)


def test_history_has_the_last_50_latest_first(api, campaign, annotator):
    made = label(campaign, annotator, 52)
    rows = history(api, campaign).json()["answers"]
    assert [row["id"] for row in rows] == [each.public_id for each in reversed(made)][:50]
    assert rows[0]["labels"] == [{"esc": "HAP", "eis": 2}]
    assert rows[0]["comment"] == "why"
    assert rows[0]["assignment"]["clip"]["audio_url"].endswith("/audio/")


def test_history_shows_the_newest_of_each_answer(api, campaign, annotator):
    [made] = label(campaign, annotator)
    labelling.revise(
        annotation_id=made.public_id,
        annotator=annotator,
        key="r",
        judgement=Judgement(labels=[("SAD", 1)]),
    )
    [row] = history(api, campaign).json()["answers"]
    assert (row["labels"], row["changed"]) == ([{"esc": "SAD", "eis": 1}], True)


def test_history_holds_nobody_elses_answers(api, corpus, campaign):
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    label(campaign, colleague)
    assert history(api, campaign).json() == {"answers": []}


@pytest.mark.parametrize("kind", ["gold", "repeat"])
def test_gold_and_repeats_look_like_any_other_in_history(api, campaign, annotator, kind):
    ordinary, special = label(campaign, annotator, 2)
    Assignment.objects.filter(annotations=special).update(kind=kind)
    Annotation.objects.filter(pk=special.pk).update(counted=False)
    rows = history(api, campaign).json()["answers"]
    shapes = [_shape(row) for row in rows]
    assert [row["id"] for row in rows] == [special.public_id, ordinary.public_id]
    assert shapes[0] == shapes[1]


def _shape(value):
    """What an answer looks like, without what is different of any two answers."""
    if isinstance(value, dict):
        same = {"id", "audio_url", "peaks_url", "spectrogram_url", "expires_at", "created_at"}
        return {name: _shape(inner) for name, inner in value.items() if name not in same}
    return value


def test_hours_are_ones_own(api, corpus, campaign, annotator):
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    label(campaign, annotator, 2)
    label(campaign, colleague)
    drain()
    body = worklog(api, campaign).json()
    [row] = body["days"]
    assert (row["annotator"], row["labels"], row["revisions"]) == (annotator.username, 2, 0)
    assert body["total"]["labels"] == 2
    answer = worklog(api, campaign, annotator=colleague.username)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("role", "seen"),
    [(Role.DATA_MANAGER, 2), (Role.ADJUDICATOR, 2), (Role.RESEARCHER, 0)],
)
def test_who_answers_for_the_work_reads_the_hours_of_all(corpus, campaign, annotator, role, seen):
    today = timezone.now().date()
    for person in (annotator, factories.member(corpus)):
        WorkDay.objects.create(
            campaign=campaign, annotator=person, day=today, labels=60, active_s=1800
        )
    api = factories.client(factories.member(corpus, role))
    rows = worklog(api, campaign).json()["days"]
    assert len(rows) == seen
    if seen:
        assert (rows[0]["hours"], rows[0]["labels_per_hour"]) == (0.5, 120.0)
        only = worklog(api, campaign, annotator=annotator.username).json()["days"]
        assert [row["annotator"] for row in only] == [annotator.username]
        assert worklog(api, campaign, annotator="nobody").status_code == 404


def test_an_unknown_filter_is_refused(api, campaign):
    answer = worklog(api, campaign, anotator="x")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_filter")


@pytest.mark.parametrize("what", ["history", "worklog"])
def test_a_campaign_of_others_is_404(campaign, what):
    stranger = factories.member(factories.CorpusFactory())
    answer = factories.client(stranger).get(f"/api/v1/campaigns/{campaign.public_id}/{what}/")
    assert answer.status_code == 404


KEYS = "/api/v1/me/shortcuts/seqd-1/"


def keys(answer):
    return {row["action"]: row["key"] for row in answer.json()["shortcuts"]}


def test_keys_are_read_changed_and_taken_back(api):
    assert keys(api.get(KEYS))["esc:HAP"] == "Digit2"
    changed = api.put(KEYS, {"keys": {"esc:HAP": "KeyW"}}, format="json")
    assert (changed.status_code, keys(changed)["esc:HAP"]) == (200, "KeyW")
    assert keys(api.get(KEYS))["esc:HAP"] == "KeyW"
    assert keys(api.put(KEYS, {"keys": {}}, format="json"))["esc:HAP"] == "Digit2"


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({"keys": {"esc:HAP": "Digit3"}}, 422, "keys.esc:HAP", "key_taken"),
        ({"keys": {"esc:HAP": "Tab"}}, 422, "keys.esc:HAP", "key_not_allowed"),
        ({"keys": {"esc:JOY": "KeyW"}}, 422, "keys.esc:JOY", "unknown_action"),
        ({"keys": {"esc:HAP": None}}, 400, "keys.esc:HAP", "null"),
        ({"keys": {"esc:HAP": "K" * 21}}, 400, "keys.esc:HAP", "max_length"),
        ({"keys": ["KeyW"]}, 400, "keys", "not_a_dict"),
        ({"keys": {}, "mood": 1}, 400, "mood", "unknown_field"),
        ({}, 400, "keys", "required"),
    ],
)
def test_bad_keys_are_named_and_the_old_ones_stay(api, body, status, field, code):
    api.put(KEYS, {"keys": {"esc:SAD": "KeyW"}}, format="json")
    answer = api.put(KEYS, body, format="json")
    assert answer.status_code == status, answer.content
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert keys(api.get(KEYS))["esc:SAD"] == "KeyW"


def test_keys_for_an_unknown_scheme_are_404(api):
    assert api.get("/api/v1/me/shortcuts/nothing/").status_code == 404


def test_items_are_untouched_by_reading(api, campaign):
    before = list(Item.objects.order_by("pk").values())
    for answer in (history(api, campaign), worklog(api, campaign), api.get(KEYS)):
        assert answer.status_code == 200
    assert list(Item.objects.order_by("pk").values()) == before
