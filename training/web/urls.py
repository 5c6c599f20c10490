from __future__ import annotations

from django.urls import URLPattern, path

from training.web import models, runs

app_name = "training"

urlpatterns: list[URLPattern] = [
    path("runs/", runs.run_list, name="run-list"),
    path("runs/new/", runs.run_new, name="run-new"),
    path("runs/<str:public_id>/", runs.run_detail, name="run-detail"),
    path("runs/<str:public_id>/progress/", runs.run_progress, name="run-progress"),
    path("runs/<str:public_id>/cancel/", runs.run_cancel, name="run-cancel"),
    path("models/", models.model_list, name="model-list"),
    path("models/<str:public_id>/", models.model_detail, name="model-detail"),
    path("models/<str:public_id>/score/", models.model_score, name="model-score"),
    path("rounds/<str:public_id>/", models.round_detail, name="round-detail"),
]
