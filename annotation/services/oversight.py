"""Who answers for the people of a campaign, and what whoever labels there may not see yet."""

from __future__ import annotations

from typing import Any

from annotation.models import Campaign
from annotation.models.campaign import CampaignState
from annotation.services.errors import StillBlind
from speecheq.roles import Role

OVERSEERS = (Role.DATA_MANAGER, Role.ADJUDICATOR)
STAFF = [role for role in Role if role != Role.ANNOTATOR]


def oversees(user: Any, campaign: Campaign) -> bool:
    """They read hours and questions of all."""
    return Campaign.objects.staffed_by(user, *OVERSEERS).filter(pk=campaign.pk).exists()


def sees_agreement(user: Any, campaign: Campaign) -> bool:
    """Staff at any time; whoever labels, once they have answered here or the campaign is closed.

    Before one's first answer its figures would say what there is to hear. After it they show how
    one's own labels fit in; which clips the others' labels belong to they never say.
    """
    if campaign.state == CampaignState.CLOSED:
        return True
    if campaign.members.filter(user=user, done__gt=0).exists():
        return True
    return Campaign.objects.staffed_by(user, *STAFF).filter(pk=campaign.pk).exists()


def require_sight(user: Any, campaign: Campaign) -> None:
    """Raise StillBlind unless `user` may see agreement."""
    if not sees_agreement(user, campaign):
        raise StillBlind(
            "Agreement tells what others answered: it is shown here after your first label."
        )
