"""Pages of scripts."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web.recording import scripts

urlpatterns: list[URLPattern] = [
    path("scripts/", scripts.script_list, name="script-list"),
    path("scripts/new/", scripts.script_create, name="script-create"),
    path("scripts/<str:name>/", scripts.script_detail, name="script-detail"),
    path("scripts/<str:name>/file/<str:kind>/", scripts.script_file, name="script-file"),
]
