"""Every address. Each route has an entry in an authorisation table (see authorisation.py)."""

from __future__ import annotations

from django.urls import include, path

from speecheq import health

api_patterns = [
    path("", include("annotation.api.urls")),
    path("", include("speecheq.api.urls")),
    path("", include("training.api.urls")),
]

urlpatterns = [
    # first, since addresses are compared one by one, and the API's are asked for most
    path("api/v1/", include((api_patterns, "api"))),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("speecheq.web.urls")),
    path("", include("annotation.web.urls")),
    path("", include("training.web.urls")),
]

handler400 = "speecheq.web.errors.bad_request"
handler403 = "speecheq.web.errors.permission_denied"
handler404 = "speecheq.web.errors.not_found"
handler500 = "speecheq.web.errors.server_error"
