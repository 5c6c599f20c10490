"""Tabs of a campaign for those who answer for its people."""

from __future__ import annotations

from typing import Any

from django import template

from annotation.services import questions
from annotation.services.oversight import oversees

register = template.Library()


@register.inclusion_tag("annotation/parts/own_tabs.html", takes_context=True)
def own_tabs(context: dict[str, Any], tab: str) -> dict[str, Any]:
    """Questions with what is unread, hours, practice; nothing for anybody else."""
    campaign, user = context["campaign"], context["request"].user
    shown = oversees(user, campaign)
    unread = questions.n_unread(campaign, user) if shown else 0
    return {"campaign": campaign, "tab": tab, "shown": shown, "unread": unread}
