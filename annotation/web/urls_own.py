"""Pages of what belongs to one annotator, and of those who answer for them."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web import history, practice, questions, shortcuts, worklog

urlpatterns: list[URLPattern] = [
    path("campaigns/<str:public_id>/practice/", practice.PracticeView.as_view(), name="practice"),
    path(
        "campaigns/<str:public_id>/practice/people/",
        practice.practice_people,
        name="practice-people",
    ),
    path(
        "campaigns/<str:public_id>/practice/again/", practice.practice_again, name="practice-again"
    ),
    path("campaigns/<str:public_id>/keys/", shortcuts.keys, name="keys"),
    path("campaigns/<str:public_id>/history/", history.label_history, name="history"),
    path("campaigns/<str:public_id>/questions/", questions.question_list, name="questions"),
    path("campaigns/<str:public_id>/work/", worklog.campaign_work, name="campaign-work"),
    path("work/", worklog.my_work, name="my-work"),
    path("work/csv/", worklog.my_work_csv, name="my-work-csv"),
]
