"""Background work, as its requester sees it."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from speecheq import jobs
from speecheq.models import Job
from speecheq.models.job import JobState
from speecheq.pagination import CursorPages
from speecheq.serializers import AcceptedSerializer, JobSerializer


class JobFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=JobState.choices)
    kind = django_filters.CharFilter()
    corpus = django_filters.CharFilter()


class NewestFirst(CursorPages):
    ordering = "-pk"


class JobListView(ListAPIView):
    queryset = Job.objects.none()  # names the model to the OpenAPI schema
    serializer_class = JobSerializer
    filterset_class = JobFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        return Job.objects.all().visible_to(self.request.user)


class JobDetailView(APIView):
    @extend_schema(responses=AcceptedSerializer, summary="State, progress and result of a job")
    def get(self, request: Request, public_id: str) -> Response:
        return Response({"job": jobs.find_job(public_id, user=request.user).as_json()})


class JobCancelView(APIView):
    @extend_schema(request=None, responses={202: AcceptedSerializer}, summary="Ask a job to stop")
    def post(self, request: Request, public_id: str) -> Response:
        job = jobs.cancel_job(jobs.find_job(public_id, user=request.user), by=request.user)
        return Response({"job": job.as_json()}, status=202)
