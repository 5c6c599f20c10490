"""The demo's second campaign shows what a first one leaves out."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.demo import in_depth
from annotation.models import Clip
from annotation.models.reference import Purpose
from annotation.services import queue
from annotation.services.errors import PracticeFirst
from tests.factories import ClipFactory, CorpusFactory, SpeakerFactory, UserFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LABELS = [("NEU", 0), ("HAP", 2), ("ANG", 3), ("SAD", 1)]


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


@pytest.fixture
def corpus():
    corpus = CorpusFactory()
    for name in ("annotator1", "annotator2", "annotator3"):
        member(corpus, username=name)
    return corpus


def fill(corpus, n, *, intended):
    speaker = SpeakerFactory(corpus=corpus)
    for i in range(n):
        esc, eis = LABELS[i % 4] if intended else ("", None)
        ClipFactory(speaker=speaker, intended_esc=esc, intended_eis=eis)


def test_it_has_practice_gold_and_an_anchor_for_each_label(corpus, admin):
    fill(corpus, 40, intended=True)
    campaign = in_depth.ensure(corpus, by=admin, seed=1)
    purposes = Counter(campaign.references.values_list("purpose", flat=True))
    assert purposes == {Purpose.ANCHOR: 4, Purpose.PRACTICE: 4, Purpose.GOLD: 6}
    assert campaign.items.filter(needed__gt=0).count() == 20
    asked = set(campaign.items.filter(needed__gt=0).values_list("clip_id", flat=True))
    assert asked.isdisjoint(campaign.references.values_list("clip_id", flat=True))


def test_a_visitor_practises_before_labelling(corpus, admin):
    fill(corpus, 40, intended=True)
    campaign = in_depth.ensure(corpus, by=admin, seed=1)
    visitor = campaign.members.get(user__username="annotator1").user
    with pytest.raises(PracticeFirst):
        queue.claim_next(campaign=campaign, annotator=visitor)


def test_a_corpus_without_known_labels_is_labelled_at_once(corpus, admin):
    fill(corpus, 8, intended=False)
    campaign = in_depth.ensure(corpus, by=admin, seed=1)
    visitor = campaign.members.get(user__username="annotator1").user
    assert campaign.references.count() == 0
    assert len(queue.claim_next(campaign=campaign, annotator=visitor)) == 1


def test_it_is_made_once(corpus, admin):
    fill(corpus, 12, intended=True)
    first = in_depth.ensure(corpus, by=admin, seed=1)
    assert in_depth.ensure(corpus, by=admin, seed=1) == first
    assert Clip.objects.filter(items__campaign=first).exists()
