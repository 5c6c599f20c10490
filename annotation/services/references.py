"""Clips whose answer a manager knows: gold to check with, practice to learn on, anchors to hear.

None of them is an ordinary item: what is known is not asked, and what was shown with its answer is
no judgement. A gold clip has an item that needs nothing, so that it can be offered like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.labelspaces.rules import LabelError, check_label
from annotation.models import Campaign, CampaignMember, Item, ReferenceClip, Scheme
from annotation.models.member import Qualification
from annotation.models.reference import Purpose
from annotation.models.scheme import SchemeMode
from annotation.services.campaign_clips import clips_by_key, own_rank
from annotation.services.errors import BadLabels
from annotation.services.judgements import check_labels
from annotation.services.returns import come_back
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, FieldError, NotFound, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

MAX_REFERENCES = 5000
MAX_FEEDBACK = 1000
ADDED = "reference"  # `Item.why` of an item that was made for a gold clip alone

Label = tuple[str, int | None]


@dataclass(frozen=True)
class Reference:
    """A clip by its key, and what is known of it. `place`: where it stands in what was asked."""

    clip: str
    purpose: str
    labels: Sequence[Label]
    feedback: str = ""
    place: str = field(default="", compare=False)


def references_of(campaign: Campaign) -> list[Reference]:
    """Those of the campaign: gold, practice, anchors, each in its order."""
    return [
        Reference(row.clip.key, row.purpose, labels_of(row), row.feedback)
        for row in campaign.references.listed().select_related("clip")
    ]


def labels_of(row: ReferenceClip) -> list[Label]:
    return [(label["esc"], label["eis"]) for label in row.labels]


@transaction.atomic
def set_references(campaign: Campaign, wanted: Sequence[Reference], *, by: Any) -> None:
    """Replace the reference clips. Raises Forbidden, RuleBroken, Conflict; then all stays.

    A clip that is no reference any more becomes an ordinary one again, if it was one before and
    was never offered as gold.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    locked = Campaign.objects.select_for_update(of=("self",))
    campaign = locked.select_related("scheme", "corpus").get(pk=campaign.pk)
    wanted = [replace(r, place=r.place or str(i)) for i, r in enumerate(wanted)]
    known = _checked(campaign, wanted)
    before = {row.clip_id: row for row in campaign.references.all()}
    kept = {known[reference.clip][0] for reference in wanted}
    _give_back(campaign, [pk for pk in before if pk not in kept])
    _take_out(campaign, wanted, known)
    _store(campaign, wanted, known, before)
    _count(campaign, wanted)
    if wanted and not campaign.items.filter(needed__gt=0).exists():
        detail = say("Every clip of the campaign would be a known one: leave some to be labelled.")
        raise field_error("", "all_known", detail)
    audit(
        by,
        "campaign.references_set",
        campaign.public_id,
        references=[[r.clip, str(r.purpose), [list(each) for each in r.labels]] for r in wanted],
    )


def add_references(campaign: Campaign, added: Sequence[Reference], *, by: Any) -> None:
    """Add some; what they say of a clip replaces what was said of it before."""
    new = {reference.clip: reference for reference in added}
    present = references_of(campaign)
    merged = [new.pop(old.clip, old) for old in present]
    set_references(campaign, [*merged, *new.values()], by=by)


def remove_reference(campaign: Campaign, public_id: str, *, by: Any) -> None:
    """Take one from the list. Raises NotFound."""
    row = campaign.references.filter(public_id=public_id).select_related("clip").first()
    if row is None:
        raise NotFound(say("No reference {id!r} in this campaign.", id=public_id))
    left = [each for each in references_of(campaign) if each.clip != row.clip.key]
    set_references(campaign, left, by=by)


def check_references_fit(campaign: Campaign, scheme: Scheme) -> None:
    """Raise RuleBroken unless `scheme` offers the labels of all references."""
    errors = [
        error
        for i, reference in enumerate(references_of(campaign))
        for error in _label_errors(replace(reference, place=f"references.{i}"), scheme)
    ]
    _raise(errors)


def _raise(errors: list[FieldError], kind: type[RuleBroken] | type[Conflict] = RuleBroken) -> None:
    if errors:
        raise kind(errors[0].detail, errors=errors[:50], code=errors[0].code)


def _checked(campaign: Campaign, wanted: Sequence[Reference]) -> dict[str, tuple[int, str]]:
    """Key to (database key, public id) of the clips, once everything said of them holds."""
    if len(wanted) > MAX_REFERENCES:
        detail = say(
            "{n_wanted} reference clips; a campaign has at most {most}.",
            n_wanted=len(wanted),
            most=MAX_REFERENCES,
        )
        _raise([FieldError("", "too_many_references", detail)])
    clips = campaign.corpus.clips.filter(label_only=False)
    known = clips_by_key(clips, [reference.clip for reference in wanted])
    errors: list[FieldError] = []
    seen: set[str] = set()
    for reference in wanted:
        place = f"{reference.place}.clip"
        if reference.clip not in known:
            detail = say("No clip with audio {clip!r} in this corpus.", clip=reference.clip)
            errors.append(FieldError(place, "unknown_clip", detail))
        elif reference.clip in seen:
            detail = say(
                "{clip} is named twice: a clip is a reference for one purpose.", clip=reference.clip
            )
            errors.append(FieldError(place, "repeated_clip", detail))
        seen.add(reference.clip)
        errors += _label_errors(reference, campaign.scheme)
    _raise(errors)
    return known


