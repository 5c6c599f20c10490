from __future__ import annotations

from django.urls import URLPattern, path

from annotation.api import agreement, campaigns, consensus, labelling, users

urlpatterns: list[URLPattern] = [
    path("users/", users.UserListView.as_view(), name="user-list"),
    # campaigns and labelling
    path("campaigns/", campaigns.CampaignListView.as_view(), name="campaign-list"),
    path(
        "campaigns/<str:public_id>/", campaigns.CampaignDetailView.as_view(), name="campaign-detail"
    ),
    path("campaigns/<str:public_id>/next/", labelling.NextView.as_view(), name="campaign-next"),
    path(
        "campaigns/<str:public_id>/progress/",
        campaigns.ProgressView.as_view(),
        name="campaign-progress",
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
]
