"""How a campaign wants its clips heard, for the modules of the labelling page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from annotation.models import Campaign
from annotation.services import shifts


def listening_config(campaign: Campaign, user: Any) -> dict[str, Any]:
    """`volume` is null without a check; `break_after_min` null without a reminder."""
    return {
        "full_listen": campaign.full_listen,
        "break_after_min": campaign.break_after_min,
        "volume": _volume(campaign, user),
    }


def _volume(campaign: Campaign, user: Any) -> dict[str, Any] | None:
    if not campaign.volume_check:
        return None
    member = shifts.member_of(campaign, user)
    return {
        "due_in_s": shifts.seconds_until_check(member),
        "level_dbfs": shifts.speech_level_dbfs(campaign),
        "url": reverse("api:campaign-shift", args=[campaign.public_id]),
    }


TEXTS = {
    "listen_first": gettext_lazy("Listen to the end first: %s s were not heard yet."),
    "break": gettext_lazy("You have been labelling for %d minutes. A short break rests your ears."),
    "ear_left": gettext_lazy("Left ear."),
    "ear_right": gettext_lazy("Right ear."),
    "ear_again": gettext_lazy(
        "That is not how many there were. Listen again; a little louder may help."
    ),
    "ear_failed": gettext_lazy(
        "Three answers were not right. Find a quieter place, see that both sides of your "
        "headphones work, and set the level again."
    ),
    "volume_play": gettext_lazy("Play the noise"),
    "volume_stop": gettext_lazy("Stop the noise"),
}
