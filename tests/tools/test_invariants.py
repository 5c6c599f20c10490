"""What the chaos runs are held against: each check finds the damage it is there for."""

from __future__ import annotations

import io
import json
import sys

import pytest
from django.db.models import F

from annotation.models import Annotation, AnnotationLabel, Assignment, CampaignMember, Item
from annotation.services import labelling, queue
from annotation.services.judgements import Judgement
from speecheq.models import AuditEvent
from speecheq.outbox import drain
from tests import factories
from tests.support import invariants
from tests.support.invariants import Ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    corpus = factories.CorpusFactory()
    people = [factories.member(corpus) for _ in range(2)]
    factories.clips(corpus, 3)
    return factories.campaign(corpus, annotators=people, overlap=2)


@pytest.fixture
def ledger(campaign):
    """Both annotators answer two of the three clips; what they were told."""
    told = []
    for member in campaign.members.select_related("user"):
        for assignment in queue.claim_next(campaign=campaign, annotator=member.user, count=2):
            stored = labelling.submit(
                assignment_id=assignment.public_id,
                annotator=member.user,
                key=f"key-{assignment.public_id}",
                judgement=Judgement(labels=[("HAP", 2)]),
            ).annotation
            told.append(
                {
                    "id": stored.public_id,
                    "assignment": assignment.public_id,
                    "labels": [{"esc": "HAP", "eis": 2}],
                    "counted": True,
                }
            )
    drain()
    return Ledger(acknowledged=told)


def wrong(campaign, ledger) -> dict[str, list[str]]:
    """The checks that found something."""
    return {name: found for name, found in invariants.broken(campaign, ledger).items() if found}


def test_a_campaign_that_nothing_happened_to_passes_every_check(campaign, ledger):
    assert wrong(campaign, ledger) == {}
    assert invariants.extras(campaign) == 0


def test_an_open_assignment_is_a_lease_and_no_damage(campaign, ledger):
    queue.claim_next(campaign=campaign, annotator=campaign.members.first().user, count=1)
    assert wrong(campaign, ledger) == {}


def test_an_acknowledged_answer_that_is_gone_is_lost(campaign, ledger):
    ledger.acknowledged.append({**ledger.acknowledged[0], "id": "ann_gone"})
    assert wrong(campaign, ledger) == {"lost": ["ann_gone was acknowledged and is not stored."]}


@pytest.mark.parametrize(
    "change",
    [
        {"labels": [{"esc": "SAD", "eis": 2}]},
        {"assignment": "asg_other"},
        {"counted": False},
    ],
)
def test_an_answer_that_says_something_else_is_lost(campaign, ledger, change):
    ledger.acknowledged[0] |= change
    assert len(wrong(campaign, ledger)["lost"]) == 1


def test_an_answer_nobody_was_told_of_is_a_double(campaign, ledger):
    first = ledger.acknowledged.pop(0)
    assert wrong(campaign, ledger) == {"doubled": [f"{first['id']} is stored and nobody was told."]}
    ledger.pending.append(f"key-{first['assignment']}")
    assert wrong(campaign, ledger) == {}


def test_two_answers_of_one_person_on_one_clip_are_a_double(campaign, ledger):
    one, other = Annotation.objects.filter(annotator=campaign.members.first().user)[:2]
    Annotation.objects.filter(pk=other.pk).update(clip=one.clip)
    assert "has 2 normal answers" in wrong(campaign, ledger)["doubled"][0]


def test_an_item_with_more_answers_than_it_needs_is_over_its_overlap(campaign, ledger):
    one, other = Item.objects.filter(done=2)[:2]
    Assignment.objects.filter(item=other, annotator=campaign.members.first().user).update(
        item=one, kind="repeat"
    )
    found = wrong(campaign, ledger)
    assert found["over overlap"] == [f"Item {one.pk} has 3 counted answers of 2."]
    assert len(found["counters wrong"]) == 2


def test_a_stored_request_that_broke_a_rule_is_invalid(campaign, ledger):
    ledger.refused.append(f"key-{ledger.acknowledged[0]['assignment']}")
    assert list(wrong(campaign, ledger)) == ["invalid stored"]


