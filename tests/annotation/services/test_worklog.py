"""The log of hours and labels: what counts as work, and that no delivery counts twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from annotation.models import Annotation, WorkDay
from annotation.services import labelling, queue, worklog
from annotation.services.answer_rows import SUBMITTED
from annotation.services.judgements import Judgement
from speecheq.errors import Forbidden, NotFound
from speecheq.models import Outbox
from speecheq.outbox import drain
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY = Judgement(labels=[("HAP", 2)])
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 8)
    return corpus


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator])


def label(campaign, annotator, at, key=""):
    """One judgement, as if it had been stored at `at`; its event still waits."""
    [assignment] = queue.claim_next(campaign=campaign, annotator=annotator)
    key = key or f"{annotator.username}-{at.isoformat()}"
    made = labelling.submit(
        assignment_id=assignment.public_id, annotator=annotator, key=key, judgement=HAPPY
    ).annotation
    return moved(made, at)


def revise(annotation, at):
    made = labelling.revise(
        annotation_id=annotation.public_id,
        annotator=annotation.annotator,
        key=f"r-{at.isoformat()}",
        judgement=Judgement(labels=[("SAD", 1)]),
    ).annotation
    return moved(made, at)


def moved(annotation, at):
    Annotation.objects.filter(pk=annotation.pk).update(created_at=at)
    event = Outbox.objects.filter(topic=SUBMITTED).latest("pk")
    event.payload = {**event.payload, "at": at.isoformat()}
    event.save(update_fields=["payload"])
    annotation.refresh_from_db()
    return annotation


def events():
    rows = Outbox.objects.filter(topic=SUBMITTED).order_by("pk")
    return [row.payload for row in rows]


def days():
    fields = ["annotator__username", "campaign__name", "day", "labels", "revisions", "active_s"]
    return sorted(WorkDay.objects.values_list(*fields))


def test_the_time_between_labels_is_work_and_a_long_gap_is_a_pause(campaign, annotator):
    for seconds in (0, 20, 50, 50 + 301, 50 + 301 + 300):
        label(campaign, annotator, NOON + timedelta(seconds=seconds))
    drain()
    row = WorkDay.objects.get()
    assert (row.day.isoformat(), row.labels, row.active_s) == ("2026-03-02", 5, 350.0)


def test_the_same_events_handed_over_again_change_nothing(campaign, annotator):
    for seconds in (0, 10, 30):
        label(campaign, annotator, NOON + timedelta(seconds=seconds))
    worklog.log_work(events())
    once = days()
    worklog.log_work(events())
    worklog.log_work(events()[1:2])
    assert days() == once
    assert once[0][3:] == (3, 0, 30.0)


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0], [2, 1, 0]])
def test_events_out_of_order_give_the_same_day(campaign, annotator, order):
    for seconds in (0, 10, 30):
        label(campaign, annotator, NOON + timedelta(seconds=seconds))
    waiting = events()
    for index in order:
        worklog.log_work([waiting[index]])
    assert days()[0][3:] == (3, 0, 30.0)


def test_batches_add_up_to_the_whole(campaign, annotator):
    for seconds in (0, 10, 30, 90):
        label(campaign, annotator, NOON + timedelta(seconds=seconds))
    waiting = events()
    worklog.log_work(waiting[:1])
    worklog.log_work(waiting[1:3])
    worklog.log_work(waiting[3:])
    assert days()[0][3:] == (4, 0, 90.0)


def test_a_revision_is_no_label_but_its_time_is_work(campaign, annotator):
    first = label(campaign, annotator, NOON)
    revise(first, NOON + timedelta(seconds=12))
    drain()
    assert days()[0][3:] == (1, 1, 12.0)


def test_time_is_never_counted_for_two_campaigns_at_once(corpus, annotator, campaign):
    other = factories.campaign(corpus, annotators=[annotator], name="other")
    label(campaign, annotator, NOON)
    label(other, annotator, NOON + timedelta(seconds=60))
    label(campaign, annotator, NOON + timedelta(seconds=120))
    drain()
    assert [row[5] for row in days()] == [60.0, 60.0]


def test_a_day_is_a_day_of_utc_and_people_have_their_own(corpus, campaign, annotator):
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    label(campaign, annotator, midnight - timedelta(seconds=5))
    label(campaign, annotator, midnight + timedelta(seconds=5))
    label(campaign, colleague, midnight + timedelta(seconds=6))
    drain()
    assert [(row[0], row[2].day, row[3]) for row in days()] == [
        (annotator.username, 2, 1),
        (annotator.username, 3, 1),
        (colleague.username, 3, 1),
    ]


def test_many_batches_cost_the_same_number_of_queries(
    campaign, annotator, django_assert_max_num_queries
):
    for n in range(6):
        label(campaign, annotator, NOON + timedelta(seconds=n))
    waiting = events()
    worklog.log_work(waiting[:3])
    with django_assert_max_num_queries(4):
        worklog.log_work(waiting[3:])


def test_an_annotator_reads_their_own_hours_only(corpus, campaign, annotator):
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    label(campaign, annotator, NOON)
    label(campaign, colleague, NOON)
    drain()
    assert [row.annotator for row in worklog.days_in(campaign, user=annotator)] == [annotator]
    with pytest.raises(Forbidden, match="your own hours"):
        worklog.days_in(campaign, user=annotator, annotator=colleague.username)


def test_who_answers_for_the_work_reads_the_hours_of_all(corpus, campaign, annotator):
    boss = factories.member(corpus, Role.DATA_MANAGER)
    label(campaign, annotator, NOON)
    drain()
    assert [row.annotator for row in worklog.days_in(campaign, user=boss)] == [annotator]
    named = worklog.days_in(campaign, user=boss, annotator=annotator.username)
    assert named.count() == 1
    with pytest.raises(NotFound, match="nobody-here"):
        worklog.days_in(campaign, user=boss, annotator="nobody-here")


def test_a_pace_needs_a_minute_of_work():
    assert worklog.labels_per_hour(1, 0.0) is None
    assert worklog.labels_per_hour(30, 1800.0) == 60.0
    summed = worklog.totals([WorkDay(labels=20, active_s=900.0), WorkDay(labels=10, active_s=900)])
    assert summed == {"labels": 30, "revisions": 0, "hours": 0.5, "labels_per_hour": 60.0}


def test_a_simulated_annotator_spends_no_hours(campaign, annotator):
    label(campaign, annotator, NOON)
    annotator.is_simulated = True
    annotator.save()
    drain()
    assert days() == []
