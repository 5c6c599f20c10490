"""What a data manager decides whatever practice said; each decision is in the audit log."""

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
from speecheq.sentences import say, word


def qualify(campaign: Campaign, username: str, *, by: Any) -> CampaignMember:
    """Let a member label, practice or not. Raises Forbidden, RuleBroken, Conflict."""
    return _change(campaign, username, Qualification.QUALIFIED, by=by)


def let_try_again(campaign: Campaign, username: str, *, by: Any) -> CampaignMember:
    """Give somebody who is not qualified three more attempts. Raises as `qualify`."""
    return _change(campaign, username, Qualification.PRACTISING, by=by)


# The state one comes to -> the states one may come from.
_FROM = {
    Qualification.QUALIFIED: (Qualification.PRACTISING, Qualification.FAILED),
    Qualification.PRACTISING: (Qualification.FAILED,),
}


@transaction.atomic
def _change(campaign: Campaign, username: str, to: Qualification, *, by: Any) -> CampaignMember:
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    member = campaign.members.filter(user__username=username).select_related("user").first()
    if member is None:
        detail = say("{username!r} is no member of this campaign.", username=username)
        raise field_error("username", "unknown_member", detail)
    now = timezone.now() if to == Qualification.QUALIFIED else None
    before = campaign.members.filter(pk=member.pk, qualification__in=_FROM[to])
    if not before.update(qualification=to, qualified_at=now):
        detail = say(
            "{username} is {qualification}: this cannot become {to}.",
            username=username,
            qualification=word(member.qualification),
            to=word(to),
        )
        raise field_error("username", "qualification_conflict", detail, kind=Conflict)
    audit(by, "campaign.qualification_set", campaign.public_id, member=username, state=to)
    member.refresh_from_db()
    return member
