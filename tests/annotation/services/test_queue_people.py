"""Items kept for some people, and how much one person may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation, AnnotatorGroup, Assignment, CampaignMember
from annotation.services import leases, queue
from annotation.services.judgements import Judgement
from annotation.services.labelling import submit
from annotation.services.members import set_members
from speecheq.errors import NotFound
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY = Judgement(labels=[("HAP", 2)])


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


def keys(assignments):
    return [a.clip.key for a in assignments]


def answer(assignment, person):
    return submit(
        assignment_id=assignment.public_id,
        annotator=person,
        key=assignment.public_id,
        judgement=HAPPY,
    )


def grouped(corpus, n_clips, *, of_group):
    """A campaign over `n_clips`, with one person in the group of the clips `of_group`, one not."""
    inside, outside = factories.member(corpus), factories.member(corpus)
    clips = factories.clips(corpus, n_clips)
    campaign = factories.campaign(corpus, annotators=[inside, outside])
    group = AnnotatorGroup.objects.create(campaign=campaign, name="natives")
    campaign.members.filter(user=inside).update(group=group)
    wanted = [clips[i].pk for i in of_group]
    campaign.items.filter(clip__in=wanted).update(group=group)
    return campaign, inside, outside, [clip.key for clip in clips]


def test_items_of_a_group_are_offered_to_its_people_only_and_in_order(corpus):
    campaign, inside, outside, clips = grouped(corpus, 5, of_group=[1, 4])
    theirs = queue.claim_next(campaign=campaign, annotator=outside, count=5)
    assert keys(theirs) == [clips[0], clips[2], clips[3]]
    mine = queue.claim_next(campaign=campaign, annotator=inside, count=5)
    assert keys(mine) == clips


def test_who_is_in_another_group_gets_what_is_for_everybody(corpus):
    campaign, inside, _, clips = grouped(corpus, 4, of_group=[0, 1])
    other = AnnotatorGroup.objects.create(campaign=campaign, name="others")
    campaign.members.filter(user=inside).update(group=other)
    assert keys(queue.claim_next(campaign=campaign, annotator=inside, count=4)) == clips[2:]


def test_many_items_of_others_are_never_walked_through(corpus, django_assert_max_num_queries):
    """A hundred items of a group stand before the one for everybody."""
    campaign, _, outside, clips = grouped(corpus, 101, of_group=range(100))
    with django_assert_max_num_queries(7):
        offered = queue.claim_next(campaign=campaign, annotator=outside)
    assert keys(offered) == clips[100:]


def test_a_slot_that_came_back_in_a_group_is_offered_to_its_people_only(corpus):
    campaign, inside, outside, clips = grouped(corpus, 6, of_group=[0])
    third = factories.member(corpus)
    group = campaign.groups.get()
    campaign.members.create(user=third, group=group)
    campaign.items.update(needed=1, free=1)
    [held] = queue.claim_next(campaign=campaign, annotator=inside)
    queue.claim_next(campaign=campaign, annotator=third, count=2)
    queue.claim_next(campaign=campaign, annotator=outside, count=1)
    leases.skip(public_id=held.public_id, annotator=inside, reason="noise")
    assert clips[0] not in keys(queue.claim_next(campaign=campaign, annotator=outside, count=2))
    assert clips[0] in keys(queue.claim_next(campaign=campaign, annotator=third, count=3))


def test_long_stretches_that_one_has_had_are_passed_once(corpus, django_assert_max_num_queries):
    """After a new order the queue is walked from its start, in growing steps, and only once."""
    person = factories.member(corpus)
    clips = factories.clips(corpus, 120)
    campaign = factories.campaign(corpus, annotators=[person])
    for item in campaign.items.exclude(clip=clips[-1]):
        Assignment.objects.create(
            campaign=campaign,
            item=item,
            clip=item.clip,
            annotator=person,
            state="done",
            expires_at=item.clip.created_at,
        )
    [offered] = queue.claim_next(campaign=campaign, annotator=person)
    assert offered.clip_id == clips[-1].pk
    answer(offered, person)
    with django_assert_max_num_queries(4):
        assert queue.claim_next(campaign=campaign, annotator=person) == []


def test_what_came_back_is_found_behind_much_that_one_has_had(corpus):
    """Forty came back that this person skipped, and one that they never heard."""
    person, other = factories.member(corpus), factories.member(corpus)
    factories.clips(corpus, 41)
    campaign = factories.campaign(corpus, annotators=[person, other], overlap=1)
    last = campaign.items.order_by("rank").last()
    held = Assignment.objects.create(
        campaign=campaign,
        item=last,
        clip=last.clip,
        annotator=other,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    campaign.items.filter(pk=last.pk).update(free=0, leased=1)
    while offered := queue.claim_next(campaign=campaign, annotator=person, count=5):
        for each in offered:
            leases.skip(public_id=each.public_id, annotator=person, reason="noise")
    leases.skip(public_id=held.public_id, annotator=other, reason="noise")
    [found] = queue.claim_next(campaign=campaign, annotator=person)
    assert found.item_id == last.pk


@pytest.mark.parametrize(
    ("of_campaign", "of_member", "most"), [(2, None, 2), (5, 1, 1), (1, 3, 3), (None, 2, 2)]
)
def test_a_cap_ends_the_work_of_one_person_and_says_so(corpus, of_campaign, of_member, most):
    person = factories.member(corpus)
    factories.clips(corpus, 6)
    campaign = factories.campaign(corpus, annotators=[person], cap=of_campaign)
    campaign.members.update(cap=of_member)
    answered = 0
    while offered := queue.claim_next(campaign=campaign, annotator=person, count=2):
        for each in offered:
            answer(each, person)
            answered += 1
    assert answered == most
    ended = queue.offer_next(campaign_id=campaign.public_id, annotator=person)
    assert (ended.assignments, ended.reason) == ([], "cap_reached")


def test_what_is_held_counts_towards_the_cap_until_it_is_given_back(corpus):
    person = factories.member(corpus)
    factories.clips(corpus, 6)
    campaign = factories.campaign(corpus, annotators=[person], cap=2)
    held = queue.claim_next(campaign=campaign, annotator=person, count=5)
    assert len(held) == 2
    leases.skip(public_id=held[0].public_id, annotator=person, reason="noise")
    assert len(queue.claim_next(campaign=campaign, annotator=person, count=5)) == 2


def test_the_member_counts_what_was_offered_and_what_was_done(corpus):
    person = factories.member(corpus)
    factories.clips(corpus, 6)
    campaign = factories.campaign(corpus, annotators=[person])
    first, second, third = queue.claim_next(campaign=campaign, annotator=person, count=3)
    answer(first, person)
    answer(first, person)  # sent again
    leases.skip(public_id=second.public_id, annotator=person, reason="noise")
    Assignment.objects.filter(pk=third.pk).update(expires_at=third.clip.created_at)
    leases.reap_expired()
    [again] = queue.claim_next(campaign=campaign, annotator=person)
    assert again.pk == third.pk
    member = campaign.members.get()
    assert (member.offered, member.done) == (3, 1)
    assert [a.ordinal for a in Assignment.objects.order_by("pk")] == [1, 2, 3]


def test_what_is_held_may_be_answered_on_a_paused_and_on_a_closed_campaign(corpus):
    person = factories.member(corpus)
    factories.clips(corpus, 2)
    campaign = factories.campaign(corpus, annotators=[person])
    held = queue.claim_next(campaign=campaign, annotator=person, count=2)
    for state, assignment in zip(("paused", "closed"), held, strict=True):
        type(campaign).objects.update(state=state)
        assert answer(assignment, person).counted
    assert Annotation.objects.counting().count() == 2


def test_someone_made_a_member_again_goes_on_where_they_were(corpus):
    person, boss = factories.member(corpus), factories.member(corpus, "data_manager")
    factories.clips(corpus, 3)
    campaign = factories.campaign(corpus, annotators=[person])
    [held] = queue.claim_next(campaign=campaign, annotator=person)
    answer(held, person)
    set_members(campaign, [], by=boss)
    set_members(campaign, [person.username], by=boss)
    member = CampaignMember.objects.get(campaign=campaign)
    assert (member.offered, member.done) == (1, 1)


@pytest.fixture
def left_and_back(corpus, django_capture_on_commit_callbacks):
    """Somebody who is removed and added again; returns (campaign, person, remove, add)."""

    def give(*names):
        with django_capture_on_commit_callbacks(execute=True):
            set_members(campaign, names, by=boss)

    person, boss = factories.member(corpus), factories.member(corpus, "data_manager")
    factories.clips(corpus, 3)
    campaign = factories.campaign(corpus, annotators=[person])
    return (
        campaign,
        person,
        give,
        lambda: give(person.username),
    )


def test_someone_made_a_member_again_keeps_cap_and_qualification(left_and_back):
    campaign, _, remove, add = left_and_back
    now = timezone.now()
    campaign.members.update(cap=7, qualification="qualified", qualified_at=now)
    remove()
    add()
    member = campaign.members.get()
    assert (member.cap, member.qualification, member.qualified_at) == (7, "qualified", now)


def test_who_was_removed_gives_back_what_they_hold(left_and_back):
    campaign, person, remove, _ = left_and_back
    held = queue.claim_next(campaign=campaign, annotator=person, count=2)
    remove()
    assert not Assignment.objects.open().exists()
    assert list(campaign.items.values_list("free", "leased").distinct()) == [(3, 0)]
    assert not leases.renew(annotator=person, public_ids=[each.public_id for each in held])


def test_who_was_removed_is_offered_nothing_and_sees_no_campaign(left_and_back):
    campaign, person, remove, _ = left_and_back
    remove()
    with pytest.raises(NotFound):
        queue.claim_next(campaign=campaign, annotator=person)
    assert not type(campaign).objects.labelled_by(person).exists()
    assert not campaign.members.exists()


def test_what_was_labelled_before_one_was_removed_is_not_lost(left_and_back):
    campaign, person, remove, _ = left_and_back
    [held] = queue.claim_next(campaign=campaign, annotator=person)
    remove()
    assert answer(held, person).counted
    assert CampaignMember.ever.get().done == 1


def test_someone_made_a_member_again_is_offered_what_they_held(left_and_back):
    campaign, person, remove, add = left_and_back
    held = queue.claim_next(campaign=campaign, annotator=person, count=3)
    remove()
    add()
    again = queue.claim_next(campaign=campaign, annotator=person, count=3)
    assert sorted(keys(again)) == sorted(keys(held))


def test_a_claim_under_way_while_one_is_removed_gives_nothing(left_and_back, monkeypatch):
    campaign, person, remove, _ = left_and_back
    look = queue.look

    def look_and_be_removed(desk):
        found = look(desk)
        remove()
        return found

    monkeypatch.setattr(queue, "look", look_and_be_removed)
    with pytest.raises(NotFound):
        queue.claim_next(campaign=campaign, annotator=person)
    assert not Assignment.objects.exists()
