"""Who hears which clip next.

What may be offered is found in `looking` and taken in `offers`; the statements are in `queue_sql`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from annotation.models import Assignment, Campaign, Clip
from annotation.models.campaign import CampaignState
from annotation.models.member import Qualification
from annotation.services import queue_sql
from annotation.services.errors import (
    CampaignNotOpen,
    NotInCampaign,
    NotQualified,
    PracticeFirst,
)
from annotation.services.leases import reap_expired
from annotation.services.looking import look
from annotation.services.offered import remember
from annotation.services.offers import as_open, take
from annotation.services.offers_sql import OtherTab
from annotation.services.queue_sql import Desk, Held
from speecheq import sql
from speecheq.errors import NotFound
from speecheq.sentences import say, word

NOTHING_LEFT = "nothing_left"
CAP_REACHED = "cap_reached"
TRIES = 20


class Offer(NamedTuple):
    """What `next` answers. `reason`: why there is nothing; `scheme`: code, version and mode;
    `intended`: ESC and EIS asked of the speaker, by clip, only where the scheme tells them."""

    assignments: list[Assignment]
    reason: str | None
    scheme: tuple[str, int, str]
    intended: dict[int, tuple[str, int | None]]


def claim_next(*, campaign: Campaign, annotator: Any, count: int = 1) -> list[Assignment]:
    """The assignments of `offer_next`, for whoever has the campaign at hand."""
    found = offer_next(campaign_id=campaign.public_id, annotator=annotator, count=count)
    for assignment in found.assignments:
        assignment.campaign = campaign
    return found.assignments


def offer_next(*, campaign_id: str, annotator: Any, count: int = 1) -> Offer:
    """Up to `count` open assignments: those the annotator already holds, then new claims.

    Raises NotFound, NotInCampaign, CampaignNotOpen, PracticeFirst, NotQualified.
    """
    for _ in range(TRIES):
        desk, held = _read_desk(campaign_id, annotator, count)
        _check_open(desk)
        offered = _hold_on(desk, held)
        try:
            reason = _add(desk, offered, annotator, count)
        except OtherTab:
            continue
        scheme = (desk.scheme_code, desk.scheme_version, desk.scheme_mode)
        intended = _intended(offered) if desk.shows_intended else {}
        remember(campaign_id, offered)
        return Offer(offered, None if offered else reason, scheme, intended)
    raise RuntimeError(f"Another request of the same person came first {TRIES} times.")


def _intended(offered: list[Assignment]) -> dict[int, tuple[str, int | None]]:
    clips = Clip.objects.filter(pk__in=[each.clip_id for each in offered]).exclude(intended_esc="")
    return {
        pk: (esc, eis) for pk, esc, eis in clips.values_list("pk", "intended_esc", "intended_eis")
    }


def _read_desk(campaign_id: str, annotator: Any, count: int) -> tuple[Desk, list[Held]]:
    values = {"campaign": campaign_id, "user": annotator.pk, "count": count}
    found = sql.rows(queue_sql.DESK, values)
    if not found:
        visible = Campaign.objects.visible_to(annotator).filter(public_id=campaign_id).first()
        if visible is None:
            raise NotFound(say("No campaign {campaign_id!r}.", campaign_id=campaign_id))
        raise NotInCampaign(
            say("You are not a member of the campaign {name!r}.", name=visible.name)
        )
    width = queue_sql.DESK_WIDTH
    held = [Held(*row[width:]) for row in found if row[width] is not None]
    return Desk(*found[0][:width]), held


def _check_open(desk: Desk) -> None:
    """Raise CampaignNotOpen; PracticeFirst or NotQualified where there are practice clips."""
    if desk.state != CampaignState.OPEN:
        raise CampaignNotOpen(
            say(
                "The campaign {name!r} is {state}, not open.",
                name=desk.name,
                state=word(desk.state),
            )
        )
    if desk.qualification == Qualification.PRACTISING and desk.n_practice:
        detail = say(
            "The campaign {name!r} begins with {n} practice clips. Label them first.",
            name=desk.name,
            n=desk.n_practice,
        )
        raise PracticeFirst(detail)
    if desk.qualification == Qualification.FAILED and desk.practice_share > 0:
        raise NotQualified(
            say(
                "Fewer than {practice_share:.0%} of your practice clips were right. Ask "
                "the data manager.",
                practice_share=desk.practice_share,
            )
        )


def _hold_on(desk: Desk, held: list[Held]) -> list[Assignment]:
    """The annotator's open assignments, oldest first. Leases that run low are renewed."""
    if not held:
        return []
    now = timezone.now()
    ends = {each.id: sql.when(each.expires_at) for each in held}
    until = now + timedelta(seconds=desk.lease_s)
    if min(ends.values()) < now + timedelta(seconds=desk.lease_s * 3 / 4):
        values = {
            "until": sql.moment(until),
            "campaign": desk.campaign_id,
            "user": desk.user_id,
            "last": held[-1].id,
        }
        ends = {pk: until for (pk,) in sql.rows(queue_sql.RENEW_HELD, values)}
    return [as_open(desk, each, ends[each.id]) for each in held if each.id in ends]


def _add(desk: Desk, offered: list[Assignment], annotator: Any, count: int) -> str:
    """Claim until `offered` has `count`. Returns why it has fewer."""
    reaped = False
    while len(offered) < count:
        wanted = count - len(offered)
        if desk.cap is not None:
            wanted = min(wanted, desk.cap - desk.done - len(offered))
        if wanted <= 0:
            return CAP_REACHED
        desk, candidates = look(desk)
        if candidates:
            desk, more = take(desk, candidates, annotator.public_id, wanted)
            offered += more  # none where others were faster on each: look again
        elif reaped or not reap_expired(campaign_id=desk.campaign_id):
            return NOTHING_LEFT
        else:
            reaped = True
    return ""
