"""How far a campaign is: exact for its staff, and telling annotators nothing of gold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment
from annotation.services import queue
from annotation.services.progress import overviews, progress
from tests import factories
from tests.annotation.services.test_queue_planned import answer, label_all, with_gold

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_each_answer_moves_what_an_annotator_sees_alike():
    corpus = factories.CorpusFactory()
    person, other = (factories.member(corpus) for _ in range(2))
    campaign = with_gold(
        corpus,
        n_clips=60,
        n_gold=8,
        annotators=[person, other],
        gold_share=0.15,
        repeat_share=0.35,
    )
    seen, kinds = [progress(campaign, only=person)], set()
    for number in range(50):
        [held] = queue.claim_next(campaign=campaign, annotator=(person, other)[number % 2])
        answer(held, (person, other)[number % 2])
        kinds.add(held.kind)
        seen.append(progress(campaign, only=person))
    assert kinds == {"normal", "gold", "repeat"}
    assert [each["done"] for each in seen] == list(range(51))
    assert {(each["items"], each["needed"]) for each in seen} == {(52 / 0.5, 52 * 3 / 0.5)}
    assert {each["extras"] for each in seen} == {0}
    assert seen[-1]["by_annotator"] == [
        {"username": person.username, "simulated": False, "done": 25}
    ]


@pytest.mark.parametrize("share", [0.0, 0.07, 0.15, 0.4])
def test_the_clips_and_labels_that_an_annotator_is_told_do_not_give_the_share_away(share):
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(corpus, n_clips=40, n_gold=3, annotators=[person], gold_share=share)
    seen = progress(campaign, only=person)
    assert seen["items"] == round(37 / (1 - share))
    assert seen["needed"] == campaign.overlap * seen["items"]


def hours_left(seen):
    """From now to the end that is told, in hours."""
    return (datetime.fromisoformat(seen["eta"]) - timezone.now()) / timedelta(hours=1)


def test_the_end_that_an_annotator_is_told_moves_alike_with_every_kind_of_answer():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(
        corpus, n_clips=60, n_gold=8, annotators=[person], gold_share=0.15, repeat_share=0.35
    )
    kinds = set()
    for n in range(1, 51):
        [held] = queue.claim_next(campaign=campaign, annotator=person)
        answer(held, person)
        kinds.add(held.kind)
        seen = progress(campaign, only=person)
        assert hours_left(seen) == pytest.approx((seen["needed"] - n) / n, abs=0.01)
    assert kinds == {"normal", "gold", "repeat"}


def test_the_end_that_staff_are_told_is_of_the_ordinary_clips():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(corpus, n_clips=20, n_gold=5, annotators=[person], gold_share=0.5)
    label_all(campaign, person)
    assert hours_left(progress(campaign)) == pytest.approx((45 - 15) / 15, abs=0.01)


def test_work_goes_on_until_all_one_holds_is_answered_whichever_of_them_checks():
    """Else the end of the ordinary clips would tell that what is left is gold."""
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(
        corpus, n_clips=4, n_gold=2, annotators=[person], gold_share=0.9, overlap=1
    )
    for count in (1, 2, 3, 4):
        held = queue.claim_next(campaign=campaign, annotator=person, count=count)
    assert Counter(each.kind for each in held) == {"normal": 2, "gold": 2}
    told = []
    for each in sorted(held, key=lambda each: each.kind, reverse=True):  # gold last
        answer(each, person)
        [seen] = overviews([campaign], person)
        told.append((seen.goes_on, progress(campaign, only=person)["eta"] is not None))
    assert told == [(True, True), (True, True), (True, True), (False, False)]


def test_gold_that_ran_out_is_work_as_long_as_it_is_offered_again():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(corpus, n_clips=3, n_gold=1, annotators=[person], gold_share=0.9)
    held = queue.claim_next(campaign=campaign, annotator=person, count=2)
    assert {each.kind for each in held} == {"normal", "gold"}
    [gold] = [each for each in held if each.kind == "gold"]
    campaign.items.filter(needed__gt=0).update(done=3, leased=0, free=0)
    Assignment.objects.exclude(pk=gold.pk).update(state="done")
    Assignment.objects.filter(pk=gold.pk).update(state="expired")
    assert [seen.goes_on for seen in overviews([campaign], person)] == [True]
    assert queue.claim_next(campaign=campaign, annotator=person)[0].pk == gold.pk


def test_many_campaigns_cost_no_more_queries_than_one(django_assert_max_num_queries):
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 3)
    campaigns = [
        factories.campaign(corpus, annotators=[person], name=f"c{i}", gold_share=0.2)
        for i in range(5)
    ]
    with django_assert_max_num_queries(4):
        seen = overviews(campaigns, person)
    assert [each.totals.needed for each in seen] == [12] * 5


def test_staff_see_what_is_needed_and_done_without_gold_and_repeats():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(
        corpus, n_clips=40, n_gold=6, annotators=[person], gold_share=0.2, repeat_share=0.2
    )
    offered = label_all(campaign, person)
    whole = progress(campaign)
    assert (whole["items"], whole["needed"], whole["done"]) == (34, 102, 34)
    assert (whole["skipped"], whole["extras"]) == (0, 0)
    assert [row["done"] for row in whole["by_annotator"]] == [len(offered)]


def test_who_is_no_member_any_more_stays_in_what_staff_see():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 2)
    campaign = factories.campaign(corpus, annotators=[person])
    label_all(campaign, person)
    campaign.members.all().delete()
    assert [row["done"] for row in progress(campaign)["by_annotator"]] == [2]


def test_late_answers_on_full_clips_are_extras_and_answers_on_gold_are_not():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    campaign = with_gold(corpus, n_clips=5, n_gold=2, annotators=[person], gold_share=0.9)
    label_all(campaign, person)
    assert Annotation.objects.filter(counted=False).count() == 2
    assert progress(campaign)["extras"] == 0
    Annotation.objects.filter(counted=True).update(counted=False)
    assert progress(campaign)["extras"] == 3
