"""Answers to what this process has offered are stored without reading it again, and as exactly."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation, Assignment, Campaign, Membership
from annotation.services import labelling, leases, offered, queue
from annotation.services.errors import (
    AssignmentClosed,
    AssignmentUnknown,
    BadLabels,
    KeyReused,
    NotHeard,
    SchemeChanged,
)
from annotation.services.judgements import Judgement
from speecheq.models import Outbox
from tests import factories
from tests.annotation.services.test_queue import expire

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def campaign(corpus, annotator) -> Campaign:
    """One whose scheme this process has read: somebody has answered in it."""
    made = factories.campaign(corpus, annotators=[annotator])
    give(offer(made, annotator), key="first")
    return made


@pytest.fixture
def held(campaign, annotator) -> Assignment:
    return offer(campaign, annotator)


def offer(campaign: Campaign, annotator: Any) -> Assignment:
    [made] = queue.claim_next(campaign=campaign, annotator=annotator)
    made.annotator = annotator
    return made


def give(held: Assignment, *, key: str = "k", by: Any = None, **judgement: Any) -> labelling.Answer:
    return labelling.submit(
        assignment_id=held.public_id,
        annotator=by or held.annotator,
        key=key,
        scheme=judgement.pop("scheme", ""),
        judgement=Judgement(**{"labels": [("HAP", 2)], **judgement}),
    )


def reads(captured: CaptureQueriesContext) -> int:
    return sum(query["sql"].lstrip().startswith("SELECT") for query in captured)


def test_what_was_offered_is_answered_without_reading_it_again(held):
    with CaptureQueriesContext(connection) as captured:
        answer = give(held)
    assert reads(captured) == 0
    assert answer.created and answer.counted
    assert Annotation.objects.get(pk=answer.annotation.pk).assignment.state == "done"


def test_the_answer_is_the_same_as_where_it_was_read(campaign, annotator):
    quick = give(offer(campaign, annotator), key="quick", confidence=0.5, flags=["noise"])
    one = offer(campaign, annotator)
    offered.recall(one.public_id, annotator)
    slow = give(one, key="slow", confidence=0.5, flags=["noise"])
    own = {"id", "public_id", "assignment_id", "clip_id", "idempotency_key", "created_at"}

    def stored(answer: labelling.Answer) -> tuple[dict[str, Any], list[Any], set[str]]:
        row = Annotation.objects.filter(pk=answer.annotation.pk).values().get()
        event = Outbox.objects.get(payload__annotation_id=answer.annotation.pk)
        labels = list(answer.annotation.labels.values_list("esc", "eis"))
        return {k: v for k, v in row.items() if k not in own}, labels, set(event.payload)

    assert stored(quick) == stored(slow)
    items = campaign.items.filter(done=1).values_list("free", "leased")
    assert list(items) == [(campaign.overlap - 1, 0)] * 3
    assert campaign.members.get().done == 3


def test_the_same_request_again_gets_the_same_answer(held):
    assert give(held).annotation == give(held).annotation
    assert Annotation.objects.filter(assignment=held).count() == 1


def test_a_key_of_another_answer_is_refused_and_the_assignment_stays_open(held):
    with pytest.raises(KeyReused):
        give(held, key="first")
    held.refresh_from_db()
    assert held.state == "open"


def test_who_left_the_corpus_can_answer_no_more(held):
    Membership.objects.filter(user=held.annotator).delete()
    with pytest.raises(AssignmentUnknown):
        give(held)
    assert not Annotation.objects.filter(assignment=held).exists()


def test_somebody_else_cannot_answer_it(held, corpus):
    with pytest.raises(AssignmentUnknown):
        give(held, by=factories.member(corpus))


def test_where_the_campaign_asks_for_the_whole_clip_by_now_it_must_be_heard(held):
    Campaign.objects.update(full_listen=True)
    with pytest.raises(NotHeard):
        give(held)
    held.refresh_from_db()
    assert held.state == "open"


def test_another_scheme_of_the_campaign_is_noticed(held, campaign):
    newer = campaign.scheme
    newer.pk, newer.version = None, 99
    newer.save(force_insert=True)
    Campaign.objects.filter(pk=campaign.pk).update(scheme=newer)
    with pytest.raises(SchemeChanged, match="@99"):
        give(held, scheme="seqd-1@1")
    assert give(held).annotation.scheme == newer


def test_labels_that_the_scheme_does_not_know_are_refused(held):
    with pytest.raises(BadLabels):
        give(held, labels=[("XXX", 2)])
    assert give(held).created


def test_what_was_skipped_meanwhile_is_closed(held):
    leases.skip(public_id=held.public_id, annotator=held.annotator, reason="noise")
    with pytest.raises(AssignmentClosed):
        give(held)


def test_what_ran_out_meanwhile_is_taken_late(held, campaign):
    expire(held)
    leases.reap_expired(campaign_id=campaign.pk)
    assert give(held).counted
    item = campaign.items.get(pk=held.item_id)
    assert (item.done, item.leased) == (1, 0)


def test_only_the_latest_offers_are_remembered(monkeypatch, campaign, annotator):
    monkeypatch.setattr(offered, "REMEMBERED", 2)
    held = queue.claim_next(campaign=campaign, annotator=annotator, count=3)
    known = [offered.recall(each.public_id, annotator) is not None for each in held]
    assert known == [False, True, True]


def test_an_offer_is_recalled_once(held):
    assert offered.recall(held.public_id, held.annotator) is not None
    assert offered.recall(held.public_id, held.annotator) is None
