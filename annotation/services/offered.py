"""What this process has offered lately, so that an answer to it need not read it again.

People keep their connection, so most answers come to the process that made the offer. What is kept
of an assignment never changes; of its campaign two things may, and so may the membership of whoever
answers. The statement that stores the answer looks at those itself: `labelling_sql.UNCHANGED`.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

from annotation.models import Assignment, Campaign

REMEMBERED = 2000
_offers: dict[str, tuple[str, Assignment]] = {}
_campaigns: dict[str, Campaign] = {}
_one_at_a_time = Lock()


def remember(campaign_id: str, offers: Iterable[Assignment]) -> None:
    """Keep open assignments of the campaign with this public id, each with its clip."""
    for each in offers:
        _keep(_offers, each.public_id, (campaign_id, each))


def learn(campaign: Campaign) -> None:
    """Keep a campaign with its scheme, as it was just read."""
    _keep(_campaigns, campaign.public_id, campaign)


def recall(public_id: str, annotator: Any) -> Assignment | None:
    """An assignment offered to this person, once; None where it or its campaign is not known."""
    campaign_id, assignment = _offers.get(public_id, ("", None))
    if assignment is None or assignment.annotator_id != annotator.pk:
        return None
    with _one_at_a_time:
        _offers.pop(public_id, None)
    campaign = _campaigns.get(campaign_id)
    if campaign is None:
        return None
    assignment.campaign, assignment.annotator = campaign, annotator
    return assignment


def _keep(known: dict[str, Any], name: str, value: Any) -> None:
    """The latest are kept: what was offered and never answered must not pile up."""
    with _one_at_a_time:  # a dict that changes cannot be asked for its first
        known.pop(name, None)
        known[name] = value
        while len(known) > REMEMBERED:
            known.pop(next(iter(known)))
