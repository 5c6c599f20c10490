"""How far a campaign is: exact for its staff, and telling annotators nothing of gold."""

from __future__ import annotations

import pytest

from annotation.models import Annotation
from annotation.services import queue
from annotation.services.progress import progress
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
    assert {each["needed"] for each in seen} == {round(52 * 3 / 0.5)}
    assert {each["extras"] for each in seen} == {0}
    assert seen[-1]["by_annotator"] == [
        {"username": person.username, "simulated": False, "done": 25}
    ]


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
