"""The Celery application. The broker only wakes workers; a Job row is the truth (see jobs.py)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speecheq.settings")

app = Celery("speecheq")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
