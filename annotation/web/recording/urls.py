"""Pages of recording."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web.recording import clips, links, long_files, sessions

urlpatterns: list[URLPattern] = [
    # scripts
    # consent
    # sessions and links
    path("s/<str:token>/", links.link_open, name="session-link-open"),
    path("sessions/", sessions.session_list, name="session-list"),
    path("sessions/new/", sessions.session_create, name="session-create"),
    path("sessions/<str:public_id>/", sessions.session_detail, name="session-detail"),
    path("sessions/<str:public_id>/state/", sessions.session_state, name="session-state"),
    path("sessions/<str:public_id>/settings/", sessions.session_settings, name="session-settings"),
    path("sessions/<str:public_id>/note/", sessions.session_note, name="session-note"),
    path("sessions/<str:public_id>/prompt/", sessions.session_prompt, name="session-prompt"),
    path("sessions/<str:public_id>/links/", sessions.session_links, name="session-links"),
    path("links/<str:public_id>/revoke/", sessions.link_revoke, name="link-revoke"),
    path("sessions/<str:public_id>/thanks/", links.session_thanks, name="session-thanks"),
    # takes, uploads and clips
    path("sessions/<str:public_id>/clips/", clips.session_clips, name="session-clips"),
    path("sessions/<str:public_id>/campaign/", clips.session_campaign, name="session-campaign"),
    # the recorder page and the operator's screen
    # long files
    path("sessions/<str:public_id>/long/", long_files.session_long, name="session-long"),
    path("long/<str:public_id>/", long_files.long_recording, name="long-recording"),
    # WebSpeechRecorderNg
]
