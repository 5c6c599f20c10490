"""Which Celery queues there are, and what beat does on its own."""

from __future__ import annotations

DEFAULT = "default"
GPU = "gpu"

BEAT_SCHEDULE = {
    "drain the outbox": {
        "task": "speecheq.drain_outbox",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "requeue jobs whose lease ran out": {"task": "speecheq.requeue_jobs", "schedule": 10.0},
    "return expired assignments": {"task": "annotation.reap_assignments", "schedule": 5.0},
    "remove what uploads and takes left": {
        "task": "annotation.remove_leftovers",
        "schedule": 3600.0,
    },
    "forget sent events": {"task": "speecheq.forget_sent", "schedule": 3600.0},
}
