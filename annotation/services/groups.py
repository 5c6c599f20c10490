"""Clips of a campaign that are kept for some of its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from annotation.models import AnnotatorGroup, Campaign, CampaignMember, Item
from annotation.services.campaign_clips import choose_clips
from annotation.services.returns import come_back
from speecheq.authorisation import require_role
from speecheq.errors import DomainError, FieldError, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say
from speecheq.texts import check_line

MAX_GROUPS = 1000
AT_ONCE = 500  # values in one query


@dataclass(frozen=True)
class Group:
    """People by user name, and the clips kept for them: as for a new campaign, but not "all".

    `clips` None: those that the group of this name has already.
    """

    name: str
    members: Sequence[str] = field(default_factory=list)
    clips: Any = None


def groups_of(campaign: Campaign) -> list[Group]:
    """Those of the campaign by name, with their people and the keys of their clips."""
    people: dict[int, list[str]] = {}
    members = campaign.members.exclude(group=None).order_by("user__username")
    for group_id, username in members.values_list("group_id", "user__username"):
        people.setdefault(group_id, []).append(username)
    clips: dict[int, list[str]] = {}
    items = campaign.items.exclude(group=None).order_by("clip__key")
    for group_id, key in items.values_list("group_id", "clip__key"):
        clips.setdefault(group_id, []).append(key)
    return [
        Group(each.name, people.get(each.pk, []), clips.get(each.pk, []))
        for each in campaign.groups.order_by("name")
    ]


@transaction.atomic
def set_groups(campaign: Campaign, wanted: Sequence[Group], *, by: Any) -> None:
    """Replace the groups. Who and what is in none is for everybody.

    Clips that somebody holds or has answered may be kept for others from now on. Raises Forbidden,
    RuleBroken with the place of what is wrong; then nothing changes.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)  # one list at a time
    _check_names(wanted)
    members = {m.user.username: m for m in campaign.members.select_related("user")}
    _check_people(wanted, members)
    present = {group.name: group for group in campaign.groups.all()}
    items, moved_from = _items_of(campaign)
    clips = _clips_for(campaign, wanted, items)
    rows = {
        group.name: present.get(group.name) or campaign.groups.create(name=group.name)
        for group in wanted
    }
    of_member = {name: rows[group.name] for group in wanted for name in group.members}
    joined = _move_people(members.values(), of_member)
    moved = _move_items(items, moved_from, clips, rows, present)
    _tell_of(campaign, joined, moved)
    campaign.groups.exclude(pk__in=[row.pk for row in rows.values()]).delete()
    sizes = {group.name: [list(group.members), len(clips.get(group.name, ()))] for group in wanted}
    audit(by, "campaign.groups_set", campaign.public_id, groups=sizes)


def keep_for(campaign: Campaign, username: str, clips: Any, *, by: Any) -> None:
    """Keep clips for one person, in a group of one that has their name; they leave another."""
    others = [
        replace(group, members=[each for each in group.members if each != username], clips=None)
        for group in groups_of(campaign)
        if group.name != username
    ]
    set_groups(campaign, [*others, Group(username, [username], clips)], by=by)


def _raise(errors: list[FieldError]) -> None:
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors[:50], code=errors[0].code)


def _check_names(wanted: Sequence[Group]) -> None:
    if len(wanted) > MAX_GROUPS:
        detail = say(
            "{n_wanted} groups; a campaign has at most {most}.",
            n_wanted=len(wanted),
            most=MAX_GROUPS,
        )
        raise field_error("", "too_many_groups", detail)
    names = [group.name for group in wanted]
    for i, name in enumerate(names):
        check_line(name, field=f"{i}.name")
    _raise(
        [
            FieldError(
                f"{i}.name",
                "group_name_taken",
                say("Two groups have the name {name!r}.", name=name),
            )
            for i, name in enumerate(names)
            if name in names[:i]
        ]
    )


def _check_people(wanted: Sequence[Group], members: Mapping[str, CampaignMember]) -> None:
    errors = []
    seen: dict[str, str] = {}
    for i, group in enumerate(wanted):
        for j, name in enumerate(group.members):
            place = f"{i}.members.{j}"
            if name not in members:
                detail = say("{name!r} is no member of this campaign.", name=name)
                errors.append(FieldError(place, "unknown_member", detail))
            elif name in seen:
                detail = say(
                    "{name} is in {seen!r} already: one person, one group.",
                    name=name,
                    seen=seen[name],
                )
                errors.append(FieldError(place, "member_in_two_groups", detail))
            seen[name] = group.name
    _raise(errors)


