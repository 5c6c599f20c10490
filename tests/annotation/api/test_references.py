"""Gold, practice and anchor clips: set by managers, outside the ordinary work, seen by staff."""

from __future__ import annotations

import pytest

from annotation.models import Assignment
from annotation.services import queue
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory(slug="seqd")
    speaker = factories.SpeakerFactory(corpus=corpus)
    for n in range(5):
        factories.ClipFactory(speaker=speaker, key=f"k{n}")
    return corpus


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus, username="anna")


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator])


@pytest.fixture
def api(corpus):
    return factories.client(factories.member(corpus, Role.DATA_MANAGER))


def path(campaign):
    return f"/api/v1/campaigns/{campaign.public_id}/references/"


def row(clip, purpose="gold", esc="HAP", eis=2, **more):
    return {"clip": clip, "purpose": purpose, "labels": [{"esc": esc, "eis": eis}], **more}


def put(api, campaign, *rows):
    return api.put(path(campaign), list(rows), format="json")


def asked_of(campaign):
    """Keys of the ordinary items."""
    items = campaign.items.filter(needed__gt=0).order_by("clip__key")
    return list(items.values_list("clip__key", flat=True))


def test_what_is_set_is_read_again_in_its_order(api, campaign):
    rows = [
        row("k3", feedback="Hear the rising pitch."),
        row("k0", "practice", "NEU", 0, feedback=""),
        row("k1", "anchor", "SAD", None, feedback=""),
    ]
    answer = put(api, campaign, *rows)
    assert answer.status_code == 200, answer.content
    assert api.get(path(campaign)).json() == rows
    campaign.refresh_from_db()
    assert (campaign.n_gold, campaign.n_practice) == (1, 1)


def test_places_count_among_the_clips_of_one_purpose(api, campaign):
    """Everybody begins the list of gold at a place of their own, of as many as there are."""
    put(api, campaign, row("k0", "practice"), row("k1", "anchor"), row("k2"))
    put(api, campaign, *api.get(path(campaign)).json(), row("k3"))
    found = campaign.references.order_by("clip__key").values_list("purpose", "place")
    assert list(found) == [("practice", 0), ("anchor", 0), ("gold", 0), ("gold", 1)]


def test_they_are_listed_by_purpose_and_then_as_they_were_set(api, campaign):
    put(api, campaign, row("k4", "anchor"), row("k3"), row("k2", "practice"), row("k1"))
    listed = [(each["purpose"], each["clip"]) for each in api.get(path(campaign)).json()]
    expected = [("gold", "k3"), ("gold", "k1"), ("practice", "k2"), ("anchor", "k4")]
    assert listed == expected


def test_people_begin_the_list_of_gold_at_different_places_behind_much_practice(api, corpus):
    speaker = corpus.clips.first().speaker
    keys = [factories.ClipFactory(speaker=speaker, key=f"m{n:02}").key for n in range(40)]
    people = [factories.member(corpus) for _ in range(6)]
    campaign = factories.campaign(corpus, annotators=people, gold_share=1.0)
    known = [row(key, "practice") for key in keys[:30]] + [row(key) for key in keys[30:]]
    assert put(api, campaign, *known).status_code == 200
    campaign.members.update(qualification="qualified")
    first = [queue.claim_next(campaign=campaign, annotator=person)[0] for person in people]
    assert {each.kind for each in first} == {"gold"}
    assert len({each.clip_id for each in first}) > 2


def test_known_clips_are_no_ordinary_items_and_come_back_when_they_leave_the_list(api, campaign):
    put(api, campaign, row("k0"), row("k1", "practice"), row("k2", "anchor"))
    assert asked_of(campaign) == ["k3", "k4"]
    put(api, campaign, row("k2", "anchor"))
    assert asked_of(campaign) == ["k0", "k1", "k3", "k4"]
    campaign.refresh_from_db()
    assert (campaign.n_gold, campaign.n_practice) == (0, 0)
    told = campaign.items.filter(came_back__gt=0).order_by("clip__key")
    assert list(told.values_list("clip__key", flat=True)) == ["k0", "k1"], "some were past them"


def test_a_gold_clip_from_outside_the_campaign_leaves_no_item_behind(api, campaign):
    campaign.items.filter(clip__key="k4").delete()
    put(api, campaign, row("k4"))
    gold = campaign.items.get(clip__key="k4")
    assert (gold.needed, gold.free) == (0, 0)
    put(api, campaign)
    assert not campaign.items.filter(clip__key="k4").exists()


def test_a_gold_clip_that_was_offered_keeps_its_item_and_rows(api, campaign, annotator):
    put(api, campaign, row("k0"))
    item = campaign.items.get(clip__key="k0")
    offered = Assignment.objects.create(
        campaign=campaign,
        item=item,
        clip=item.clip,
        annotator=annotator,
        kind="gold",
        expires_at="2030-01-01T00:00Z",
    )
    assert put(api, campaign).status_code == 200
    item.refresh_from_db()
    assert (item.needed, item.free) == (0, 0)
    assert Assignment.objects.filter(pk=offered.pk).exists()


