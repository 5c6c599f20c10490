"""The recorder page and the operator's screen."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web.recording import recorder

urlpatterns: list[URLPattern] = [
    path("sessions/<str:public_id>/record/", recorder.record, name="session-record"),
    path("sessions/<str:public_id>/operate/", recorder.operate, name="session-operate"),
]
