"""Pages of recording."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    # scripts
    # consent
    # sessions and links
    # takes, uploads and clips
    # the recorder page and the operator's screen
    # long files
    # WebSpeechRecorderNg
]
