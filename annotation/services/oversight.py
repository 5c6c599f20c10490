"""Who answers for the people of a campaign: they read hours and questions of all."""

from __future__ import annotations

from typing import Any

from annotation.models import Campaign
from speecheq.roles import Role

OVERSEERS = (Role.DATA_MANAGER, Role.ADJUDICATOR)


def oversees(user: Any, campaign: Campaign) -> bool:
    return Campaign.objects.staffed_by(user, *OVERSEERS).filter(pk=campaign.pk).exists()
