"""Pages of recording."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web.recording import clips, links

urlpatterns: list[URLPattern] = [
    # scripts
    # consent
    # sessions and links
    path("s/<str:token>/", links.link_open, name="session-link-open"),
    path("sessions/<str:public_id>/thanks/", links.session_thanks, name="session-thanks"),
    # takes, uploads and clips
    path("sessions/<str:public_id>/clips/", clips.session_clips, name="session-clips"),
    path("sessions/<str:public_id>/campaign/", clips.session_campaign, name="session-campaign"),
    # the recorder page and the operator's screen
    # long files
    # WebSpeechRecorderNg
]
