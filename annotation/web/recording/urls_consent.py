"""Pages of consent."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web.recording import consent_texts, consents

urlpatterns: list[URLPattern] = [
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
]
