"""Making a campaign, its settings and its states."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.models import Campaign, Corpus, Scheme
from annotation.models.campaign import CampaignState, Order
from annotation.services.agreement import forget_closed
from annotation.services.campaign_clips import choose_clips, create_items
from annotation.services.campaign_settings import (
    SETTINGS,
    change_settings,
    check_settings,
    move_to_scheme,
    set_member_caps,
)
from annotation.services.members import set_members
from annotation.services.references import Reference, set_references
from annotation.services.versions import named_version
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say, word
from speecheq.texts import check_line

NEXT_STATES: dict[str, set[str]] = {
    CampaignState.DRAFT: {CampaignState.OPEN, CampaignState.CLOSED},
    CampaignState.OPEN: {CampaignState.PAUSED, CampaignState.CLOSED},
    CampaignState.PAUSED: {CampaignState.OPEN, CampaignState.CLOSED},
    CampaignState.CLOSED: {CampaignState.OPEN},
}


@dataclass(frozen=True)
class CampaignRequest:
    """What a campaign is made from. `clips`: "all", a list of keys, or a dict of CLIP_FILTERS."""

    name: str
    scheme: str
    clips: Any = "all"
    overlap: int = 3
    order: str = Order.RANDOM
    seed: int = 0
    control_share: float = 0.0
    gold_share: float = 0.0
    repeat_share: float = 0.0
    practice_share: float = 0.0
    cap: int | None = None
    break_after_min: int | None = None
    full_listen: bool = False
    volume_check: bool = False
    lease_s: int = 600
    members: list[str] = field(default_factory=list)
    member_caps: dict[str, int | None] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    state: str = CampaignState.DRAFT

    def settings(self) -> dict[str, Any]:
        """Those that may be changed later."""
        return {name: getattr(self, name) for name in SETTINGS}


def draw_seed() -> int:
    """A seed for whoever names none. Not 0: who knows the seed can work out which offers are gold
    or repeats, so that it must not be guessed."""
    return secrets.randbelow(2**31)


def find_scheme(name: str) -> Scheme:
    """`seqd-1` is the newest version of it; `seqd-1@2` is that version."""
    scheme = named_version(Scheme.objects.all(), name)
    if scheme is None:
        known = ", ".join(sorted(set(Scheme.objects.values_list("code", flat=True))))
        raise field_error(
            "scheme",
            "unknown_scheme",
            say("No scheme {name!r}. Known: {known}.", name=name, known=known),
        )
    return scheme


@transaction.atomic
def create_campaign(*, corpus: Corpus, request: CampaignRequest, by: Any) -> Campaign:
    """Make a campaign with an item per clip. Raises Forbidden, Conflict, RuleBroken."""
    require_role(by, corpus, Role.DATA_MANAGER)
    check_line(request.name, field="name")
    scheme = find_scheme(request.scheme)
    Corpus.objects.select_for_update().get(pk=corpus.pk)  # one name at a time
    if Campaign.objects.filter(corpus=corpus, name=request.name).exists():
        detail = say(
            "The corpus {slug!r} already has a campaign {name!r}.",
            slug=corpus.slug,
            name=request.name,
        )
        raise field_error("name", "name_taken", detail, kind=Conflict)
    clips = choose_clips(corpus, request.clips)
    if not clips:
        raise field_error("clips", "no_clips", say("No clip with audio matches: nothing to label."))
    check_settings(request.settings())
    campaign = Campaign.objects.create(
        corpus=corpus,
        scheme=scheme,
        name=request.name,
        overlap=request.overlap,
        order=request.order,
        seed=request.seed,
        control_share=request.control_share,
        state=request.state,
        created_by=by,
        **request.settings(),
    )
    create_items(campaign, clips)
    set_members(campaign, request.members, by=by)
    set_member_caps(campaign, request.member_caps, by=by)
    if request.references:
        set_references(campaign, request.references, by=by)
        campaign.refresh_from_db()
    audit(by, "campaign.created", campaign.public_id, name=request.name, clips=len(clips))
    return campaign


@transaction.atomic
def change_campaign(
    campaign: Campaign,
    *,
    by: Any,
    state: str | None = None,
    name: str | None = None,
    members: list[str] | None = None,
    member_caps: Mapping[str, int | None] | None = None,
    scheme: str | None = None,
    **settings: Any,
) -> Campaign:
    """Change what may change while people are at work. Raises Forbidden, Conflict, RuleBroken.

    `settings`: some of `campaign_settings.SETTINGS`.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    if state is not None and state != campaign.state:
        _change_state(campaign, state)
        audit(by, "campaign.state_changed", campaign.public_id, state=state)
    if name is not None and name != campaign.name:
        _rename(campaign, name)
    if scheme is not None:
        move_to_scheme(campaign, find_scheme(scheme), by=by)
    if settings:
        change_settings(campaign, settings, by=by)
    if members is not None:
        set_members(campaign, members, by=by)
    if member_caps is not None:
        set_member_caps(campaign, member_caps, by=by)
    campaign.refresh_from_db()
    return campaign


def _rename(campaign: Campaign, name: str) -> None:
    check_line(name, field="name")
    Corpus.objects.select_for_update().get(pk=campaign.corpus_id)  # one name at a time
    if campaign.corpus.campaigns.filter(name=name).exists():
        raise field_error("name", "name_taken", say("{name!r} is taken.", name=name), kind=Conflict)
    Campaign.objects.filter(pk=campaign.pk).update(name=name)


def _change_state(campaign: Campaign, state: str) -> None:
    allowed = NEXT_STATES[campaign.state]
    here = Campaign.objects.filter(pk=campaign.pk, state=campaign.state)
    if state not in allowed or not here.update(state=state):
        can = word(*sorted(allowed))
        detail = say(
            "A campaign that is {state} cannot become {to}; it can become {can}.",
            state=word(campaign.state),
            to=word(state),
            can=can,
        )
        raise field_error("state", "state_conflict", detail, kind=Conflict)
    if state == CampaignState.CLOSED:
        forget_closed(campaign)
