"""Events: once, in order, surviving a broker that is down; the audit chain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from speecheq import outbox
from speecheq.models import AuditEvent, Lease, Outbox

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def heard(monkeypatch):
    """Payloads that a handler of topic `test` received."""
    monkeypatch.setattr(outbox, "_HANDLERS", dict(outbox._HANDLERS))
    batches = []
    outbox.outbox_handler("test")(batches.extend)
    return batches


def test_events_arrive_once_and_in_order(heard):
    for n in range(5):
        outbox.publish("test", {"n": n})
    assert outbox.drain() == 5
    assert outbox.drain() == 0
    assert [event["n"] for event in heard] == [0, 1, 2, 3, 4]


def test_what_fits_no_batch_is_sent_in_several(heard, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 2)
    for n in range(5):
        outbox.publish("test", {"n": n})
    assert outbox.drain() == 5
    assert [event["n"] for event in heard] == [0, 1, 2, 3, 4]
    assert not Outbox.objects.filter(sent_at=None).exists()


def test_a_drain_does_not_wait_for_what_is_published_meanwhile(heard, monkeypatch):
    def publish_another(events):
        heard.append(len(events))
        outbox.publish("test", {})

    monkeypatch.setitem(outbox._HANDLERS, "test", [publish_another])
    for _ in range(3):
        outbox.publish("test", {})
    assert [outbox.drain(), outbox.drain()] == [3, 1]
    assert heard == [3, 1]


def test_a_failing_handler_keeps_its_events_and_not_other_topics(heard, monkeypatch):
    def fail(events):
        raise RuntimeError

    monkeypatch.setitem(outbox._HANDLERS, "broken", [fail])
    outbox.publish("broken", {})
    outbox.publish("test", {"n": 1})
    outbox.drain(limit=1)
    assert heard == [{"n": 1}]
    waiting = Outbox.objects.get(sent_at=None)
    assert waiting.topic == "broken"
    assert waiting.attempts >= 1


def test_one_bad_event_holds_up_nothing_but_itself(heard, monkeypatch):
    def refuse_seven(events):
        if any(event["n"] == 7 for event in events):
            raise ValueError
        heard.extend(events)

    monkeypatch.setitem(outbox._HANDLERS, "test", [refuse_seven])
    for n in (6, 7, 8):
        outbox.publish("test", {"n": n})
    outbox.drain()
    assert [event["n"] for event in heard] == [6, 8]
    assert Outbox.objects.get(sent_at=None).payload == {"n": 7}


def test_only_one_process_drains_at_a_time(heard):
    outbox.publish("test", {})
    assert Lease.take("outbox", holder="another", seconds=30)
    assert outbox.drain() == 0
    Lease.give_back("outbox", holder="another")
    assert outbox.drain() == 1


def test_a_wake_up_waits_while_the_broker_is_down(
    settings, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(outbox.celery_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        outbox.enqueue("speecheq.run_job", job_id=1)
    assert Outbox.objects.get().sent_at is None

    sent = []
    monkeypatch.setattr(outbox.celery_app, "send_task", lambda name, **kw: sent.append(name))
    Outbox.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    outbox.drain()
    assert sent == ["speecheq.run_job"]
    assert Outbox.objects.get().sent_at is not None


def test_audit_events_form_a_chain_whose_hashes_can_be_computed_again():
    for n in range(3):
        outbox.audit(None, "test.done", f"subject{n}", n=n)
    outbox.drain()
    previous = outbox.GENESIS
    for event in AuditEvent.objects.order_by("seq"):
        body = {
            "at": event.at.isoformat(),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "data": event.data,
        }
        assert event.prev_hash == previous
        assert event.hash == outbox.event_hash(previous, event.seq, body)
        previous = event.hash
    assert AuditEvent.objects.count() == 3


def test_sent_rows_are_forgotten_after_a_while(heard):
    outbox.publish("test", {})
    outbox.drain()
    Outbox.objects.update(sent_at=timezone.now() - timedelta(days=8))
    assert outbox.forget_sent() == 1


def test_wake_ups_go_to_the_broker_of_the_settings(settings):
    assert outbox.celery_app.conf.broker_url == settings.CELERY_BROKER_URL