def _label_errors(reference: Reference, scheme: Scheme) -> list[FieldError]:
    """What is wrong with the known labels, at their place."""
    if reference.purpose == Purpose.ANCHOR:
        found = _anchor_errors(reference.labels, scheme)
    else:
        try:
            check_labels(reference.labels, scheme)
        except BadLabels as error:
            found = error.errors
        else:
            found = []
    return [FieldError(f"{reference.place}.{e.field}", e.code, e.detail) for e in found]


def _anchor_errors(labels: Sequence[Label], scheme: Scheme) -> list[FieldError]:
    """An anchor is an example of one category, at one intensity or at no particular one."""
    if len(labels) != 1:
        code = "too_many_labels" if labels else "no_labels"
        return [
            FieldError(
                "labels",
                code,
                say("An anchor has one label, not {n_labels}.", n_labels=len(labels)),
            )
        ]
    [(esc, eis)] = labels
    codes, levels = [c["code"] for c in scheme.esc], [level["value"] for level in scheme.eis]
    try:
        if scheme.mode == SchemeMode.MULTI and eis == 0 and eis in levels:
            eis = None  # there 0 says "none of it" of any emotion
        check_label(esc, eis, codes, levels)
    except LabelError as error:
        return [FieldError(f"labels.0.{error.field}", error.code, error.detail)]
    return []


def _take_out(
    campaign: Campaign,
    wanted: Sequence[Reference],
    known: Mapping[str, tuple[int, str]],
) -> None:
    """Make the clips no ordinary items. Raises Conflict where work on one has begun."""
    pks = [known[reference.clip][0] for reference in wanted]
    items = {item.clip_id: item for item in _items(campaign, pks)}
    errors = []
    for reference in wanted:
        item = items.get(known[reference.clip][0])
        if item is None or item.needed == 0:
            continue
        # Only while nobody labels it: a claim at this very moment wins or is refused.
        idle = Item.objects.filter(pk=item.pk, done=0, leased=0)
        if not idle.update(needed=0, free=0):
            detail = say(
                "Work on {clip} has begun: choose a clip nobody has had yet.", clip=reference.clip
            )
            errors.append(FieldError(f"{reference.place}.clip", "clip_in_work", detail))
    _raise(errors, Conflict)
    missing = [known[r.clip] for r in wanted if known[r.clip][0] not in items and _is_gold(r)]
    Item.objects.bulk_create(
        (_gold_item(campaign, pk, public_id) for pk, public_id in missing), batch_size=1000
    )


def _is_gold(reference: Reference) -> bool:
    return reference.purpose == Purpose.GOLD


def _gold_item(campaign: Campaign, clip_id: int, public_id: str) -> Item:
    rank = own_rank(campaign.seed, public_id)
    return Item(
        campaign=campaign, clip_id=clip_id, needed=0, free=0, base_rank=rank, rank=rank, why=ADDED
    )


def _items(campaign: Campaign, clips: Sequence[int]) -> list[Item]:
    return [
        item
        for start in range(0, len(clips), 500)
        for item in campaign.items.filter(clip_id__in=clips[start : start + 500])
    ]


def _give_back(campaign: Campaign, clips: Sequence[int]) -> None:
    """Clips that are references no more: ordinary again unless they were offered or only added."""
    number = come_back(campaign.pk)  # some annotators have looked further down already
    for item in _items(campaign, clips):
        if item.needed or item.assignments.exists():
            continue
        if item.why == ADDED:
            item.delete()
        else:
            here = Item.objects.filter(pk=item.pk, needed=0)
            here.update(needed=campaign.overlap, free=campaign.overlap, came_back=number)


def _store(
    campaign: Campaign,
    wanted: Sequence[Reference],
    known: Mapping[str, tuple[int, str]],
    before: Mapping[int, ReferenceClip],
) -> None:
    """Rows stay for clips that stay, so that what was answered on them stays with them."""
    new: list[ReferenceClip] = []
    old: list[ReferenceClip] = []
    places: Counter[str] = Counter()  # of each purpose its own
    for reference in wanted:
        clip_id = known[reference.clip][0]
        row = before.get(clip_id) or ReferenceClip(campaign=campaign, clip_id=clip_id)
        row.purpose, row.feedback = reference.purpose, reference.feedback
        row.place = places[reference.purpose]
        places[reference.purpose] += 1
        row.labels = [{"esc": esc, "eis": eis} for esc, eis in reference.labels]
        (old if clip_id in before else new).append(row)
    kept = [row.pk for row in old]
    gone = [row.pk for row in before.values() if row.pk not in set(kept)]
    ReferenceClip.objects.filter(pk__in=gone).delete()
    ReferenceClip.objects.bulk_update(
        old, ["purpose", "place", "feedback", "labels"], batch_size=200
    )
    ReferenceClip.objects.bulk_create(new, batch_size=500)


def _count(campaign: Campaign, wanted: Sequence[Reference]) -> None:
    """Keep the counts that the queue reads; who labels already need not practise first."""
    practice = sum(reference.purpose == Purpose.PRACTICE for reference in wanted)
    Campaign.objects.filter(pk=campaign.pk).update(
        n_gold=sum(map(_is_gold, wanted)), n_practice=practice
    )
    if practice:
        at_work = CampaignMember.objects.filter(
            campaign=campaign, done__gt=0, qualification=Qualification.PRACTISING
        )
        at_work.update(qualification=Qualification.QUALIFIED, qualified_at=timezone.now())
