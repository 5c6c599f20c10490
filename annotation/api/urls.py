from __future__ import annotations

from django.urls import URLPattern, path

from annotation.api import (
    agreement,
    campaigns,
    clips,
    consensus,
    corpora,
    exports,
    groups,
    imports,
    label_spaces,
    labelling,
    quality,
    references,
    releases,
    schemes,
    users,
)
from annotation.api.recording.urls import urlpatterns as recording_urls
from annotation.api.urls_own import urlpatterns as own_urls

urlpatterns: list[URLPattern] = [
    # labelling: first, since addresses are compared one by one, and these are asked for most
    path("campaigns/<str:public_id>/next/", labelling.NextView.as_view(), name="campaign-next"),
    path("assignments/renew/", labelling.RenewView.as_view(), name="assignment-renew"),
    path(
        "assignments/<str:public_id>/submit/",
        labelling.SubmitView.as_view(),
        name="assignment-submit",
    ),
    path("assignments/<str:public_id>/skip/", labelling.SkipView.as_view(), name="assignment-skip"),
    path(
        "annotations/<str:public_id>/revise/",
        labelling.ReviseView.as_view(),
        name="annotation-revise",
    ),
    path("users/", users.UserListView.as_view(), name="user-list"),
    # corpora, speakers, clips
    path("corpora/", corpora.CorpusListView.as_view(), name="corpus-list"),
    path("corpora/<slug:slug>/", corpora.CorpusDetailView.as_view(), name="corpus-detail"),
    path("corpora/<slug:slug>/members/", corpora.MembersView.as_view(), name="corpus-members"),
    path("corpora/<slug:slug>/speakers/", corpora.SpeakerListView.as_view(), name="speaker-list"),
    path("corpora/<slug:slug>/imports/", imports.ImportListView.as_view(), name="import-list"),
    path("corpora/<slug:slug>/clips/", imports.CorpusClipsView.as_view(), name="corpus-clips"),
    path("speakers/<str:public_id>/", corpora.SpeakerDetailView.as_view(), name="speaker-detail"),
    path("clips/", clips.ClipListView.as_view(), name="clip-list"),
    path("clips/<str:public_id>/", clips.ClipDetailView.as_view(), name="clip-detail"),
    path("clips/<str:public_id>/audio/", clips.ClipAudioView.as_view(), name="clip-audio"),
    path("clips/<str:public_id>/peaks/", clips.ClipPeaksView.as_view(), name="clip-peaks"),
    path(
        "clips/<str:public_id>/spectrogram/",
        clips.ClipSpectrogramView.as_view(),
        name="clip-spectrogram",
    ),
    # campaigns
    path("campaigns/", campaigns.CampaignListView.as_view(), name="campaign-list"),
    path(
        "campaigns/<str:public_id>/", campaigns.CampaignDetailView.as_view(), name="campaign-detail"
    ),
    path(
        "campaigns/<str:public_id>/progress/",
        campaigns.ProgressView.as_view(),
        name="campaign-progress",
    ),
    path(
        "campaigns/<str:public_id>/annotators/",
        quality.AnnotatorsView.as_view(),
        name="campaign-annotators",
    ),
    path("campaigns/<str:public_id>/extras/", quality.ExtrasView.as_view(), name="campaign-extras"),
    path("campaigns/<str:public_id>/groups/", groups.GroupsView.as_view(), name="campaign-groups"),
    path(
        "campaigns/<str:public_id>/references/",
        references.ReferencesView.as_view(),
        name="campaign-references",
    ),
    path("campaigns/<str:public_id>/queue/", campaigns.QueueView.as_view(), name="campaign-queue"),
    path(
        "campaigns/<str:public_id>/agreement/",
        agreement.AgreementView.as_view(),
        name="campaign-agreement",
    ),
    path(
        "campaigns/<str:public_id>/consensus/",
        consensus.ConsensusView.as_view(),
        name="campaign-consensus",
    ),
    # scales
    path("label-spaces/", label_spaces.LabelSpaceListView.as_view(), name="label-space-list"),
    path("label-mappings/", label_spaces.LabelMappingListView.as_view(), name="label-mapping-list"),
    path("schemes/", schemes.SchemeListView.as_view(), name="scheme-list"),
    # releases
    path("releases/", releases.ReleaseListView.as_view(), name="release-list"),
    path("releases/<str:public_id>/", releases.ReleaseDetailView.as_view(), name="release-detail"),
    path(
        "releases/<str:public_id>/manifest/",
        releases.ReleaseManifestView.as_view(),
        name="release-manifest",
    ),
    path(
        "releases/<str:public_id>/leaks/", releases.ReleaseLeaksView.as_view(), name="release-leaks"
    ),
    path(
        "releases/<str:public_id>/splits/<str:split>/",
        releases.ReleaseSplitView.as_view(),
        name="release-split",
    ),
    path("releases/<str:public_id>/exports/", exports.ExportListView.as_view(), name="export-list"),
    path(
        "exports/<str:public_id>/download/",
        exports.ExportDownloadView.as_view(),
        name="export-download",
    ),
    *own_urls,
    *recording_urls,
]
