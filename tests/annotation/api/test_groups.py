"""Clips kept for some people: set as one list, refused with the place of what is wrong."""

from __future__ import annotations

import pytest

from annotation.services import queue
from annotation.services.groups import keep_for
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
def campaign(corpus):
    people = [factories.member(corpus, username=name) for name in ("anna", "ben", "cleo")]
    return factories.campaign(corpus, annotators=people)


@pytest.fixture
def manager(corpus):
    return factories.member(corpus, Role.DATA_MANAGER)


@pytest.fixture
def api(manager):
    return factories.client(manager)


def path(campaign):
    return f"/api/v1/campaigns/{campaign.public_id}/groups/"


def put(api, campaign, *rows):
    return api.put(path(campaign), list(rows), format="json")


def row(name, members=(), **more):
    return {"name": name, "members": list(members), **more}


NORTH = row("north", ["anna", "ben"], clips=["k0", "k1"])
SOUTH = row("south", ["cleo"], clips=["k4"])


def test_what_is_set_is_read_again(api, campaign):
    answer = put(api, campaign, NORTH, SOUTH)
    assert answer.status_code == 200, answer.content
    assert api.get(path(campaign)).json() == [NORTH, SOUTH]


def test_a_filter_keeps_the_clips_it_matches(api, campaign):
    answer = put(api, campaign, row("north", ["anna"], clips={"key_prefix": "k"}))
    assert answer.json()[0]["clips"] == ["k0", "k1", "k2", "k3", "k4"]


def test_a_group_that_names_no_clips_keeps_those_it_has(api, campaign):
    put(api, campaign, NORTH, SOUTH)
    answer = put(api, campaign, row("north", ["ben"]), row("south", ["anna"], clips=["k0"]))
    assert answer.json() == [
        row("north", ["ben"], clips=["k1"]),
        row("south", ["anna"], clips=["k0"]),
    ]


def test_an_empty_list_gives_all_clips_back_to_everybody(api, campaign):
    put(api, campaign, NORTH, SOUTH)
    assert put(api, campaign).json() == []
    assert not campaign.items.exclude(group=None).exists()
    assert not campaign.members.exclude(group=None).exists()


def told_of(campaign):
    """The clips that people look at again, and forget that they do."""
    told = campaign.items.filter(came_back__gt=0).order_by("clip__key")
    keys = list(told.values_list("clip__key", flat=True))
    campaign.items.update(came_back=0)
    return keys


def test_people_look_again_at_clips_that_move_and_at_those_of_a_group_they_join(api, campaign):
    put(api, campaign, NORTH)
    assert told_of(campaign) == ["k0", "k1"]
    put(api, campaign, {**NORTH, "members": ["anna"]})
    assert told_of(campaign) == []
    put(api, campaign, {**NORTH, "members": ["anna", "cleo"]})
    assert told_of(campaign) == ["k0", "k1"]
    put(api, campaign, {**NORTH, "members": ["anna", "cleo"], "clips": ["k0"]})
    assert told_of(campaign) == ["k1"]


def test_who_joins_a_group_late_is_offered_what_is_kept_for_it(api, campaign):
    put(api, campaign, row("north", ["anna"], clips=["k0", "k1"]))
    ben = campaign.members.get(user__username="ben").user
    passed = queue.claim_next(campaign=campaign, annotator=ben, count=5)
    assert [each.clip.key for each in passed] == ["k2", "k3", "k4"]
    put(api, campaign, row("north", ["anna", "ben"], clips=["k0", "k1"]))
    more = queue.claim_next(campaign=campaign, annotator=ben, count=5)[3:]
    assert [each.clip.key for each in more] == ["k0", "k1"]


def test_clips_are_kept_for_one_person_who_leaves_their_group(api, campaign, manager):
    put(api, campaign, NORTH)
    keep_for(campaign, "anna", ["k3"], by=manager)
    assert api.get(path(campaign)).json() == [
        row("anna", ["anna"], clips=["k3"]),
        row("north", ["ben"], clips=["k0", "k1"]),
    ]


@pytest.mark.parametrize(
    ("bad", "status", "field", "code"),
    [
        (row("south", ["zoe"]), 422, "1.members.0", "unknown_member"),
        (row("south", ["cleo", "ben"]), 422, "1.members.1", "member_in_two_groups"),
        (row("north", ["cleo"]), 422, "1.name", "group_name_taken"),
        (row("south", clips=["k4", "zz"]), 422, "1.clips.1", "unknown_clip"),
        (row("south", clips=["k1"]), 422, "1.clips", "clip_in_two_groups"),
        (row("south", clips={"colour": "red"}), 422, "1.clips", "unknown_filter"),
        (row("south", clips={"speaker": 7}), 422, "1.clips.speaker", "bad_filter"),
        (row("south", clips="all"), 400, "1.clips", "invalid"),
        (row("", ["cleo"]), 400, "1.name", "blank"),
        (row("so\x07uth", ["cleo"]), 400, "1.name", "control_character"),
        (row("south", colour="red"), 400, "1.colour", "unknown_field"),
    ],
)
def test_a_bad_group_is_named_and_nothing_changes(api, campaign, bad, status, field, code):
    put(api, campaign, SOUTH)
    answer = put(api, campaign, NORTH, bad)
    assert answer.status_code == status, answer.content
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert api.get(path(campaign)).json() == [SOUTH]


def test_a_clip_outside_the_campaign_is_unknown_to_it(api, campaign):
    campaign.items.filter(clip__key="k4").delete()
    answer = put(api, campaign, row("south", clips=["k3", "k4"]))
    assert answer.json()["errors"][0]["field"] == "0.clips.1"


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        (Role.DATA_MANAGER, 200, 200),
        (Role.RESEARCHER, 200, 403),
        (Role.ANNOTATOR, 403, 403),
    ],
)
def test_who_may_see_and_set_groups(corpus, campaign, role, read, write):
    person = factories.member(corpus, role)
    campaign.members.create(user=person)
    assert factories.client(person).get(path(campaign)).status_code == read
    assert put(factories.client(person), campaign, NORTH).status_code == write
