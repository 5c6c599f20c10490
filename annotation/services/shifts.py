"""The start of a shift: a level that is comfortable for speech and lets quiet sounds be heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from django.utils import timezone

from annotation.models import Campaign, CampaignMember, Clip
from annotation.services.errors import NotInCampaign, TonesNotHeard
from speecheq.sentences import say

SHIFT = timedelta(hours=8)
SAMPLED_CLIPS = 500
USUAL_LEVEL_DBFS = -26.0  # of speech, where no clip has a level


def seconds_until_check(member: CampaignMember) -> float | None:
    """When the next volume check is due, 0 for now; None where the campaign wants none."""
    if not member.campaign.volume_check:
        return None
    if member.volume_checked_at is None:
        return 0.0
    return max(0.0, (member.volume_checked_at + SHIFT - timezone.now()).total_seconds())


def member_of(campaign: Campaign, user: Any) -> CampaignMember:
    """The membership. Raises NotInCampaign."""
    member = campaign.members.filter(user=user).first()
    if member is None:
        raise NotInCampaign(
            say("You are not a member of the campaign {name!r}.", name=campaign.name)
        )
    member.campaign = campaign
    return member


def pass_volume_check(
    *, member: CampaignMember, heard: Sequence[int], played: Sequence[int]
) -> CampaignMember:
    """Note that the quiet tones, (left, right), were all heard. Raises TonesNotHeard."""
    if list(heard) != list(played):
        detail = say(
            "Heard {heard} of {played} tones. Set the volume again.",
            heard=str(list(heard)),
            played=str(list(played)),
        )
        raise TonesNotHeard(detail)
    member.volume_checked_at = timezone.now()
    member.save(update_fields=["volume_checked_at"])
    return member


def speech_level_dbfs(campaign: Campaign) -> float:
    """Median level of clips of the campaign, from the first few hundred that have one."""
    measured: Any = Clip.objects.filter(items__campaign=campaign, level_dbfs__isnull=False)
    levels = list(measured.values_list("level_dbfs", flat=True)[:SAMPLED_CLIPS])
    return round(median(levels), 1) if levels else USUAL_LEVEL_DBFS
