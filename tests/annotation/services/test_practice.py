"""Practice: in order, with an answer after each, and a verdict at the end."""

from __future__ import annotations

import pytest

from annotation.models import Campaign, Clip, PracticeAnswer
from annotation.models.member import Qualification
from annotation.services import practice, qualification
from annotation.services.errors import (
    BadLabels,
    CampaignNotOpen,
    NotInCampaign,
    PracticeOrder,
)
from speecheq.errors import Conflict, Forbidden, NotFound
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KNOWN = ["HAP", "SAD", "ANG"]
RIGHT = [(esc, 2) for esc in KNOWN]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 6)
    return corpus


@pytest.fixture
def campaign(corpus, annotator):
    made = factories.campaign(corpus, annotators=[annotator], practice_share=0.6)
    for clip, esc in zip(corpus.clips.order_by("key"), KNOWN, strict=False):
        factories.reference(made, clip, "practice", esc, feedback=f"{esc} is in the pitch")
    return made


@pytest.fixture
def member(campaign, annotator):
    return practice.member_of(campaign, annotator)


def answer(member, *labels, attempt=0):
    """Answer what comes next, one label after the other."""
    for label in labels:
        now = practice.standing(member)
        practice.answer_clip(
            member,
            reference_id=now.following.public_id,
            attempt=attempt or now.attempt,
            labels=[label],
        )
    return practice.standing(member)


def test_it_begins_with_the_first_clip_and_three_attempts(member):
    now = practice.standing(member)
    assert (now.attempt, now.tries_left, now.right, now.before) == (1, 3, 0, None)
    assert now.following == now.clips[0]
    assert practice.is_due(member)


def test_clips_come_in_the_managers_order(campaign, member):
    first, second, third = practice.practice_clips(campaign)
    type(first).objects.filter(pk=third.pk).update(place=0)
    type(first).objects.filter(pk=first.pk).update(place=9)
    assert [each.pk for each in practice.standing(member).clips] == [third.pk, second.pk, first.pk]


def test_enough_right_qualifies(member):
    now = answer(member, RIGHT[0], RIGHT[1], ("HAP", 1))
    assert (now.state, now.following, now.tries_left) == (Qualification.QUALIFIED, None, 0)
    assert now.before == practice.Result(attempt=1, right=2, total=3)
    assert member.qualified_at is not None
    assert not practice.is_due(member)


def test_too_few_right_is_another_attempt_from_the_start(member):
    now = answer(member, RIGHT[0], ("HAP", 1), ("HAP", 1))
    assert (now.state, now.attempt, now.tries_left) == (Qualification.PRACTISING, 2, 2)
    assert (now.answers, now.before) == ([], practice.Result(1, 1, 3))
    assert now.following == now.clips[0]
    assert answer(member, *RIGHT).state == Qualification.QUALIFIED


def test_the_third_attempt_is_the_last(member):
    for _ in range(3):
        now = answer(member, *[("UNK", None)] * 3)
    assert (now.state, now.following, now.tries_left) == (Qualification.FAILED, None, 0)
    reference = now.clips[0].public_id
    with pytest.raises(PracticeOrder, match="failed"):
        practice.answer_clip(member, reference_id=reference, attempt=4, labels=[("HAP", 2)])


def test_a_manager_gives_three_more_attempts(corpus, campaign, annotator, member):
    boss = factories.member(corpus, Role.DATA_MANAGER)
    with pytest.raises(Conflict, match="practising"):
        qualification.let_try_again(campaign, annotator.username, by=boss)
    for _ in range(3):
        answer(member, *[("UNK", None)] * 3)
    qualification.let_try_again(campaign, annotator.username, by=boss)
    member.refresh_from_db()
    now = practice.standing(member)
    assert (now.state, now.attempt, now.tries_left) == (Qualification.PRACTISING, 4, 3)
    for _ in range(3):
        now = answer(member, *[("UNK", None)] * 3)
    assert now.state == Qualification.FAILED


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.RESEARCHER])
def test_only_a_data_manager_gives_more_attempts(corpus, campaign, annotator, role):
    with pytest.raises(Forbidden):
        qualification.let_try_again(campaign, annotator.username, by=factories.member(corpus, role))


def test_without_a_share_everybody_goes_through(campaign, member):
    Campaign.objects.filter(pk=campaign.pk).update(practice_share=0)
    campaign.refresh_from_db()
    assert answer(member, *[("UNK", None)] * 3).state == Qualification.QUALIFIED


