"""Letting people label whatever their practice said: a data manager's word, in the audit log."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.models import Campaign, CampaignMember
from annotation.models.member import Qualification
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, field_error
from speecheq.outbox import audit
from speecheq.roles import Role


def qualify(campaign: Campaign, username: str, *, by: Any) -> None:
    """Let a member label, practice or not. Raises Forbidden, RuleBroken, Conflict."""
    _change(campaign, username, Qualification.QUALIFIED, by=by)


def give_another_attempt(campaign: Campaign, username: str, *, by: Any) -> None:
    """Let somebody practise again who was not qualified. Raises as `qualify`."""
    _change(campaign, username, Qualification.PRACTISING, by=by)


# The state one comes to -> the states one may come from.
_FROM = {
    Qualification.QUALIFIED: (Qualification.PRACTISING, Qualification.FAILED),
    Qualification.PRACTISING: (Qualification.FAILED,),
}


@transaction.atomic
def _change(campaign: Campaign, username: str, to: Qualification, *, by: Any) -> None:
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    member = CampaignMember.objects.filter(campaign=campaign, user__username=username)
    now = timezone.now() if to == Qualification.QUALIFIED else None
    if member.filter(qualification__in=_FROM[to]).update(qualification=to, qualified_at=now):
        audit(by, "campaign.qualification_set", campaign.public_id, member=username, state=to)
        return
    state = member.values_list("qualification", flat=True).first()
    if state is None:
        detail = f"{username!r} is no member of this campaign."
        raise field_error("username", "unknown_member", detail)
    detail = f"{username} is {state}: this cannot become {to}."
    raise field_error("username", "qualification_conflict", detail, kind=Conflict)
