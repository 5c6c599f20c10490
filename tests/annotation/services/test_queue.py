"""The queue: exact overlap, leases, order, nobody the same clip twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Assignment, Campaign, Item
from annotation.services import leases, queue
from annotation.services.errors import (
    AssignmentClosed,
    CampaignNotOpen,
    NotInCampaign,
    NotQualified,
    PracticeFirst,
)
from annotation.services.judgements import Judgement
from annotation.services.labelling import submit
from annotation.services.priorities import QueuePriority, set_priorities
from speecheq.errors import NotFound
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY = Judgement(labels=[("HAP", 2)])


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus)


def keys(assignments):
    return [a.clip.key for a in assignments]


def expire(assignment):
    past = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=past)


def test_next_offers_clips_in_the_campaigns_order(corpus, annotator):
    clips = factories.clips(corpus, 5)
    campaign = factories.campaign(corpus, annotators=[annotator])
    offered = queue.claim_next(campaign=campaign, annotator=annotator, count=3)
    assert keys(offered) == [clip.key for clip in clips[:3]]


def test_what_one_holds_is_offered_again_before_anything_new(corpus, annotator):
    factories.clips(corpus, 5)
    campaign = factories.campaign(corpus, annotators=[annotator])
    first = queue.claim_next(campaign=campaign, annotator=annotator, count=2)
    again = queue.claim_next(campaign=campaign, annotator=annotator, count=3)
    assert [a.pk for a in again[:2]] == [a.pk for a in first]
    assert len(again) == 3


def test_nobody_gets_a_clip_twice(corpus, annotator):
    factories.clips(corpus, 3)
    campaign = factories.campaign(corpus, annotators=[annotator])
    heard = []
    while offered := queue.claim_next(campaign=campaign, annotator=annotator):
        heard += keys(offered)
        submit(
            assignment_id=offered[0].public_id, annotator=annotator, key=heard[-1], judgement=HAPPY
        )
    assert sorted(heard) == sorted(set(heard))
    assert len(heard) == 3


def test_overlap_is_exact(corpus):
    people = [factories.member(corpus) for _ in range(4)]
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=people, overlap=3)
    got = [queue.claim_next(campaign=campaign, annotator=person) for person in people]
    assert [len(each) for each in got] == [1, 1, 1, 0]


def test_the_database_itself_refuses_a_slot_too_many(corpus, annotator):
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        campaign.items.update(leased=2, free=0)


def test_staff_who_do_not_label_are_told_so(corpus):
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[])
    with pytest.raises(NotInCampaign, match="not a member"):
        queue.claim_next(campaign=campaign, annotator=factories.member(corpus, Role.RESEARCHER))


def test_an_annotator_of_other_campaigns_does_not_learn_that_this_one_exists(corpus, annotator):
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[])
    with pytest.raises(NotFound):
        queue.claim_next(campaign=campaign, annotator=annotator)


@pytest.mark.parametrize("state", ["draft", "paused", "closed"])
def test_a_campaign_that_is_not_open_offers_nothing(corpus, annotator, state):
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[annotator], state=state)
    with pytest.raises(CampaignNotOpen, match=state):
        queue.claim_next(campaign=campaign, annotator=annotator)


@pytest.mark.parametrize(
    ("qualification", "n_practice", "share", "refused"),
    [
        ("practising", 3, 0.8, PracticeFirst),
        ("practising", 0, 0.8, None),
        ("failed", 3, 0.8, NotQualified),
        ("failed", 3, 0.0, None),
        ("qualified", 3, 0.8, None),
    ],
)
def test_practice_comes_first_and_decides(
    corpus, annotator, qualification, n_practice, share, refused
):
    factories.clips(corpus, 1)
    campaign = factories.campaign(
        corpus, annotators=[annotator], n_practice=n_practice, practice_share=share
    )
    campaign.members.update(qualification=qualification)
    if refused is None:
        assert queue.claim_next(campaign=campaign, annotator=annotator)
        return
    with pytest.raises(refused):
        queue.claim_next(campaign=campaign, annotator=annotator)
    assert not Assignment.objects.exists()


def test_an_expired_lease_returns_to_the_queue(corpus, annotator):
    other = factories.member(corpus)
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[annotator, other], overlap=1)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    expire(held)
    [offered] = queue.claim_next(campaign=campaign, annotator=other)
    assert offered.clip_id == held.clip_id


def test_an_expired_clip_is_offered_again_to_whoever_let_it_expire(corpus, annotator):
    """With as many annotators as the overlap, a campaign could otherwise never be finished."""
    factories.clips(corpus, 2)
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=1)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    expire(held)
    leases.reap_expired(campaign_id=campaign.pk)
    offered = queue.claim_next(campaign=campaign, annotator=annotator, count=2)
    assert offered[0].public_id == held.public_id
    assert offered[0].expires_at > timezone.now()
    for assignment in offered:
        answer = submit(
            assignment_id=assignment.public_id,
            annotator=annotator,
            key=assignment.public_id,
            judgement=HAPPY,
        )
        assert answer.annotation.counted
    assert campaign.items.filter(done=1, leased=0, free=0).count() == 2


def test_a_returned_slot_behind_the_cursor_is_found(corpus, annotator):
    other = factories.member(corpus)
    clips = factories.clips(corpus, 4)
    campaign = factories.campaign(corpus, annotators=[annotator, other], overlap=1)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    queue.claim_next(campaign=campaign, annotator=other, count=2)
    leases.skip(public_id=held.public_id, annotator=annotator, reason="noise")
    third = queue.claim_next(campaign=campaign, annotator=other, count=3)[-1]
    assert third.clip.key == clips[0].key


def test_a_skipped_clip_does_not_come_back_to_the_same_person(corpus, annotator):
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=1)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    leases.skip(public_id=held.public_id, annotator=annotator, reason="noise")
    assert queue.claim_next(campaign=campaign, annotator=annotator) == []


def test_a_submitted_assignment_cannot_be_skipped(corpus, annotator):
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[annotator])
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    submit(assignment_id=held.public_id, annotator=annotator, key="k", judgement=HAPPY)
    with pytest.raises(AssignmentClosed, match="already done"):
        leases.skip(public_id=held.public_id, annotator=annotator, reason="noise")


def test_renewing_pushes_the_lease_out_and_leaves_other_peoples_alone(corpus, annotator):
    other = factories.member(corpus)
    factories.clips(corpus, 2)
    campaign = factories.campaign(corpus, annotators=[annotator, other])
    [mine] = queue.claim_next(campaign=campaign, annotator=annotator)
    [theirs] = queue.claim_next(campaign=campaign, annotator=other)
    expire(mine)
    renewed = leases.renew(annotator=annotator, public_ids=[mine.public_id, theirs.public_id])
    assert [a.pk for a in renewed] == [mine.pk]
    assert renewed[0].expires_at > timezone.now()


def priority(clip, value, arm="chosen"):
    return QueuePriority(
        clip_id=clip.pk, priority=value, score=value, probability=0.5, arm=arm, why="entropy"
    )


def test_a_round_puts_its_clips_first_and_says_why(corpus, annotator):
    clips = factories.clips(corpus, 5)
    campaign = factories.campaign(corpus, annotators=[annotator])
    rows = [priority(clips[4], 0.9), priority(clips[2], 0.7, "control")]
    assert set_priorities(campaign_id=campaign.pk, rows=rows, round_id="rnd_1") == 2
    campaign.refresh_from_db()
    offered = queue.claim_next(campaign=campaign, annotator=annotator, count=3)
    assert keys(offered) == [clips[4].key, clips[2].key, clips[0].key]
    item = Item.objects.get(campaign=campaign, clip=clips[2])
    assert (item.arm, item.why, item.probability) == ("control", "entropy", 0.5)


def test_a_later_round_replaces_an_earlier_one(corpus, annotator):
    clips = factories.clips(corpus, 4)
    campaign = factories.campaign(corpus, annotators=[annotator])
    set_priorities(campaign_id=campaign.pk, rows=[priority(clips[3], 0.9)], round_id="rnd_1")
    set_priorities(campaign_id=campaign.pk, rows=[priority(clips[2], 0.1)], round_id="rnd_2")
    campaign.refresh_from_db()
    offered = queue.claim_next(campaign=campaign, annotator=annotator, count=4)
    assert keys(offered) == [clips[i].key for i in (2, 0, 1, 3)]


def test_a_later_round_leaves_the_chance_with_which_a_clip_was_sampled(corpus, annotator):
    clips = factories.clips(corpus, 4)
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=2)
    first = [priority(clip, 1.0) for clip in clips[:2]]
    set_priorities(campaign_id=campaign.pk, rows=first, round_id="rnd_1")
    campaign.refresh_from_db()
    queue.claim_next(campaign=campaign, annotator=annotator, count=2)
    again = [replace(priority(clip, 1.0), probability=0.1) for clip in clips[1:3]]
    set_priorities(campaign_id=campaign.pk, rows=again, round_id="rnd_2")
    items = Item.objects.filter(campaign=campaign).order_by("clip__key")
    assert [item.probability for item in items] == [0.5, 0.5, 0.1, None]
    assert [item.round_id for item in items] == ["", "rnd_2", "rnd_2", ""]


def test_a_clip_that_no_round_sampled_gets_no_chance_afterwards(corpus, annotator):
    [clip] = factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=2)
    queue.claim_next(campaign=campaign, annotator=annotator)
    set_priorities(campaign_id=campaign.pk, rows=[priority(clip, 1.0)], round_id="rnd_1")
    item = Item.objects.get(campaign=campaign)
    assert (item.round_id, item.probability) == ("rnd_1", None)


def test_a_reranking_reaches_someone_whose_cursor_was_already_further(corpus, annotator):
    clips = factories.clips(corpus, 6)
    campaign = factories.campaign(corpus, annotators=[annotator])
    for held in queue.claim_next(campaign=campaign, annotator=annotator, count=3):
        submit(
            assignment_id=held.public_id, annotator=annotator, key=held.public_id, judgement=HAPPY
        )
    set_priorities(campaign_id=campaign.pk, rows=[priority(clips[5], 0.9)], round_id="rnd_1")
    campaign.refresh_from_db()
    [offered] = queue.claim_next(campaign=campaign, annotator=annotator)
    assert offered.clip.key == clips[5].key


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["next", "submit", "skip", "expire", "late"])),
    max_size=60,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, overlap=st.integers(1, 3))
def test_slots_add_up_whatever_people_do(db, steps, overlap):
    """Counters equal rows after any sequence of claims, answers, skips and expiries."""
    with transaction.atomic():
        corpus = factories.CorpusFactory()
        people = [factories.member(corpus) for _ in range(4)]
        factories.clips(corpus, 3)
        campaign = factories.campaign(corpus, annotators=people, overlap=overlap)
        for number, (who, action) in enumerate(steps):
            act(campaign, people[who], action, key=str(number))
        check_counters(campaign)
        transaction.set_rollback(True)


def act(campaign: Campaign, person, action: str, *, key: str) -> None:
    mine = Assignment.objects.filter(campaign=campaign, annotator=person)
    held = mine.filter(state="open").first()
    if action == "next":
        queue.claim_next(campaign=campaign, annotator=person)
    elif action == "late":
        late = mine.filter(state="expired").first()
        if late:
            submit(assignment_id=late.public_id, annotator=person, key=key, judgement=HAPPY)
    elif held and action == "submit":
        submit(assignment_id=held.public_id, annotator=person, key=key, judgement=HAPPY)
    elif held and action == "skip":
        leases.skip(public_id=held.public_id, annotator=person, reason="noise")
    elif held and action == "expire":
        expire(held)
        leases.reap_expired(campaign_id=campaign.pk)


def check_counters(campaign: Campaign) -> None:
    for item in campaign.items.all():
        counted = campaign.annotations.filter(
            clip=item.clip, counted=True, superseded_at=None
        ).count()
        leased = item.assignments.filter(state="open").count()
        assert (item.done, item.leased) == (counted, leased)
        assert item.free == item.needed - counted - leased >= 0


def test_next_takes_the_same_queries_however_long_the_history(
    corpus, annotator, django_assert_max_num_queries
):
    factories.clips(corpus, 40)
    campaign = factories.campaign(corpus, annotators=[annotator])
    while len(Assignment.objects.filter(state="done")) < 30:
        [held] = queue.claim_next(campaign=campaign, annotator=annotator)
        submit(
            assignment_id=held.public_id, annotator=annotator, key=held.public_id, judgement=HAPPY
        )
    with django_assert_max_num_queries(7):  # two of them begin and end the transaction
        [offered] = queue.claim_next(campaign=campaign, annotator=annotator)
    with django_assert_max_num_queries(9):
        submit(assignment_id=offered.public_id, annotator=annotator, key="k", judgement=HAPPY)