def _items_of(campaign: Campaign) -> tuple[dict[int, int], dict[int, int | None]]:
    """Database keys of the items by clip, and the group each is in now."""
    rows = campaign.items.values_list("pk", "clip_id", "group_id")
    items: dict[int, int] = {}
    groups: dict[int, int | None] = {}
    for pk, clip_id, group_id in rows.iterator(chunk_size=5000):
        items[clip_id], groups[pk] = pk, group_id
    return items, groups


def _clips_for(
    campaign: Campaign, wanted: Sequence[Group], items: Mapping[int, int]
) -> dict[str, list[int]]:
    """The clips of each group that names some. Each clip is in the campaign, and in one group."""
    chosen: dict[str, list[int]] = {}
    owner: dict[int, str] = {}
    for i, group in enumerate(wanted):
        if group.clips is None:
            continue
        mine = chosen[group.name] = _choose(campaign, group.clips, i, items)
        for clip_id in mine:
            if owner.setdefault(clip_id, group.name) != group.name:
                key = campaign.corpus.clips.get(pk=clip_id).key
                detail = say(
                    "{key} is kept for {owner!r} already: one clip, one group.",
                    key=key,
                    owner=owner[clip_id],
                )
                raise field_error(f"{i}.clips", "clip_in_two_groups", detail)
    return chosen


def _choose(campaign: Campaign, clips: Any, i: int, items: Mapping[int, int]) -> list[int]:
    if clips == "all":
        detail = say("Name the clips by a list of keys or a filter: all of them are for everybody.")
        raise field_error(f"{i}.clips", "unknown_filter", detail)
    try:
        found = [pk for pk, _public_id in choose_clips(campaign.corpus, clips)]
    except DomainError as error:
        error.errors = [FieldError(f"{i}.{e.field}", e.code, e.detail) for e in error.errors]
        raise
    inside = [pk for pk in found if pk in items]
    if isinstance(clips, list) and len(inside) < len(found):
        outside = set(found) - set(items)
        missing = campaign.corpus.clips.filter(pk__in=list(outside)[:AT_ONCE])
        keys = set(missing.values_list("key", flat=True))
        _raise(
            [
                FieldError(
                    f"{i}.clips.{j}",
                    "unknown_clip",
                    say("{key!r} is not in this campaign.", key=key),
                )
                for j, key in enumerate(clips)
                if key in keys
            ]
        )
    return inside


def _move_people(
    members: Iterable[CampaignMember], of_member: Mapping[str, AnnotatorGroup]
) -> set[int]:
    """Returns the groups that somebody joined."""
    moved = []
    for member in members:
        group = of_member.get(member.user.username)
        if member.group_id != (group.pk if group else None):
            member.group = group
            moved.append(member)
    CampaignMember.objects.bulk_update(moved, ["group"], batch_size=AT_ONCE)
    return {member.group_id for member in moved if member.group_id is not None}


def _move_items(
    items: Mapping[int, int],
    now: Mapping[int, int | None],
    clips: Mapping[str, Sequence[int]],
    rows: Mapping[str, AnnotatorGroup],
    present: Mapping[str, AnnotatorGroup],
) -> list[int]:
    """Put each item where it belongs. Only what changes is written; returns those."""
    # Groups that named no clips keep theirs, unless another group takes one.
    keeping = {row.pk for name, row in rows.items() if name not in clips and name in present}
    target: dict[int, int | None] = {
        pk: group if group in keeping else None for pk, group in now.items()
    }
    for name, chosen in clips.items():
        target |= {items[clip_id]: rows[name].pk for clip_id in chosen}
    changed: dict[int | None, list[int]] = {}
    for pk, group in target.items():
        if now[pk] != group:
            changed.setdefault(group, []).append(pk)
    for group, pks in changed.items():
        for start in range(0, len(pks), AT_ONCE):
            part = Item.objects.filter(pk__in=pks[start : start + AT_ONCE])
            part.update(group=group)
    return [pk for pks in changed.values() for pk in pks]


def _tell_of(campaign: Campaign, joined: Iterable[int], moved: Sequence[int]) -> None:
    """Some may have looked where they find these items now: in a group they joined, or moved."""
    if not joined and not moved:
        return
    number = come_back(campaign.pk)
    campaign.items.filter(group__in=joined).update(came_back=number)
    for start in range(0, len(moved), AT_ONCE):
        Item.objects.filter(pk__in=moved[start : start + AT_ONCE]).update(came_back=number)