@pytest.mark.parametrize(
    ("share", "right", "state"), [(2 / 3, 2, "qualified"), (0.7, 2, "practising")]
)
def test_a_share_is_met_exactly(campaign, member, share, right, state):
    Campaign.objects.filter(pk=campaign.pk).update(practice_share=share)
    campaign.refresh_from_db()
    wrong = [("UNK", None)] * (3 - right)
    assert answer(member, *RIGHT[:right], *wrong).state == state


def test_the_category_decides_and_not_how_strong_it_is(member):
    answer(member, ("HAP", 3))
    assert PracticeAnswer.objects.get().correct


def test_with_several_emotions_all_that_are_heard_must_be_known():
    known = [{"esc": "ANG", "eis": 2}, {"esc": "SAD", "eis": 1}, {"esc": "HAP", "eis": 0}]
    same = [{"esc": "SAD", "eis": 3}, {"esc": "ANG", "eis": 1}, {"esc": "FEA", "eis": 0}]
    assert practice.is_right(same, known, "multi")
    assert not practice.is_right(same[:1], known, "multi")
    assert not practice.is_right([*same, {"esc": "SUR", "eis": 1}], known, "multi")


def test_the_same_answer_again_is_the_same_answer(member):
    first = practice.standing(member).following.public_id
    sent = {"reference_id": first, "attempt": 1, "labels": [("HAP", 2)]}
    made, created = practice.answer_clip(member, **sent)
    again, created_again = practice.answer_clip(member, **sent)
    assert (made, created, created_again) == (again, True, False)
    with pytest.raises(PracticeOrder, match="answered already"):
        practice.answer_clip(member, **{**sent, "labels": [("SAD", 2)]})
    assert PracticeAnswer.objects.count() == 1


def test_the_last_answer_sent_twice_begins_no_second_attempt(member):
    answer(member, ("UNK", None), ("UNK", None))
    last = practice.standing(member).following.public_id
    sent = {"reference_id": last, "attempt": 1, "labels": [("UNK", None)]}
    for _ in range(2):
        practice.answer_clip(member, **sent)
    assert practice.standing(member).answers == []
    assert PracticeAnswer.objects.count() == 3


def test_clips_are_answered_in_their_order_and_attempt(campaign, member):
    _first, second, _third = practice.practice_clips(campaign)
    with pytest.raises(PracticeOrder, match="comes first"):
        practice.answer_clip(member, reference_id=second.public_id, attempt=1, labels=[("HAP", 2)])
    with pytest.raises(PracticeOrder, match="Attempt 1 is under way, not 2"):
        answer(member, ("HAP", 2), attempt=2)
    assert not PracticeAnswer.objects.exists()


@pytest.mark.parametrize("label", [("JOY", 2), ("HAP", 7), ("NEU", 2), ("HAP", None)])
def test_labels_that_the_scheme_does_not_offer_are_refused(member, label):
    with pytest.raises(BadLabels):
        answer(member, label)
    assert not PracticeAnswer.objects.exists()


def test_gold_and_anchors_are_no_practice(corpus, campaign, member):
    spare = corpus.clips.order_by("key")[4:]
    for clip, purpose in zip(spare, ["gold", "anchor"], strict=True):
        made = factories.reference(campaign, clip, purpose)
        with pytest.raises(NotFound):
            practice.answer_clip(
                member, reference_id=made.public_id, attempt=1, labels=[("HAP", 2)]
            )
    assert len(practice.standing(member).clips) == 3


def test_a_clip_taken_off_the_list_does_not_hold_anybody_up(campaign, member):
    answer(member, RIGHT[0])
    practice.practice_clips(campaign)[1].delete()
    assert answer(member, RIGHT[2]).state == Qualification.QUALIFIED


def test_practice_needs_membership_and_an_open_campaign(corpus, campaign, annotator):
    with pytest.raises(NotInCampaign):
        practice.member_of(campaign, factories.member(corpus))
    campaign.state = "paused"
    with pytest.raises(CampaignNotOpen, match="paused"):
        practice.member_of(campaign, annotator)


def test_practice_and_examples_are_heard_by_members_and_gold_is_not(corpus, campaign, annotator):
    clips = corpus.clips.order_by("key")
    factories.reference(campaign, clips[4], "anchor")
    factories.reference(campaign, clips[5], "gold")
    heard = Clip.objects.audible_to(annotator).order_by("key")
    assert [clip.key for clip in heard] == [clips[i].key for i in (0, 1, 2, 4)]
    assert not Clip.objects.audible_to(factories.member(corpus)).exists()


def test_who_left_the_corpus_hears_no_more(corpus, campaign, annotator):
    annotator.memberships.all().delete()
    assert not Clip.objects.audible_to(annotator).exists()
