"""Many people at the end of a campaign at once, with real threads and connections."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from annotation.models import Annotation, Assignment
from annotation.services import labelling, leases, offers, priorities, queue
from annotation.services.judgements import Judgement
from annotation.services.priorities import QueuePriority, set_priorities
from tests import factories
from tests.support.processes import PATIENCE_S

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]

THREADS = 20
HAPPY = Judgement(labels=[("HAP", 2)])


def at_once(function, arguments):
    """Run `function` once per argument, all starting together; results in order."""
    barrier = threading.Barrier(len(arguments))

    def run(argument):
        try:
            barrier.wait(timeout=PATIENCE_S)
            return function(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))


def test_twenty_annotators_on_the_last_ten_clips_never_exceed_the_overlap():
    corpus = factories.CorpusFactory()
    people = [factories.member(corpus) for _ in range(THREADS)]
    factories.clips(corpus, 10)
    campaign = factories.campaign(corpus, annotators=people, overlap=3)

    def label_until_empty(person):
        answered = 0
        while offered := queue.claim_next(campaign=campaign, annotator=person, count=2):
            for assignment in offered:
                labelling.submit(
                    assignment_id=assignment.public_id,
                    annotator=person,
                    key=assignment.public_id,
                    judgement=HAPPY,
                )
                answered += 1
        return answered

    answered = at_once(label_until_empty, people)

    assert sum(answered) == 30
    assert {(i.done, i.leased, i.free) for i in campaign.items.all()} == {(3, 0, 0)}
    votes = Counter(Annotation.objects.filter(counted=True).values_list("clip", flat=True))
    assert set(votes.values()) == {3}
    pairs = Annotation.objects.values_list("clip", "annotator")
    assert len(set(pairs)) == len(pairs) == 30


def test_one_request_sent_many_times_at_once_is_one_row_and_one_answer():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[person])
    [held] = queue.claim_next(campaign=campaign, annotator=person)

    def send(_):
        return labelling.submit(
            assignment_id=held.public_id, annotator=person, key="one", judgement=HAPPY
        )

    answers = at_once(send, range(8))

    assert sum(a.created for a in answers) == 1
    assert len({a.annotation.pk for a in answers}) == 1
    assert Annotation.objects.count() == 1
    assert campaign.items.get().done == 1


def test_one_person_in_many_tabs_never_holds_a_clip_twice():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 10)
    campaign = factories.campaign(corpus, annotators=[person])
    at_once(lambda _: queue.claim_next(campaign=campaign, annotator=person, count=3), range(6))
    held = Assignment.objects.values_list("item", flat=True)
    assert len(set(held)) == len(held)
    assert sum(i.leased for i in campaign.items.all()) == len(held)


def test_a_late_answer_and_the_same_clip_offered_again_meet_without_harm(monkeypatch):
    """The answer is sent while `next`, in another tab, gives its lapsed assignment out again."""
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[person])
    [held] = queue.claim_next(campaign=campaign, annotator=person)
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    leases.reap_expired()
    check_cap = offers._check_cap

    def answer():
        try:
            return labelling.submit(
                assignment_id=held.public_id, annotator=person, key="late", judgement=HAPPY
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answers = []

        def answer_before_the_commit(*args):
            answers.append(pool.submit(answer))
            wait(answers, timeout=1)  # until it stands before the first row that is locked
            return check_cap(*args)

        monkeypatch.setattr(offers, "_check_cap", answer_before_the_commit)
        queue.claim_next(campaign=campaign, annotator=person)
        [late] = answers

    assert late.result().annotation.counted
    item = campaign.items.get()
    assert (item.done, item.leased, item.free) == (1, 0, 2)


def test_fifty_annotators_on_the_last_ten_clips_while_leases_run_out_and_answers_come_twice():
    """The end of a campaign, all at once: nothing lost, nothing doubled, nothing beyond overlap."""
    corpus = factories.CorpusFactory()
    people = [factories.member(corpus) for _ in range(50)]
    factories.clips(corpus, 10)
    campaign = factories.campaign(corpus, annotators=people, overlap=3)
    by_name = {person.pk: number for number, person in enumerate(people)}

    def answer_twice(assignment, person):
        sent = {
            "assignment_id": assignment.public_id,
            "annotator": person,
            "key": assignment.public_id,
            "judgement": HAPPY,
        }
        first, again = labelling.submit(**sent), labelling.submit(**sent)
        assert first.annotation.pk == again.annotation.pk

    def label_until_empty(person):
        lets_lapse = by_name[person.pk] % 3 == 0
        while offered := queue.claim_next(campaign=campaign, annotator=person, count=2):
            if lets_lapse:
                lets_lapse = False
                held = Assignment.objects.filter(pk__in=[a.pk for a in offered], state="open")
                held.update(expires_at=timezone.now() - timedelta(seconds=1))
                leases.reap_expired()
            for assignment in offered:
                answer_twice(assignment, person)

    at_once(label_until_empty, people)

    assert {(i.done, i.leased, i.free) for i in campaign.items.all()} == {(3, 0, 0)}
    votes = Counter(Annotation.objects.counting().values_list("clip", flat=True))
    assert set(votes.values()) == {3}
    pairs = Annotation.objects.values_list("clip", "annotator")
    assert len(set(pairs)) == len(pairs)
    assert not Assignment.objects.filter(state="open").exists()
    for member in campaign.members.all():
        mine = Assignment.objects.filter(annotator=member.user_id)
        assert (member.offered, member.done) == (mine.count(), mine.filter(state="done").count())


def test_a_cap_holds_in_many_tabs_at_once():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 30)
    campaign = factories.campaign(corpus, annotators=[person], cap=3)
    found = at_once(
        lambda _: queue.claim_next(campaign=campaign, annotator=person, count=5), range(8)
    )
    assert all(0 < len(each) <= 3 for each in found)
    assert Assignment.objects.count() == campaign.members.get().offered == 3


def test_people_label_and_give_back_while_a_model_reorders_and_each_hears_every_clip(monkeypatch):
    monkeypatch.setattr(priorities, "BATCH", 7)
    corpus = factories.CorpusFactory()
    people = [factories.member(corpus) for _ in range(4)]
    clips = [clip.pk for clip in factories.clips(corpus, 40)]
    campaign = factories.campaign(corpus, annotators=people, overlap=4)
    left = set(people)

    def label_until_empty(person):
        try:
            lets_lapse = False
            while offered := queue.claim_next(campaign=campaign, annotator=person, count=3):
                lets_lapse = not lets_lapse
                if lets_lapse:
                    held = Assignment.objects.filter(pk=offered[0].pk)
                    held.update(expires_at=timezone.now() - timedelta(seconds=1))
                    leases.reap_expired()
                for assignment in offered[1:]:
                    labelling.submit(
                        assignment_id=assignment.public_id,
                        annotator=person,
                        key=assignment.public_id,
                        judgement=HAPPY,
                    )
                if len(offered) == 1 and not lets_lapse:
                    leases.skip(public_id=offered[0].public_id, annotator=person, reason="noise")
        finally:
            left.discard(person)

    def reorder(rng):
        while left:
            some = rng.sample(clips, rng.randint(1, 40))
            rows = [QueuePriority(clip, rng.random(), None, 0.5, "chosen", "x") for clip in some]
            set_priorities(campaign_id=campaign.pk, rows=rows, round_id=f"rnd_{rng.random()}")

    work = [partial(label_until_empty, person) for person in people]
    at_once(lambda job: job(), [*work, *(partial(reorder, Random(seed)) for seed in range(2))])

    for person in people:
        mine = Assignment.objects.filter(annotator=person)
        assert mine.exclude(state__in=["done", "skipped"]).count() == 0
        assert set(mine.values_list("clip", flat=True)) == set(clips)
    assert all(i.free == i.needed - i.done for i in campaign.items.all())
