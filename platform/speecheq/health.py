"""Probes and metrics, outside the API."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from speecheq.models import Job, Outbox
from speecheq.models.job import JobState


@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """The database and the broker answer. 503 names what does not."""
    checks = {"database": _database(), "broker": _broker()}
    healthy = all(state == "ok" for state in checks.values())
    return JsonResponse(
        {"status": "ok" if healthy else "unavailable", **checks}, status=200 if healthy else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return "out of reach"
    return "ok"


def _broker() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping()
    except Exception:
        return "out of reach"
    return "ok"


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Depth of the queues for Prometheus; counted when asked, so no process state is needed."""
    registry = CollectorRegistry()
    jobs = Gauge("speecheq_jobs", "Unfinished jobs", ["state"], registry=registry)
    for state in (JobState.QUEUED, JobState.RUNNING):
        jobs.labels(state=state.value).set(Job.objects.filter(state=state).count())
    waiting = Gauge("speecheq_outbox_waiting", "Events not yet sent", registry=registry)
    waiting.set(Outbox.objects.filter(sent_at=None).count())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
