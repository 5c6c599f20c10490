"""Routes of what belongs to one annotator."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.api import own, shifts, shortcuts

urlpatterns: list[URLPattern] = [
    path("campaigns/<str:public_id>/history/", own.HistoryView.as_view(), name="campaign-history"),
    path("campaigns/<str:public_id>/worklog/", own.WorklogView.as_view(), name="campaign-worklog"),
    path("campaigns/<str:public_id>/shift/", shifts.ShiftView.as_view(), name="campaign-shift"),
    path("me/shortcuts/<slug:scheme>/", shortcuts.ShortcutsView.as_view(), name="my-shortcuts"),
]
