"""Whoever may label a clip is offered it, however often the order is rewritten meanwhile."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Assignment, Campaign
from annotation.services import leases, looking, priorities, queue
from annotation.services.groups import Group, set_groups
from annotation.services.judgements import Judgement
from annotation.services.labelling import submit
from annotation.services.priorities import QueuePriority, set_priorities
from annotation.services.references import Reference, set_references
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY = Judgement(labels=[("HAP", 2)])
PEOPLE, CLIPS = 4, 30


class Interrupted(Exception):
    """The worker was killed."""


def priority(clip: int, value: float = 1.0) -> QueuePriority:
    return QueuePriority(clip, value, None, 0.5, "chosen", "entropy")


def may_be_offered(campaign: Campaign, person) -> set[int]:
    """The slow way: all items with a free slot that this person may have and has not had."""
    member = campaign.members.get(user=person)
    had = Assignment.objects.filter(annotator=person, kind="normal").exclude(state="expired")
    mine = campaign.items.filter(Q(group=None) | Q(group=member.group_id), free__gt=0)
    return set(mine.exclude(pk__in=had.values("item")).values_list("pk", flat=True))


class Everyone:
    """A campaign, and what its people, its manager and a model may do to it."""

    def __init__(self, overlap: int):
        corpus = factories.CorpusFactory()
        self.people = [factories.member(corpus) for _ in range(PEOPLE)]
        self.manager = factories.member(corpus, role="data_manager")
        factories.clips(corpus, CLIPS)
        self.campaign = factories.campaign(corpus, annotators=self.people, overlap=overlap)
        self.round = 0

    def mine(self, who: int, state: str):
        return Assignment.objects.filter(annotator=self.people[who], state=state).order_by("pk")

    def next(self, who: int, count: int) -> int:
        person = self.people[who]
        found = queue.offer_next(
            campaign_id=self.campaign.public_id, annotator=person, count=count
        ).assignments
        assert len({each.item_id for each in found}) == len(found) <= count
        if len(found) < count:
            assert may_be_offered(self.campaign, person) == set()
        return len(found)

    def label(self, who: int, count: int) -> int:
        found = self.next(who, count)
        self.submit(who, count)
        return found

    def submit(self, who: int, count: int) -> None:
        for held in self.mine(who, "open")[:count]:
            self.answer(held, who)

    def late(self, who: int, count: int) -> None:
        for lapsed in self.mine(who, "expired")[:count]:
            self.answer(lapsed, who)

    def answer(self, held: Assignment, who: int) -> None:
        person, key = self.people[who], held.public_id
        submit(assignment_id=key, annotator=person, key=key, judgement=HAPPY)

    def skip(self, who: int, count: int) -> None:
        for held in self.mine(who, "open")[:count]:
            leases.skip(public_id=held.public_id, annotator=self.people[who], reason="noise")

    def expire(self, who: int, count: int) -> None:
        past = timezone.now() - timedelta(seconds=1)
        late = self.mine(who, "open")[:count].values_list("pk", flat=True)
        Assignment.objects.filter(pk__in=list(late)).update(expires_at=past)
        leases.reap_expired(campaign_id=self.campaign.pk)

    def rows(self, count: int) -> list[QueuePriority]:
        """What a round of a model may say: a few clips, or all, in an order of its own."""
        self.round += 1
        clips = list(self.campaign.items.order_by("pk").values_list("clip_id", flat=True))
        chosen = random.Random(self.round).sample(clips, min(3 * count, CLIPS))
        return [priority(clip, value) for value, clip in enumerate(chosen)]

    def rank(self, who: int, count: int) -> None:
        rows = self.rows(count)
        set_priorities(campaign_id=self.campaign.pk, rows=rows, round_id=f"rnd_{self.round}")

    def rank_and_die(self, who: int, count: int) -> None:
        """Killed before batch `who` of those it puts back, or of those it places."""
        step = "_put_back" if count % 2 else "_place"
        do, calls = getattr(priorities, step), []

        def until_killed(*given):
            calls.append(given)
            if len(calls) > who:
                raise Interrupted
            return do(*given)

        with patch.object(priorities, step, until_killed), suppress(Interrupted):
            self.rank(who, count)

    def group(self, who: int, count: int) -> None:
        keys = [f"{clip.key}" for clip in self.campaign.corpus.clips.order_by("key")]
        names = [person.username for person in self.people]
        wanted = [
            Group("natives", names[who : who + 2], keys[count : 2 * count]),
            Group("others", names[:who][:1], keys[3 * count : 4 * count]),
        ]
        set_groups(self.campaign, wanted, by=self.manager)

    def known(self, who: int, count: int) -> None:
        """Some clips become examples, others that were become ordinary again."""
        idle = self.campaign.items.filter(Q(done=0, leased=0) | Q(needed=0)).order_by("pk")
        keys = list(idle.values_list("clip__key", flat=True)[count : count + who])
        anchors = [Reference(clip=key, purpose="anchor", labels=[("HAP", 2)]) for key in keys]
        set_references(self.campaign, anchors, by=self.manager)


LABEL = ["next", "label", "submit", "late", "skip", "expire"]
REORDER = ["rank", "rank_and_die", "group", "known"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*LABEL, *LABEL, *REORDER]),
        st.integers(0, PEOPLE - 1),
        st.integers(1, 9),
    ),
    min_size=10,
    max_size=40,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, overlap=st.sampled_from([1, 1, 2, 3]), seen=st.integers(1, CLIPS // 2))
def test_nobody_misses_a_clip_whatever_is_put_before_or_behind_them(db, steps, overlap, seen):
    small = {"GROWTH": 2, "FURTHEST": 12}
    with (
        transaction.atomic(),
        patch.multiple(looking, **small),
        patch.multiple(priorities, BATCH=4, LEFT_TO_OTHERS=0),
    ):
        everyone = Everyone(overlap)
        everyone.label(0, seen)  # somebody with a past
        for action, who, count in steps:
            getattr(everyone, action)(who, count)
        for who in range(PEOPLE):  # alone, so that nobody else does what they miss
            point = transaction.savepoint()
            while everyone.label(who, 5):
                pass
            assert may_be_offered(everyone.campaign, everyone.people[who]) == set()
            transaction.savepoint_rollback(point)
        transaction.set_rollback(True)


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


def label_all(campaign: Campaign, person, most: int = 100) -> list[str]:
    """The keys of the clips that a person is offered, in order."""
    keys: list[str] = []
    while len(keys) < most and (
        found := queue.claim_next(campaign=campaign, annotator=person, count=1)
    ):
        keys.append(found[0].clip.key)
        sent = {"annotator": person, "key": found[0].public_id, "judgement": HAPPY}
        submit(assignment_id=found[0].public_id, **sent)
    return keys


def place(campaign: Campaign, *clips, round_id: str) -> int:
    rows = [priority(clip.pk, -place) for place, clip in enumerate(clips)]
    return set_priorities(campaign_id=campaign.pk, rows=rows, round_id=round_id)


def test_what_a_round_puts_back_behind_somebody_is_offered_to_them(corpus):
    anna, ben = (factories.member(corpus) for _ in range(2))
    clips = factories.clips(corpus, 8)
    campaign = factories.campaign(corpus, annotators=[anna, ben], overlap=1)
    [held] = queue.claim_next(campaign=campaign, annotator=ben)
    assert label_all(campaign, anna, 1) == [clips[1].key]
    leases.skip(public_id=held.public_id, annotator=ben, reason="noise")
    place(campaign, clips[5], clips[0], round_id="rnd_1")
    assert label_all(campaign, anna, 1) == [clips[5].key]
    place(campaign, clips[6], round_id="rnd_2")
    assert label_all(campaign, anna) == [clips[i].key for i in (6, 0, 2, 3, 4, 7)]


def test_a_round_starts_nobody_again_in_the_campaigns_own_order(corpus):
    person = factories.member(corpus)
    clips = factories.clips(corpus, 8)
    campaign = factories.campaign(corpus, annotators=[person])
    label_all(campaign, person, 3)
    before = campaign.members.get()
    place(campaign, clips[7], clips[0], round_id="rnd_1")
    assert label_all(campaign, person, 2) == [clips[7].key, clips[3].key]
    member = campaign.members.get()
    assert before.cursor_rank is not None
    assert member.cursor_rank > before.cursor_rank
    assert label_all(campaign, person) == [clips[i].key for i in (4, 5, 6)]


def test_what_comes_back_of_the_front_goes_before_what_comes_back_elsewhere(corpus):
    anna, ben = (factories.member(corpus) for _ in range(2))
    clips = factories.clips(corpus, 8)
    campaign = factories.campaign(corpus, annotators=[anna, ben], overlap=1)
    first = queue.claim_next(campaign=campaign, annotator=ben, count=2)
    label_all(campaign, anna, 1)
    place(campaign, clips[5], clips[6], clips[7], round_id="rnd_1")
    more = queue.claim_next(campaign=campaign, annotator=ben, count=3)[2:]
    assert label_all(campaign, anna, 1) == [clips[6].key]
    for held in [first[0], *more]:
        leases.skip(public_id=held.public_id, annotator=ben, reason="noise")
    assert label_all(campaign, anna) == [clips[i].key for i in (5, 7, 0, 3, 4)]


def test_a_person_who_has_had_most_of_the_front_hears_others_until_it_is_passed(corpus):
    person = factories.member(corpus)
    clips = factories.clips(corpus, 60)
    campaign = factories.campaign(corpus, annotators=[person], overlap=2)
    label_all(campaign, person, 40)
    place(campaign, *clips[:50], round_id="rnd_1")
    with patch.multiple(looking, GROWTH=1, FURTHEST=12):
        found = label_all(campaign, person)
    # Each time eleven of the forty are passed, and the last of them once more.
    assert found[:4] == [clips[i].key for i in (50, 51, 52, 40)]
    assert sorted(found) == [clip.key for clip in clips[40:]]


def test_a_later_round_takes_over_from_one_that_is_still_placing(corpus):
    person = factories.member(corpus)
    clips = factories.clips(corpus, 9)
    campaign = factories.campaign(corpus, annotators=[person])
    do, calls = priorities._place, []

    def overtaken(*given):
        calls.append(given)
        if len(calls) == 2:
            assert place(campaign, clips[8], clips[7], round_id="rnd_2") == 2
        return do(*given)

    with patch.multiple(priorities, BATCH=2, LEFT_TO_OTHERS=0, _place=overtaken):
        assert place(campaign, *clips[2:7], round_id="rnd_1") == 2
    assert set(campaign.items.values_list("round_id", flat=True)) == {"", "rnd_2"}
    assert label_all(campaign, person) == [clips[i].key for i in (8, 7, 0, 1, 2, 3, 4, 5, 6)]


def test_a_round_that_is_still_being_placed_is_found_as_far_as_it_is(corpus):
    person = factories.member(corpus)
    clips = factories.clips(corpus, 8)
    campaign = factories.campaign(corpus, annotators=[person])
    do, found = priorities._place, []

    def while_placing(*given):
        found.append(label_all(campaign, person, 3))
        return do(*given)

    with patch.multiple(priorities, BATCH=2, LEFT_TO_OTHERS=0, _place=while_placing):
        place(campaign, *clips[:3:-1], round_id="rnd_1")
    assert found == [[clips[i].key for i in (0, 1, 2)], [clips[i].key for i in (7, 6, 3)]]
    assert label_all(campaign, person) == [clips[i].key for i in (5, 4)]
