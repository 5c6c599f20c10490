from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from speecheq.api import jobs, me
from speecheq.web.api_docs import api_docs

urlpatterns = [
    path("me/", me.MeView.as_view(), name="me"),
    path("tokens/", me.TokenListView.as_view(), name="token-list"),
    path("tokens/<str:public_id>/", me.TokenDetailView.as_view(), name="token-detail"),
    path("jobs/", jobs.JobListView.as_view(), name="job-list"),
    path("jobs/<str:public_id>/", jobs.JobDetailView.as_view(), name="job-detail"),
    path("jobs/<str:public_id>/cancel/", jobs.JobCancelView.as_view(), name="job-cancel"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
]
