"""Who labels in a campaign."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from annotation.models import Assignment, Campaign, CampaignMember, Membership
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.services.leases import give_back_all
from speecheq.authorisation import require_role
from speecheq.errors import FieldError, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

MAX_MEMBERS = 5000
AT_THE_BEGINNING = {
    "cursor_rank": None,
    "cursor_item": 0,
    "front_rank": None,
    "front_item": 0,
    "front_version": 0,
    "back_number": 0,
    "back_item": 0,
}


@transaction.atomic
def set_members(campaign: Campaign, usernames: Iterable[str], *, by: Any) -> None:
    """Replace the list of those who label. Each must be a member of the corpus.

    Who is left out gives back what they hold; should they come again, they go on where they were.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    names = list(dict.fromkeys(usernames))
    if len(names) > MAX_MEMBERS:
        detail = say(
            "{n_names} names; a campaign has at most {most} members.",
            n_names=len(names),
            most=MAX_MEMBERS,
        )
        raise field_error("members", "too_many_members", detail)
    users = {u.username: u for u in get_user_model().objects.filter(username__in=names)}
    in_corpus = Membership.objects.filter(corpus=campaign.corpus, user__in=users.values())
    allowed = set(in_corpus.values_list("user_id", flat=True))
    errors = []
    for i, name in enumerate(names):
        user = users.get(name)
        if user is None:
            errors.append(
                FieldError(f"members.{i}", "unknown_user", say("No user {name!r}.", name=name))
            )
        elif user.pk not in allowed and not user.is_superuser:
            detail = say(
                "{name} is not a member of the corpus {slug!r}.",
                name=name,
                slug=campaign.corpus.slug,
            )
            errors.append(FieldError(f"members.{i}", "not_in_corpus", detail))
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)
    leave(campaign.members.exclude(user__username__in=names))
    present = set(campaign.members.values_list("user__username", flat=True))
    for name in names:
        if name not in present:
            join(campaign, users[name])
    audit(by, "campaign.members_set", campaign.public_id, members=names)


def leave(members: QuerySet[CampaignMember]) -> None:
    """Let people label no more, and give the clips they hold to others once that is stored.

    Not in one transaction: an answer locks its assignment before its member, and would wait for
    this one while this one waits for it.
    """
    gone = list(members.values_list("pk", "campaign_id", "user_id"))
    pks = [pk for pk, _, _ in gone]
    CampaignMember.ever.filter(pk__in=pks).update(left_at=timezone.now())
    for _, campaign_id, user_id in gone:
        give_back = partial(give_back_all, campaign_id=campaign_id, annotator_id=user_id)
        transaction.on_commit(give_back, robust=True)  # else their leases run out


def join(campaign: Campaign, user: Any) -> None:
    """Let somebody label: anew, or again with the practice, cap and group they had."""
    member, is_new = CampaignMember.ever.get_or_create(campaign=campaign, user=user)
    if not is_new:  # the queue went on meanwhile: they look through it from its beginning
        CampaignMember.ever.filter(pk=member.pk).update(left_at=None, **AT_THE_BEGINNING)
    recount(member)


def recount(member: CampaignMember) -> None:
    """Count anew what was offered to a member and done by them: they may have been one before."""
    mine = Assignment.objects.filter(campaign=member.campaign_id, annotator=member.user_id)
    counts = mine.aggregate(
        offered=Count("pk"),
        done=Count("pk", filter=Q(state=AssignmentState.DONE)),
        gold_cursor=Count("pk", filter=Q(kind=AssignmentKind.GOLD)),
        repeat_cursor=Count("pk", filter=Q(kind=AssignmentKind.REPEAT)),
    )
    CampaignMember.objects.filter(pk=member.pk).update(**counts)
