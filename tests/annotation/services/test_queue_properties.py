"""Whatever people do, in whatever order: counters equal rows, and the rules of the queue hold."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Annotation, AnnotatorGroup, Assignment
from annotation.services import leases, planned, queue
from annotation.services.errors import CampaignNotOpen
from annotation.services.judgements import Judgement
from annotation.services.labelling import revise, submit
from annotation.services.priorities import QueuePriority, set_priorities
from tests import factories
from tests.annotation.services.test_queue_planned import with_gold

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY, SAD = Judgement(labels=[("HAP", 2)]), Judgement(labels=[("SAD", 1)])
PEOPLE, CLIPS, GOLD = 4, 9, 2


class Everyone:
    """A campaign with gold, repeats, a group and a cap, and what its people may do to it."""

    def __init__(self, overlap: int):
        corpus = factories.CorpusFactory()
        self.people = [factories.member(corpus) for _ in range(PEOPLE)]
        self.campaign = with_gold(
            corpus,
            n_clips=CLIPS,
            n_gold=GOLD,
            annotators=self.people,
            overlap=overlap,
            gold_share=0.3,
            repeat_share=0.3,
            seed=overlap,
        )
        group = AnnotatorGroup.objects.create(campaign=self.campaign, name="natives")
        members = self.campaign.members
        members.filter(user=self.people[0]).update(group=group)
        members.filter(user=self.people[1]).update(cap=3)
        first = self.campaign.items.order_by("pk").values_list("pk", flat=True)[:3]
        self.campaign.items.filter(pk__in=list(first)).update(group=group)
        self.late: Counter[int] = Counter()
        self.round = 0

    def mine(self, who: int, *states: str):
        return Assignment.objects.filter(annotator=self.people[who], state__in=states)

    def next(self, who: int, count: int) -> None:
        try:
            found = queue.claim_next(
                campaign=self.campaign, annotator=self.people[who], count=count
            )
        except CampaignNotOpen:
            return
        assert len({a.pk for a in found}) == len(found) <= count

    def answer(self, assignment: Assignment, who: int) -> None:
        sent = {"annotator": self.people[who], "key": assignment.public_id, "judgement": HAPPY}
        first = submit(assignment_id=assignment.public_id, **sent)
        again = submit(assignment_id=assignment.public_id, **sent)
        assert (first.created, again.created) == (True, False)
        assert first.annotation.pk == again.annotation.pk

    def submit(self, who: int, count: int) -> None:
        for assignment in self.mine(who, "open").order_by("pk")[:count]:
            self.answer(assignment, who)

    def submit_late(self, who: int, count: int) -> None:
        for assignment in self.mine(who, "expired").order_by("pk")[:count]:
            self.answer(assignment, who)
            self.late[who] += 1

    def skip(self, who: int, count: int) -> None:
        for assignment in self.mine(who, "open").order_by("pk")[:count]:
            leases.skip(public_id=assignment.public_id, annotator=self.people[who], reason="noise")

    def expire(self, who: int, count: int) -> None:
        past = timezone.now() - timedelta(seconds=1)
        self.mine(who, "open").update(expires_at=past)
        leases.reap_expired(campaign_id=self.campaign.pk)

    def revise(self, who: int, count: int) -> None:
        last = Annotation.objects.current().filter(annotator=self.people[who]).last()
        if last is not None:
            revise(
                annotation_id=last.public_id,
                annotator=self.people[who],
                key=f"revise-{last.public_id}",
                judgement=SAD,
            )

    def rank(self, who: int, count: int) -> None:
        self.round += 1
        clips = self.campaign.items.filter(needed__gt=0).order_by("?")
        rows = [
            QueuePriority(clip, 1.0, None, 0.5, "chosen", "entropy")
            for clip in clips.values_list("clip_id", flat=True)[:count]
        ]
        set_priorities(campaign_id=self.campaign.pk, rows=rows, round_id=f"rnd_{self.round}")

    def pause(self, who: int, count: int) -> None:
        state = "paused" if count == 1 else "open"
        type(self.campaign).objects.filter(pk=self.campaign.pk).update(state=state)


ACTIONS = ["next", "submit", "submit_late", "skip", "expire", "revise", "rank", "pause"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["next", "submit", *ACTIONS]),
        st.integers(0, PEOPLE - 1),
        st.integers(1, 4),
    ),
    max_size=70,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, overlap=st.integers(1, 3))
def test_the_rules_of_the_queue_hold_whatever_people_do(db, steps, overlap):
    with transaction.atomic(), patch.object(planned, "REPEAT_AFTER", 2):
        everyone = Everyone(overlap)
        for action, who, count in steps:
            getattr(everyone, action)(who, count)
        check_items(everyone)
        check_people(everyone)
        check_kinds(everyone)
        transaction.set_rollback(True)


def check_items(everyone: Everyone) -> None:
    """Counters equal rows, and no clip has more counted labels than were wanted."""
    for item in everyone.campaign.items.all():
        ordinary = item.assignments.filter(kind="normal")
        counted = Annotation.objects.counting().filter(assignment__in=ordinary).count()
        assert (item.done, item.leased) == (counted, ordinary.filter(state="open").count())
        assert item.free == item.needed - item.done - item.leased >= 0


def check_people(everyone: Everyone) -> None:
    """What each member's row says, their group and their cap."""
    for who, person in enumerate(everyone.people):
        member = everyone.campaign.members.get(user=person)
        mine = Assignment.objects.filter(annotator=person)
        done = mine.filter(state="done").count()
        assert (member.offered, member.done) == (mine.count(), done)
        assert not mine.exclude(Q(item__group=None) | Q(item__group=member.group_id)).exists()
        if member.cap is not None:
            open_ones = mine.filter(state="open").count()
            assert done + open_ones <= member.cap + everyone.late[who]


def check_kinds(everyone: Everyone) -> None:
    """Nobody a clip twice but a repeat of their own answer; gold and repeats never count."""
    assignments = Assignment.objects.filter(campaign=everyone.campaign)
    times = Counter(assignments.values_list("clip", "annotator", "kind"))
    assert all(n == 1 for n in times.values())
    assert not assignments.filter(kind="gold").exclude(item__needed=0).exists()
    assert not assignments.exclude(kind="gold").filter(item__needed=0).exists()
    for repeat in assignments.filter(kind="repeat"):
        first = assignments.get(item=repeat.item, annotator=repeat.annotator, kind="normal")
        assert first.state == "done"
    planned_ones = Annotation.objects.exclude(assignment__kind="normal")
    assert not planned_ones.filter(counted=True).exists()
    answers = Annotation.objects.current().filter(campaign=everyone.campaign)
    assert not answers.exclude(assignment__state="done").exists()
    assert not answers.exclude(clip=F("assignment__clip")).exists()