@pytest.mark.parametrize(("esc", "eis"), [("JOY", 2), ("HAP", 7), ("HAP", 0), ("NEU", 2)])
def test_a_label_the_scheme_does_not_offer_is_invalid(campaign, ledger, esc, eis):
    # The database refuses some of these itself; here the check alone is asked.
    assert not invariants._is_offered(campaign.scheme, esc, eis)
    assert invariants._is_offered(campaign.scheme, "HAP", 2)
    assert invariants._is_offered(campaign.scheme, "NEU", 0)


def test_an_answer_without_labels_is_invalid(campaign, ledger):
    answer = Annotation.objects.first()
    AnnotationLabel.objects.filter(annotation=answer).delete()
    assert wrong(campaign, ledger)["invalid stored"] == [f"{answer.public_id} holds []."]


def test_counters_that_differ_from_the_rows_are_found(campaign, ledger):
    item = Item.objects.filter(done=2).first()
    Item.objects.filter(pk=item.pk).update(done=F("done") - 1, leased=F("leased") + 1)
    CampaignMember.objects.filter(pk=campaign.members.first().pk).update(done=F("done") + 5)
    found = wrong(campaign, ledger)
    assert list(found) == ["counters wrong"]
    assert (
        f"Item {item.pk}: done, leased, free are (1, 1, 0), the rows say (2, 0, 0)."
        in (found["counters wrong"])
    )
    assert "done is 7, the rows say 2." in found["counters wrong"][1]


def test_a_campaign_that_is_over_has_every_label(campaign, ledger):
    [item] = Item.objects.filter(done=0)
    told = [f"Item {item.pk} has 0 of 2 labels."]
    assert invariants.unfilled(campaign, ledger) == told
    Item.objects.filter(pk=item.pk).update(done=2, free=0)
    assert invariants.unfilled(campaign, ledger) == []


def test_a_repeat_comes_twenty_offers_later_and_does_not_count(campaign, ledger):
    first = Assignment.objects.order_by("pk").first()
    again = Assignment.objects.create(
        campaign=campaign,
        item=first.item,
        clip=first.clip,
        annotator=first.annotator,
        kind="repeat",
        ordinal=first.ordinal + 19,
        expires_at=first.expires_at,
    )
    told = f"{again.public_id} repeats offer {first.ordinal} as offer {again.ordinal}."
    assert wrong(campaign, ledger)["planned wrong"] == [told]
    Assignment.objects.filter(pk=again.pk).update(ordinal=first.ordinal + 20)
    assert wrong(campaign, ledger) == {}
    Assignment.objects.filter(pk=first.pk).update(kind="gold")
    assert f"{first.public_id} is gold and counts." in wrong(campaign, ledger)["planned wrong"]


def test_an_answer_logged_twice_is_found(campaign, ledger):
    event = AuditEvent.objects.filter(action="annotation.submitted").first()
    event.pk, event.seq, event.hash = None, event.seq + 1000, "0" * 64
    event.save()
    told = f"{event.subject} is 2 times in the audit log."
    assert wrong(campaign, ledger) == {"not logged once": [told]}


def test_a_late_answer_is_an_extra_and_no_damage(campaign, ledger):
    late = Annotation.objects.first()
    Annotation.objects.filter(pk=late.pk).update(counted=False)
    Item.objects.filter(pk=late.assignment.item_id).update(done=F("done") - 1, free=F("free") + 1)
    ledger.acknowledged[0]["counted"] = False
    assert ledger.acknowledged[0]["id"] == late.public_id
    assert invariants.extras(campaign) == 1
    assert wrong(campaign, ledger) == {}


def test_the_child_prints_what_it_found(campaign, ledger, monkeypatch, capsys):
    ledger.refused.append("never-sent")
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(vars(ledger))))
    monkeypatch.setattr(sys, "argv", ["invariants", campaign.public_id])
    invariants.main()
    printed = json.loads(capsys.readouterr().out)
    assert printed["extras"] == 0
    assert set(printed["broken"]) == {*invariants.CHECKS, "unfilled"}
    assert printed["kinds"] == {"normal": 4}
