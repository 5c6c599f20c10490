"""What must happen after a commit, and survives a broker that is down.

`enqueue` wakes a Celery task; `publish` hands an event to `@outbox_handler` functions in batches;
`audit` is an event for the hash-chained log. All three are one INSERT in the caller's transaction.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from speecheq import sql
from speecheq.celery import app as celery_app
from speecheq.models import AuditEvent, Lease, Outbox

log = logging.getLogger("speecheq.outbox")

TASK = "task"
AUDIT = "audit"
BATCH = 500
GENESIS = "0" * 64

OutboxHandler = Callable[[list[dict[str, Any]]], None]
_HANDLERS: dict[str, list[OutboxHandler]] = {}


def outbox_handler(topic: str) -> Callable[[OutboxHandler], OutboxHandler]:
    """Register a function for the events of `topic`. It runs in the transaction that marks them
    sent, so each event is handled once; it must be short."""

    def register(handler: OutboxHandler) -> OutboxHandler:
        _HANDLERS.setdefault(topic, []).append(handler)
        return handler

    return register


# By hand, since each label publishes one event: see `speecheq.sql`.
PUBLISH = """
INSERT INTO speecheq_outbox (topic, payload, created_at, sent_at, attempts)
SELECT %(topic)s, {payload}, %(now)s, NULL, 0 {source}
"""
_PUBLISH = PUBLISH.format(payload="%(payload)s", source="")


def publish(topic: str, payload: dict[str, Any]) -> None:
    """Store an event for the functions that handle `topic`."""
    now = sql.moment(timezone.now())
    sql.change(_PUBLISH, {"topic": topic, "payload": json.dumps(payload), "now": now})


def audit(actor: Any, action: str, subject: str, **data: Any) -> None:
    """Note who did what. `actor` is a user or None for the system."""
    publish(
        AUDIT,
        {
            "at": timezone.now().isoformat(),
            "actor": actor.public_id if actor is not None else "",
            "action": action,
            "subject": subject,
            "data": data,
        },
    )


def enqueue(task_name: str, /, *, queue: str = "default", **kwargs: Any) -> None:
    """Wake a task once the transaction commits; by name, so the web never imports GPU code."""
    row = Outbox.objects.create(
        topic=TASK, payload={"task": task_name, "queue": queue, "kwargs": kwargs}
    )
    transaction.on_commit(lambda: _send_now(row))


def _send_now(row: Outbox) -> None:
    # A broker that is down must cost neither the request nor the row: beat sends it later.
    if _send_task(row.payload):
        Outbox.objects.filter(pk=row.pk).update(sent_at=timezone.now())


def _send_task(payload: dict[str, Any]) -> bool:
    try:
        celery_app.send_task(
            payload["task"], kwargs=payload["kwargs"], queue=payload["queue"], retry=False
        )
    except Exception as error:
        log.warning("broker is out of reach (%s); %s waits", error, payload["task"])
        return False
    return True


def holder_name() -> str:
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


def drain(*, limit: int = 20_000) -> int:
    """Send what waits, in order, one drainer at a time. Returns how many rows were sent.

    It does not wait for what is published meanwhile: while labels pour in, that would be a few
    rows at a time for ever, each few at the cost of a whole batch.
    """
    holder = holder_name()
    if not Lease.take("outbox", holder=holder, seconds=30):
        return 0
    sent, is_more = 0, True
    try:
        while is_more and sent < limit:
            count, is_more = _drain_batch()
            sent += count
            is_more = is_more and Lease.take("outbox", holder=holder, seconds=30)
    finally:
        Lease.give_back("outbox", holder=holder)
    return sent


def _drain_batch() -> tuple[int, bool]:
    """How many rows were sent, and whether more than fitted were waiting."""
    # By topic, so that events whose handler fails hold up nothing but themselves.
    waiting = Outbox.objects.filter(sent_at=None).order_by()
    sent, is_more = 0, False
    for topic in sorted(waiting.values_list("topic", flat=True).distinct()):
        rows = _next_rows(topic)
        count = _handle(topic, rows)
        sent += count
        is_more = is_more or (len(rows) == BATCH and count > 0)
    return sent, is_more


def _next_rows(topic: str) -> list[Outbox]:
    rows = Outbox.objects.filter(sent_at=None, topic=topic).order_by("pk")
    if topic == TASK:
        # A fresh wake-up is sent by its own request after commit; only those left over are ours.
        rows = rows.filter(created_at__lt=timezone.now() - timedelta(seconds=5))
    return list(rows[:BATCH])


def _handle(topic: str, rows: list[Outbox]) -> int:
    """Hand the rows on. A batch that fails is tried row by row, so that only the bad one waits."""
    if topic == TASK:
        rows = [row for row in rows if _send_task(row.payload)]
        Outbox.objects.filter(pk__in=[r.pk for r in rows]).update(sent_at=timezone.now())
        return len(rows)
    try:
        _hand_over(topic, rows)
    except Exception:
        if len(rows) > 1:
            return sum(_handle(topic, [row]) for row in rows)
        log.exception("event %s of topic %r waits: its handler failed", rows[0].pk, topic)
        Outbox.objects.filter(pk=rows[0].pk).update(attempts=F("attempts") + 1)
        return 0
    return len(rows)


def _hand_over(topic: str, rows: list[Outbox]) -> None:
    if not rows:
        return
    ids = [row.pk for row in rows]
    with transaction.atomic():
        claimed = Outbox.objects.filter(pk__in=ids, sent_at=None)
        if claimed.update(sent_at=timezone.now()) != len(ids):
            raise RuntimeError(f"Another drainer took rows of {topic!r}.")
        for handler in _HANDLERS.get(topic, []):
            handler([row.payload for row in rows])


def event_hash(prev_hash: str, seq: int, body: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the canonical JSON of the event."""
    text = json.dumps(
        {"seq": seq, **body}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(f"{prev_hash}\n{text}".encode()).hexdigest()


@outbox_handler(AUDIT)
def append_to_audit_log(events: list[dict[str, Any]]) -> None:
    """Chain the events onto the log. Only the drainer appends, so the end cannot move meanwhile."""
    last = AuditEvent.objects.order_by("-seq").values("seq", "hash").first()
    seq, prev = (last["seq"], last["hash"]) if last else (0, GENESIS)
    rows = []
    for event in events:
        seq += 1
        digest = event_hash(prev, seq, event)
        rows.append(AuditEvent(seq=seq, prev_hash=prev, hash=digest, **event))
        prev = digest
    AuditEvent.objects.bulk_create(rows)


def forget_sent(*, older_than_days: int = 7) -> int:
    """Delete rows sent long ago."""
    before = timezone.now() - timedelta(days=older_than_days)
    return Outbox.objects.filter(sent_at__lt=before).delete()[0]
