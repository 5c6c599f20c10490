"""Routes of what belongs to one annotator."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.api import own, practice, questions, shifts, shortcuts

urlpatterns: list[URLPattern] = [
    path("campaigns/<str:public_id>/history/", own.HistoryView.as_view(), name="campaign-history"),
    path("campaigns/<str:public_id>/worklog/", own.WorklogView.as_view(), name="campaign-worklog"),
    path("campaigns/<str:public_id>/shift/", shifts.ShiftView.as_view(), name="campaign-shift"),
    path(
        "campaigns/<str:public_id>/practice/",
        practice.PracticeView.as_view(),
        name="campaign-practice",
    ),
    path(
        "campaigns/<str:public_id>/practice/again/",
        practice.PracticeAgainView.as_view(),
        name="campaign-practice-again",
    ),
    path(
        "campaigns/<str:public_id>/anchors/",
        practice.AnchorsView.as_view(),
        name="campaign-anchors",
    ),
    path(
        "campaigns/<str:public_id>/questions/",
        questions.QuestionsView.as_view(),
        name="campaign-questions",
    ),
    path("me/shortcuts/<slug:scheme>/", shortcuts.ShortcutsView.as_view(), name="my-shortcuts"),
]
