"""Gold clips and repeats: offered among the others, outside the overlap, and nothing tells."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Annotation, Assignment, Item, ReferenceClip
from annotation.models.assignment import AssignmentKind
from annotation.services import leases, planned, queue
from annotation.services.judgements import Judgement
from annotation.services.labelling import submit
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY = Judgement(labels=[("HAP", 2)])
GOLD, REPEAT, NORMAL = AssignmentKind.GOLD, AssignmentKind.REPEAT, AssignmentKind.NORMAL


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus)


def with_gold(corpus, *, n_clips, n_gold, annotators, **more):
    """A campaign whose last `n_gold` clips are gold."""
    clips = factories.clips(corpus, n_clips)
    campaign = factories.campaign(corpus, annotators=annotators, n_gold=n_gold, **more)
    for place, clip in enumerate(clips[n_clips - n_gold :]):
        ReferenceClip.objects.create(
            campaign=campaign, clip=clip, purpose="gold", labels=[], place=place
        )
        Item.objects.filter(campaign=campaign, clip=clip).update(needed=0, free=0)
    return campaign


def answer(assignment, person):
    return submit(
        assignment_id=assignment.public_id,
        annotator=person,
        key=assignment.public_id,
        judgement=HAPPY,
    )


def label_all(campaign, person, count=1):
    """Every offer until nothing is left, answered; the assignments as they were offered."""
    offered = []
    while found := queue.claim_next(campaign=campaign, annotator=person, count=count):
        for each in found:
            offered.append(each)
            answer(each, person)
    return offered


def test_gold_is_offered_at_its_share_each_clip_once_and_only_among_others(corpus, annotator):
    campaign = with_gold(corpus, n_clips=40, n_gold=5, annotators=[annotator], gold_share=0.3)
    offered = label_all(campaign, annotator)
    gold = [a.clip_id for a in offered if a.kind == GOLD]
    assert len(gold) == len(set(gold)) == 5
    assert len([a for a in offered if a.kind == NORMAL]) == 35
    assert offered[-1].kind == NORMAL


def test_the_place_of_gold_is_the_same_when_made_again_and_differs_by_person(corpus):
    people = [factories.member(corpus) for _ in range(2)]
    campaign = with_gold(corpus, n_clips=60, n_gold=10, annotators=people, gold_share=0.2)
    places = []
    for person in people:
        offered = label_all(campaign, person)
        desk, _ = queue._read_desk(campaign.public_id, person, 1)
        due = [planned.kind_due(desk, person.public_id, a.ordinal) for a in offered]
        wanted = [a.ordinal for a, kind in zip(offered, due, strict=True) if kind == GOLD]
        assert [a.ordinal for a in offered if a.kind == GOLD] == wanted[: campaign.n_gold]
        places.append([(a.ordinal, a.clip_id) for a in offered if a.kind == GOLD])
    assert places[0] != places[1]


def test_who_knows_the_seed_cannot_work_out_the_places_of_gold(settings):
    drawn = [planned.draw(7, "usr_one", offer) for offer in range(20)]
    settings.SECRET_KEY = "another installation"
    assert not set(drawn) & {planned.draw(7, "usr_one", offer) for offer in range(20)}


def test_two_people_begin_the_list_of_gold_at_different_places(corpus):
    people = [factories.member(corpus) for _ in range(6)]
    campaign = with_gold(corpus, n_clips=30, n_gold=10, annotators=people, gold_share=1.0)
    first = {queue.claim_next(campaign=campaign, annotator=p)[0].clip_id for p in people}
    assert len(first) > 1


def test_gold_is_gone_round_in_the_order_of_its_list(corpus, annotator):
    campaign = with_gold(corpus, n_clips=40, n_gold=7, annotators=[annotator], gold_share=0.6)
    place = dict(campaign.references.values_list("clip_id", "place"))
    places = [place[a.clip_id] for a in label_all(campaign, annotator) if a.kind == GOLD]
    assert places == [(places[0] + i) % 7 for i in range(7)]


def test_gold_that_replaced_other_gold_is_offered_to_whoever_had_that(corpus, annotator):
    campaign = with_gold(corpus, n_clips=60, n_gold=4, annotators=[annotator], gold_share=0.3)
    for _ in range(12):
        [offered] = queue.claim_next(campaign=campaign, annotator=annotator)
        answer(offered, annotator)
    had = Assignment.objects.filter(kind=GOLD).values("clip")
    others = Item.objects.filter(campaign=campaign, done=0, leased=0, needed=3).order_by("-rank")
    fresh = [item.clip_id for item in others[: had.count()]]
    for reference, clip in zip(campaign.references.filter(clip__in=had), fresh, strict=True):
        ReferenceClip.objects.filter(pk=reference.pk).update(clip=clip)
        Item.objects.filter(campaign=campaign, clip=clip).update(needed=0, free=0)
    gold = {a.clip_id for a in label_all(campaign, annotator) if a.kind == GOLD}
    assert fresh and set(fresh) <= gold


def test_a_share_of_gold_without_gold_asks_for_none(corpus, annotator):
    campaign = with_gold(corpus, n_clips=6, n_gold=0, annotators=[annotator], gold_share=0.9)
    assert {a.kind for a in label_all(campaign, annotator)} == {NORMAL}


def test_a_repeat_is_an_own_answer_at_least_twenty_back_and_comes_once(corpus, annotator):
    factories.clips(corpus, 120)
    campaign = factories.campaign(corpus, annotators=[annotator], repeat_share=0.25)
    offered = label_all(campaign, annotator)
    first = {a.clip_id: a.ordinal for a in offered if a.kind == NORMAL}
    repeats = [a for a in offered if a.kind == REPEAT]
    assert len(repeats) > 10
    assert all(a.ordinal - first[a.clip_id] >= planned.REPEAT_AFTER for a in repeats)
    assert max(Counter(a.clip_id for a in repeats).values()) == 1
    distances = {a.ordinal - first[a.clip_id] for a in repeats}
    assert len(distances) > 5, "nobody can wait for the repeat"


def test_gold_and_repeats_stay_outside_overlap_and_votes(corpus, annotator):
    campaign = with_gold(
        corpus, n_clips=70, n_gold=6, annotators=[annotator], gold_share=0.1, repeat_share=0.2
    )
    offered = label_all(campaign, annotator, count=3)
    kinds = Counter(a.kind for a in offered)
    assert kinds[NORMAL] == 64 and kinds[GOLD] and kinds[REPEAT]
    assert Annotation.objects.counting().count() == 64
    assert set(campaign.items.filter(needed=0).values_list("done", "leased")) == {(0, 0)}
    assert set(campaign.items.filter(needed=3).values_list("done", "free")) == {(1, 2)}
    member = campaign.members.get()
    assert member.offered == member.done == len(offered)


def test_the_author_is_told_that_every_answer_counts(corpus, annotator):
    campaign = with_gold(corpus, n_clips=6, n_gold=3, annotators=[annotator], gold_share=1.0)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    assert held.kind == GOLD
    first, again = answer(held, annotator), answer(held, annotator)
    assert (first.annotation.counted, first.counted, again.counted) == (False, True, True)


def test_gold_and_repeats_whose_lease_ran_out_come_back_as_others_do(corpus, annotator):
    campaign = with_gold(corpus, n_clips=6, n_gold=3, annotators=[annotator], gold_share=0.5)
    held = queue.claim_next(campaign=campaign, annotator=annotator, count=5)
    assert {a.kind for a in held} == {GOLD, NORMAL}
    Assignment.objects.update(expires_at=timezone.now() - timezone.timedelta(seconds=1))
    assert leases.reap_expired() == len(held)
    again = queue.claim_next(campaign=campaign, annotator=annotator, count=5)
    assert {a.pk for a in again} == {a.pk for a in held}
    assert all(i.free == i.needed - i.leased for i in campaign.items.all())


def test_a_skipped_gold_clip_holds_no_slot_and_does_not_come_back(corpus, annotator):
    campaign = with_gold(corpus, n_clips=6, n_gold=1, annotators=[annotator], gold_share=1.0)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    leases.skip(public_id=held.public_id, annotator=annotator, reason="noise")
    item = Item.objects.get(pk=held.item_id)
    assert (item.needed, item.free, item.leased, item.came_back) == (0, 0, 0, 0)
    assert held.clip_id not in [a.clip_id for a in label_all(campaign, annotator)]


# --- nothing tells ----------------------------------------------------------------------------
def shape(value):
    """The names and types in a JSON value, without its values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def statements(captured):
    """The tables and verbs of the queries, in order."""
    return [query["sql"].split()[0] for query in captured]


