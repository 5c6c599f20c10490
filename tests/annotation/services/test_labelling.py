"""Judgements: once per key, superseded and kept, late ones outside the count."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Campaign
from annotation.services import labelling, leases, queue
from annotation.services.errors import (
    AnnotationSuperseded,
    AnnotationUnknown,
    AssignmentClosed,
    AssignmentUnknown,
    BadLabels,
    KeyReused,
    NotHeard,
    SchemeChanged,
)
from annotation.services.judgements import Judgement
from speecheq import outbox
from speecheq.models import AuditEvent, Outbox
from tests import factories
from tests.annotation.services.test_queue import expire

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 3)
    return corpus


@pytest.fixture
def held(corpus, annotator):
    """An open assignment of `annotator`, one label wanted."""
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=1)
    return queue.claim_next(campaign=campaign, annotator=annotator)[0]


def give(held, esc="HAP", eis=2, *, key="k1", annotator=None, scheme="", **more):
    return labelling.submit(
        scheme=scheme,
        assignment_id=held.public_id,
        annotator=annotator or held.annotator,
        key=key,
        judgement=Judgement(labels=[(esc, eis)], **more),
    )


def test_an_answer_on_another_version_of_the_scheme_is_refused_and_not_stored(held):
    with pytest.raises(SchemeChanged, match="seqd-1@1"):
        labelling.submit(
            assignment_id=held.public_id,
            annotator=held.annotator,
            key="k",
            judgement=Judgement(labels=[("HAP", 2)]),
            scheme="seqd-1@7",
        )
    assert not Annotation.objects.exists()


def test_the_version_that_was_answered_is_kept(held):
    assert give(held, scheme="seqd-1@1").annotation.scheme == held.campaign.scheme


@pytest.mark.parametrize(("listened_ms", "heard"), [(1349, False), (1350, True)])
def test_where_a_campaign_asks_for_it_the_clip_is_heard_to_its_end(held, listened_ms, heard):
    assert held.clip.duration_ms == 1500
    Campaign.objects.update(full_listen=True)
    if heard:
        assert give(held, listened_ms=listened_ms).created
        return
    with pytest.raises(NotHeard, match="1349 ms of 1500 ms"):
        give(held, listened_ms=listened_ms)
    assert not Annotation.objects.exists()


def test_a_judgement_is_stored_with_its_labels(held):
    made = give(held, confidence=0.8, replays=2)
    assert made.created
    stored = Annotation.objects.get()
    assert [(label.esc, label.eis) for label in stored.labels.all()] == [("HAP", 2)]
    assert (stored.confidence, stored.replays, stored.counted) == (0.8, 2, True)


def test_the_same_key_and_body_give_the_same_annotation(held):
    first, second = give(held), give(held)
    assert not second.created
    assert second.annotation.pk == first.annotation.pk
    assert Annotation.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(held):
    give(held)
    with pytest.raises(KeyReused):
        give(held, "SAD", 1)


def test_the_same_key_on_another_assignment_is_refused(held):
    give(held)
    [other] = queue.claim_next(campaign=held.campaign, annotator=held.annotator)
    with pytest.raises(KeyReused):
        give(other)


def test_a_closed_assignment_refuses_a_second_judgement(held):
    give(held)
    with pytest.raises(AssignmentClosed, match="already submitted"):
        give(held, key="k2")


def test_someone_elses_assignment_is_unknown(held, corpus):
    with pytest.raises(AssignmentUnknown):
        give(held, annotator=factories.member(corpus))


@pytest.mark.parametrize(
    ("esc", "eis", "code", "field"),
    [
        ("HAPPY", 1, "unknown_esc", "labels.0.esc"),
        ("HAP", 7, "out_of_scale", "labels.0.eis"),
        ("HAP", 0, "zero_needs_neu", "labels.0.eis"),
        ("NEU", 2, "neu_needs_zero", "labels.0.eis"),
        ("HAP", None, "eis_required", "labels.0.eis"),
    ],
)
def test_a_wrong_label_is_refused_and_nothing_is_stored(held, esc, eis, code, field):
    with pytest.raises(BadLabels) as caught:
        give(held, esc, eis)
    assert [(e.code, e.field) for e in caught.value.errors] == [(code, field)]
    assert not Annotation.objects.exists()
    held.refresh_from_db()
    assert held.state == "open"


def test_single_mode_takes_one_label(held):
    two = Judgement(labels=[("HAP", 1), ("SAD", 1)])
    with pytest.raises(BadLabels) as caught:
        labelling.submit(
            assignment_id=held.public_id, annotator=held.annotator, key="k", judgement=two
        )
    assert caught.value.code == "too_many_labels"


def test_a_control_category_needs_no_intensity(held):
    assert give(held, "UNK", None).created


def test_multi_mode_rates_each_emotion_and_keeps_absent_ones_missing(corpus, annotator):
    campaign = factories.campaign(corpus, annotators=[annotator], scheme="brighter-1")
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    rated = Judgement(labels=[("ANG", 0), ("SAD", 3)])
    made = labelling.submit(
        assignment_id=held.public_id, annotator=annotator, key="k", judgement=rated
    )
    assert {label.esc: label.eis for label in made.annotation.labels.all()} == {"ANG": 0, "SAD": 3}


def test_multi_mode_refuses_an_emotion_rated_twice(corpus, annotator):
    campaign = factories.campaign(corpus, annotators=[annotator], scheme="brighter-1")
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    twice = Judgement(labels=[("SAD", 1), ("SAD", 3)])
    with pytest.raises(BadLabels, match="rated twice"):
        labelling.submit(
            assignment_id=held.public_id, annotator=annotator, key="k", judgement=twice
        )


def test_a_late_answer_takes_a_slot_that_is_still_free(held):
    expire(held)
    leases.reap_expired()
    assert give(held).annotation.counted


def test_a_late_answer_on_a_full_clip_is_kept_but_not_counted(held, corpus):
    other = factories.member(corpus)
    held.campaign.members.create(user=other)
    expire(held)
    leases.reap_expired()
    offered = queue.claim_next(campaign=held.campaign, annotator=other, count=3)
    theirs = next(a for a in offered if a.clip_id == held.clip_id)
    give(theirs, key="theirs", annotator=other)
    late = give(held)
    assert late.created
    assert not late.annotation.counted
    held.item.refresh_from_db()
    assert held.item.done == 1


def test_a_revision_keeps_the_earlier_answer(held):
    old = give(held).annotation
    new = labelling.revise(
        annotation_id=old.public_id,
        annotator=held.annotator,
        key="k2",
        judgement=Judgement(labels=[("SAD", 1)]),
    ).annotation
    old.refresh_from_db()
    assert old.superseded_at is not None
    assert new.supersedes_id == old.pk
    assert list(Annotation.objects.current()) == [new]
    held.item.refresh_from_db()
    assert held.item.done == 1


def test_a_revision_sent_twice_is_one_revision(held):
    old = give(held).annotation
    sad = Judgement(labels=[("SAD", 1)])
    for _ in range(2):
        labelling.revise(
            annotation_id=old.public_id, annotator=held.annotator, key="k2", judgement=sad
        )
    assert Annotation.objects.count() == 2


def test_only_the_latest_answer_can_be_revised(held):
    old = give(held).annotation
    sad = Judgement(labels=[("SAD", 1)])
    labelling.revise(annotation_id=old.public_id, annotator=held.annotator, key="k2", judgement=sad)
    with pytest.raises(AnnotationSuperseded):
        labelling.revise(
            annotation_id=old.public_id, annotator=held.annotator, key="k3", judgement=sad
        )


def test_nobody_revises_another_persons_answer(held, corpus):
    old = give(held).annotation
    with pytest.raises(AnnotationUnknown):
        labelling.revise(
            annotation_id=old.public_id,
            annotator=factories.member(corpus),
            key="k2",
            judgement=Judgement(labels=[("SAD", 1)]),
        )


def test_a_submit_writes_one_outbox_row_and_reaches_the_audit_log(held):
    Outbox.objects.all().delete()
    made = give(held)
    assert Outbox.objects.count() == 1
    outbox.drain()
    event = AuditEvent.objects.get()
    assert (event.action, event.subject) == ("annotation.submitted", made.annotation.public_id)
