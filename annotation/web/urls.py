from __future__ import annotations

from django.urls import URLPattern, path

from annotation.web import agreement, campaigns, consensus, labelling

app_name = "annotation"
urlpatterns: list[URLPattern] = [
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign-create"),
    path("campaigns/<str:public_id>/", campaigns.campaign_detail, name="campaign-detail"),
    path("campaigns/<str:public_id>/label/", labelling.LabelView.as_view(), name="label"),
    path("campaigns/<str:public_id>/state/", campaigns.campaign_state, name="campaign-state"),
    path("campaigns/<str:public_id>/members/", campaigns.campaign_members, name="campaign-members"),
    path("campaigns/<str:public_id>/queue/", campaigns.campaign_queue, name="campaign-queue"),
    path("campaigns/<str:public_id>/agreement/", agreement.agreement, name="campaign-agreement"),
    path("campaigns/<str:public_id>/consensus/", consensus.consensus, name="campaign-consensus"),
]
