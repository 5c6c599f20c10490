from __future__ import annotations

from django.urls import URLPattern, path

from training.api import models, runs

urlpatterns: list[URLPattern] = [
    path("runs/", runs.RunListView.as_view(), name="run-list"),
    path("runs/<str:public_id>/", runs.RunDetailView.as_view(), name="run-detail"),
    path("runs/<str:public_id>/epochs/", runs.RunEpochsView.as_view(), name="run-epochs"),
    path("runs/<str:public_id>/cancel/", runs.RunCancelView.as_view(), name="run-cancel"),
    path("models/", models.ModelListView.as_view(), name="model-list"),
    path("models/<str:public_id>/", models.ModelDetailView.as_view(), name="model-detail"),
    path("models/<str:public_id>/score/", models.ModelScoreView.as_view(), name="model-score"),
    path("rounds/<str:public_id>/", models.RoundDetailView.as_view(), name="round-detail"),
]