def test_a_clip_that_somebody_labels_is_refused_and_nothing_changes(api, campaign, annotator):
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    answer = put(api, campaign, row("k4"), row(held.clip.key))
    assert (answer.status_code, answer.json()["code"]) == (409, "clip_in_work")
    assert answer.json()["errors"][0]["field"] == "1.clip"
    assert len(asked_of(campaign)) == 5
    assert api.get(path(campaign)).json() == []


def test_changing_what_is_known_keeps_the_row(api, campaign):
    put(api, campaign, row("k0"))
    before = campaign.references.get().public_id
    put(api, campaign, row("k1"), row("k0", esc="SAD", eis=1))
    changed = campaign.references.get(clip__key="k0")
    assert (changed.public_id, changed.labels) == (before, [{"esc": "SAD", "eis": 1}])


def test_who_labels_already_need_not_practise_when_practice_comes_later(api, campaign, corpus):
    new = factories.member(corpus)
    campaign.members.create(user=new)
    campaign.members.filter(user__username="anna").update(done=1)
    put(api, campaign, row("k0", "practice"))
    states = dict(campaign.members.values_list("user__username", "qualification"))
    assert states == {"anna": "qualified", new.username: "practising"}


@pytest.mark.parametrize(
    ("bad", "status", "field", "code"),
    [
        (row("nowhere"), 422, "1.clip", "unknown_clip"),
        (row("k0"), 422, "1.clip", "repeated_clip"),
        (row("k1", "silver"), 400, "1.purpose", "invalid_choice"),
        (row("k1", esc="JOY"), 422, "1.labels.0.esc", "unknown_esc"),
        (row("k1", eis=9), 422, "1.labels.0.eis", "out_of_scale"),
        (row("k1", eis=None), 422, "1.labels.0.eis", "eis_required"),
        (row("k1", "anchor", "NEU", 2), 422, "1.labels.0.eis", "neu_needs_zero"),
        ({**row("k1", "anchor"), "labels": []}, 422, "1.labels", "no_labels"),
        (row("k1", feedback="x" * 1001), 400, "1.feedback", "max_length"),
        (row("k1", colour="red"), 400, "1.colour", "unknown_field"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(api, campaign, bad, status, field, code):
    answer = put(api, campaign, row("k0"), bad)
    assert answer.status_code == status, answer.content
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert not campaign.references.exists()
    assert len(asked_of(campaign)) == 5


def test_a_clip_of_another_corpus_is_unknown(api, campaign):
    [other] = factories.clips(factories.CorpusFactory(), 1)
    assert put(api, campaign, row(other.key)).json()["code"] == "unknown_clip"


@pytest.mark.parametrize(
    ("labels", "purpose", "status"),
    [
        ([("HAP", 2), ("SAD", 0)], "gold", 200),
        ([("HAP", 2), ("HAP", 1)], "gold", 422),
        ([("HAP", None)], "practice", 422),
        ([("HAP", 3)], "anchor", 200),
        ([("HAP", 2), ("SAD", 1)], "anchor", 422),
    ],
)
def test_several_emotions_each_have_their_level(api, corpus, labels, purpose, status):
    campaign = factories.campaign(corpus, annotators=[], scheme="brighter-1")
    given = [{"esc": esc, "eis": eis} for esc, eis in labels]
    answer = put(api, campaign, {"clip": "k0", "purpose": purpose, "labels": given})
    assert answer.status_code == status, answer.content


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        (Role.DATA_MANAGER, 200, 200),
        (Role.RESEARCHER, 200, 403),
        (Role.ADJUDICATOR, 200, 403),
        (Role.SESSION_OPERATOR, 403, 403),
        (Role.ANNOTATOR, 403, 403),
    ],
)
def test_who_may_know_the_known_clips(corpus, campaign, role, read, write):
    caller = factories.client(factories.member(corpus, role))
    campaign.members.create(user=factories.UserFactory())
    if role == Role.ANNOTATOR:
        caller = factories.client(campaign.members.get(user__username="anna").user)
    assert caller.get(path(campaign)).status_code == read
    assert put(caller, campaign, row("k0")).status_code == write
    assert campaign.references.exists() == (write == 200)


def test_another_corpus_sees_nothing(campaign):
    stranger = factories.client(factories.member(factories.CorpusFactory(), Role.DATA_MANAGER))
    assert stranger.get(path(campaign)).status_code == 404
    assert put(stranger, campaign, row("k0")).status_code == 404


def test_one_clip_at_least_stays_to_be_labelled(api, campaign):
    some = [row(f"k{n}") for n in range(4)]
    assert put(api, campaign, *some).status_code == 200
    answer = put(api, campaign, *some, row("k4"))
    assert (answer.status_code, answer.json()["code"]) == (422, "all_known")
    assert asked_of(campaign) == ["k4"]
