from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web import (
    agreement,
    campaign_setup,
    campaigns,
    consensus,
    corpora,
    labelling,
    people,
    quality,
    releases,
    schemes,
)
from annotation.web.recording.urls import urlpatterns as recording_urls
from annotation.web.urls_own import urlpatterns as own_urls

app_name = "annotation"
urlpatterns: list[URLPattern] = [
    path("corpora/", corpora.corpus_list, name="corpus-list"),
    path("corpora/new/", corpora.corpus_create, name="corpus-create"),
    path("corpora/<slug:slug>/", corpora.corpus_detail, name="corpus-detail"),
    path("corpora/<slug:slug>/import/", corpora.corpus_import, name="corpus-import"),
    path("corpora/<slug:slug>/speakers/", corpora.corpus_speakers, name="corpus-speakers"),
    path("corpora/<slug:slug>/members/", corpora.corpus_members, name="corpus-members"),
    path(
        "corpora/<slug:slug>/members/remove/",
        corpora.corpus_member_remove,
        name="corpus-member-remove",
    ),
    path("clips/<str:public_id>/", corpora.clip_detail, name="clip-detail"),
    path("people/", people.user_list, name="user-list"),
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign-create"),
    path("campaigns/<str:public_id>/", campaigns.campaign_detail, name="campaign-detail"),
    path("campaigns/<str:public_id>/label/", labelling.LabelView.as_view(), name="label"),
    path("campaigns/<str:public_id>/state/", campaigns.campaign_state, name="campaign-state"),
    path("campaigns/<str:public_id>/members/", campaigns.campaign_members, name="campaign-members"),
    path(
        "campaigns/<str:public_id>/settings/",
        campaign_setup.campaign_settings,
        name="campaign-settings",
    ),
    path(
        "campaigns/<str:public_id>/annotators/",
        quality.campaign_annotators,
        name="campaign-annotators",
    ),
    path("campaigns/<str:public_id>/qualify/", quality.campaign_qualify, name="campaign-qualify"),
    path("campaigns/<str:public_id>/extras/", quality.campaign_extras, name="campaign-extras"),
    path("campaigns/<str:public_id>/caps/", campaign_setup.campaign_caps, name="campaign-caps"),
    path(
        "campaigns/<str:public_id>/groups/", campaign_setup.campaign_groups, name="campaign-groups"
    ),
    path(
        "campaigns/<str:public_id>/references/",
        campaign_setup.campaign_references,
        name="campaign-references",
    ),
    path("campaigns/<str:public_id>/queue/", campaigns.campaign_queue, name="campaign-queue"),
    path("campaigns/<str:public_id>/agreement/", agreement.agreement, name="campaign-agreement"),
    path("campaigns/<str:public_id>/consensus/", consensus.consensus, name="campaign-consensus"),
    path("schemes/", schemes.scheme_list, name="scheme-list"),
    path("schemes/new/", schemes.scheme_editor, name="scheme-editor"),
    path("schemes/preview/", schemes.scheme_preview, name="scheme-preview"),
    path("schemes/move/", schemes.scheme_move, name="scheme-move"),
    path("releases/", releases.release_list, name="release-list"),
    path("releases/new/", releases.release_create, name="release-create"),
    path("releases/<str:public_id>/", releases.release_detail, name="release-detail"),
    path("releases/<str:public_id>/exports/", releases.release_exports, name="release-exports"),
    path("exports/<str:public_id>/", releases.export_download, name="export-download"),
    *own_urls,
    *recording_urls,
]