def next_and_submit(api, campaign):
    """One clip over REST: the kind, and what could be seen of it from outside."""
    with CaptureQueriesContext(connection) as for_next:
        offered = api.post(f"/api/v1/campaigns/{campaign.public_id}/next/", {"count": 1})
    [one] = offered.json()["assignments"]
    body = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 1500, "replays": 0}
    path = f"/api/v1/assignments/{one['id']}/submit/"
    with CaptureQueriesContext(connection) as for_submit:
        stored = api.post(path, body, HTTP_IDEMPOTENCY_KEY=one["id"])
    seen = {
        "next": (shape(offered.json()), sorted(offered.headers), len(for_next)),
        "submit": (shape(stored.json()), sorted(stored.headers), statements(for_submit)),
        "told": stored.json()["counted"],
        "sizes": (len(offered.content), len(stored.content)),
    }
    return Assignment.objects.get(public_id=one["id"]).kind, seen


def test_payload_headers_and_statements_are_the_same_for_every_kind(corpus, annotator):
    campaign = with_gold(
        corpus, n_clips=80, n_gold=10, annotators=[annotator], gold_share=0.2, repeat_share=0.3
    )
    corpus.clips.update(duration_ms=1500)
    api = factories.client(annotator)
    next_and_submit(api, campaign)  # the first notes the use of the token
    seen = {}
    for _ in range(70):
        kind, outside = next_and_submit(api, campaign)
        seen.setdefault(kind, []).append(outside)
    assert set(seen) == {NORMAL, GOLD, REPEAT}
    # An ordinary clip takes one statement more where gold was due and all of it had been heard.
    usual = min(seen[NORMAL], key=lambda outside: outside["next"][2])
    assert all(outside == usual for kind in (GOLD, REPEAT) for outside in seen[kind])
