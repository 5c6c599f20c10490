"""The 202 that slow work gets."""

from __future__ import annotations

from django.urls import reverse
from rest_framework.response import Response

from speecheq.models import Job


def accepted(job: Job, **more: object) -> Response:
    """202 with `Location` of the job and the job itself; `more` names what is being made."""
    location = reverse("api:job-detail", kwargs={"public_id": job.public_id})
    return Response({**more, "job": job.as_json()}, status=202, headers={"Location": location})
