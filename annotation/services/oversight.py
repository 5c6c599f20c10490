"""Who answers for the people of a campaign, and what whoever labels there may not see yet."""

from __future__ import annotations

from typing import Any

from annotation.models import Campaign
from annotation.models.campaign import CampaignState
from annotation.services.errors import StillBlind
from speecheq.roles import Role
from speecheq.sentences import say

OVERSEERS = (Role.DATA_MANAGER, Role.ADJUDICATOR)
STAFF = [role for role in Role if role != Role.ANNOTATOR]


def oversees(user: Any, campaign: Campaign) -> bool:
    """They read hours and questions of all."""
    return Campaign.objects.staffed_by(user, *OVERSEERS).filter(pk=campaign.pk).exists()


def is_staff(user: Any, corpus_id: int) -> bool:
    """Whether `user` does more than label in the corpus; looked up once for a request."""
    if user.only_labels:
        return False
    if user.is_superuser:
        return True
    if not hasattr(user, "_staffed_corpora"):
        more = user.memberships.filter(role__in=STAFF)
        user._staffed_corpora = set(more.values_list("corpus_id", flat=True))
    return corpus_id in user._staffed_corpora


def sees_agreement(user: Any, campaign: Campaign) -> bool:
    """Staff at any time; those who only label once the campaign is closed.

    While people label, figures that move would tell single labels: a colleague's answer on the clip
    one has next moves a count, and one's own answer moves none where the clip is a check.
    """
    return campaign.state == CampaignState.CLOSED or is_staff(user, campaign.corpus_id)


def require_sight(user: Any, campaign: Campaign) -> None:
    """Raise StillBlind unless `user` may see agreement."""
    if not sees_agreement(user, campaign):
        raise StillBlind(
            say(
                "Agreement tells what others answered: it is shown here once the "
                "campaign is closed."
            )
        )
