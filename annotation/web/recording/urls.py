"""Pages of recording."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web.recording import (
    clips,
    consent_texts,
    consents,
    links,
    long_files,
    recorder,
    scripts,
    sessions,
    takes,
)

urlpatterns: list[URLPattern] = [
    # scripts
    path("scripts/", scripts.script_list, name="script-list"),
    path("scripts/new/", scripts.script_create, name="script-create"),
    path("scripts/<str:name>/", scripts.script_detail, name="script-detail"),
    path("scripts/<str:name>/file/<str:kind>/", scripts.script_file, name="script-file"),
    # consent
    path("consent-texts/", consent_texts.consent_text_list, name="consent-text-list"),
    path("consent-texts/new/", consent_texts.consent_text_create, name="consent-text-create"),
    path(
        "consent-texts/<slug:code>/", consent_texts.consent_text_detail, name="consent-text-detail"
    ),
    path("speakers/<str:public_id>/consents/", consents.speaker_consents, name="speaker-consents"),
    path("speakers/<str:public_id>/consents/sign/", consents.speaker_sign, name="speaker-sign"),
    path("speakers/<str:public_id>/withdraw/", consents.speaker_withdraw, name="speaker-withdraw"),
    path("consents/<str:public_id>/", consents.consent_receipt, name="consent-receipt"),
    path("sessions/<str:public_id>/consent/", consents.session_consent, name="session-consent"),
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
    # the recorder page and the operator's screen
    path("sessions/<str:public_id>/record/", recorder.record, name="session-record"),
    path("sessions/<str:public_id>/operate/", recorder.operate, name="session-operate"),
    # takes
    path("sessions/<str:public_id>/takes/", takes.session_takes, name="session-takes"),
    path("takes/<str:public_id>/choose/", takes.take_choose, name="take-choose"),
    # clips
    path("sessions/<str:public_id>/clips/", clips.session_clips, name="session-clips"),
    path("sessions/<str:public_id>/campaign/", clips.session_campaign, name="session-campaign"),
    # long files
    path("sessions/<str:public_id>/long/", long_files.session_long, name="session-long"),
    path("long/<str:public_id>/", long_files.long_recording, name="long-recording"),
]
