"""How often a label goes to PostgreSQL and back: each journey is a wait and wakes two processes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation, Assignment, CampaignMember
from annotation.services import labelling, looking, offers, queue
from annotation.services.answer_rows import SUBMITTED
from annotation.services.errors import AssignmentClosed
from annotation.services.judgements import Judgement
from annotation.services.offers_sql import OtherTab
from speecheq.models import Outbox
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]

LABEL = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 1500, "replays": 0}


def posted(browser: Client, path: str, body: dict, **headers: str):
    """The answer, and the first words of what was sent to the database, BEGIN and COMMIT too."""
    with CaptureQueriesContext(connection) as captured:
        answer = browser.post(path, body, content_type="application/json", **headers)
    return answer, [query["sql"].split()[0] for query in captured]


def test_a_label_takes_six_statements_and_no_transaction_of_several(corpus, annotator):
    if connection.vendor == "sqlite":  # statements are no journey there; it takes them one by one
        expected = ["SELECT"] * 3 + ["BEGIN", "WITH", "UPDATE", "INSERT", "COMMIT"]
        stored = ["BEGIN", *["UPDATE"] * 3, *["INSERT"] * 3, "COMMIT"]
    else:
        expected = ["SELECT"] * 3 + ["WITH"]
        stored = ["WITH"]
    campaign = factories.campaign(corpus, annotators=[annotator])
    browser = Client()
    browser.force_login(annotator)
    browser.get("/api/v1/me/")  # from then on the session brings its user along
    for reads in (2, 1):  # the campaign and its scheme are read once
        path = f"/api/v1/campaigns/{campaign.public_id}/next/"
        offered, of_next = posted(browser, path, {"count": 1})
        [one] = offered.json()["assignments"]
        path = f"/api/v1/assignments/{one['id']}/submit/"
        answer, of_submit = posted(browser, path, LABEL, HTTP_IDEMPOTENCY_KEY=one["id"])
        assert answer.status_code == 201
        assert (of_next, of_submit) == (expected, ["SELECT"] * reads + stored)


def test_what_another_tab_numbered_first_is_undone_with_its_claim(corpus, annotator, monkeypatch):
    campaign = factories.campaign(corpus, annotators=[annotator])
    read_desk, late = queue._read_desk, []

    def read_before_the_other_tab(*args):
        desk = read_desk(*args)
        if not late:
            late.append(desk)
            CampaignMember.objects.update(offered=7)
        return desk

    monkeypatch.setattr(queue, "_read_desk", read_before_the_other_tab)
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    assert held.ordinal == 8
    assert Assignment.objects.count() == sum(item.leased for item in campaign.items.all()) == 1
    [(desk, _)] = late
    with pytest.raises(OtherTab):
        offers.take(*looking.look(desk), annotator.public_id, 1)
    assert Assignment.objects.count() == sum(item.leased for item in campaign.items.all()) == 1


def test_an_answer_that_fails_leaves_nothing_behind(corpus, annotator):
    campaign = factories.campaign(corpus, annotators=[annotator])
    held = queue.claim_next(campaign=campaign, annotator=annotator, count=2)
    judgement = Judgement(labels=[("HAP", 2)])

    def give(assignment, key):
        return labelling.submit(
            assignment_id=assignment.public_id, annotator=annotator, key=key, judgement=judgement
        )

    give(held[0], "one")
    before = Outbox.objects.count()
    with pytest.raises(AssignmentClosed):
        give(held[0], "two")
    assert (Annotation.objects.count(), Outbox.objects.count()) == (1, before)
    assert campaign.members.get().done == 1
    assert sorted(campaign.items.values_list("done", flat=True)) == [0, 0, 0, 0, 1]


def test_an_event_names_the_annotation_it_was_stored_with(corpus, annotator):
    campaign = factories.campaign(corpus, annotators=[annotator])
    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    judgement = Judgement(labels=[("HAP", 2)])
    answer = labelling.submit(
        assignment_id=held.public_id, annotator=annotator, key="one", judgement=judgement
    )
    [event] = Outbox.objects.filter(topic=SUBMITTED)
    assert event.payload["annotation_id"] == answer.annotation.pk == Annotation.objects.get().pk
    assert event.payload["labels"] == [["HAP", 2]]
