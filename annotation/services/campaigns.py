"""Making a campaign, its people, and its states."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from annotation.models import (
    Annotation,
    Assignment,
    Campaign,
    CampaignMember,
    Clip,
    Corpus,
    Item,
    Membership,
    Scheme,
)
from annotation.models.assignment import AssignmentState
from annotation.models.campaign import CampaignState, Order
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, FieldError, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.roles import Role

NEXT_STATES: dict[str, set[str]] = {
    CampaignState.DRAFT: {CampaignState.OPEN, CampaignState.CLOSED},
    CampaignState.OPEN: {CampaignState.PAUSED, CampaignState.CLOSED},
    CampaignState.PAUSED: {CampaignState.OPEN, CampaignState.CLOSED},
    CampaignState.CLOSED: {CampaignState.OPEN},
}
KEYS_AT_ONCE = 5000  # a query holds so many values only
KEY_LENGTH = 255
MAX_MEMBERS = 5000
CLIP_FILTERS = ("speaker", "language", "intended_esc", "key_prefix")


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
    lease_s: int = 600
    members: list[str] = field(default_factory=list)
    state: str = CampaignState.DRAFT


def find_scheme(name: str) -> Scheme:
    """`seqd-1` is the newest version of it; `seqd-1@2` is that version."""
    code, _, version = name.partition("@")
    found = Scheme.objects.filter(code=code)
    if version:
        found = found.filter(version=int(version)) if version.isdecimal() else found.none()
    scheme = found.order_by("-version").first()
    if scheme is None:
        known = ", ".join(sorted(set(Scheme.objects.values_list("code", flat=True))))
        raise field_error("scheme", "unknown_scheme", f"No scheme {name!r}. Known: {known}.")
    return scheme


@transaction.atomic
def create_campaign(*, corpus: Corpus, request: CampaignRequest, by: Any) -> Campaign:
    """Make a campaign with an item per clip. Raises Forbidden, Conflict, RuleBroken."""
    require_role(by, corpus, Role.DATA_MANAGER)
    scheme = find_scheme(request.scheme)
    Corpus.objects.select_for_update().get(pk=corpus.pk)  # one name at a time
    if Campaign.objects.filter(corpus=corpus, name=request.name).exists():
        detail = f"The corpus {corpus.slug!r} already has a campaign {request.name!r}."
        raise field_error("name", "name_taken", detail, kind=Conflict)
    clips = choose_clips(corpus, request.clips)
    if not clips:
        raise field_error("clips", "no_clips", "No clip with audio matches: nothing to label.")
    campaign = Campaign.objects.create(
        corpus=corpus,
        scheme=scheme,
        name=request.name,
        overlap=request.overlap,
        order=request.order,
        seed=request.seed,
        control_share=request.control_share,
        gold_share=request.gold_share,
        repeat_share=request.repeat_share,
        lease_s=request.lease_s,
        state=request.state,
        created_by=by,
    )
    _create_items(campaign, clips)
    set_members(campaign, request.members, by=by)
    audit(by, "campaign.created", campaign.public_id, name=request.name, clips=len(clips))
    return campaign


def choose_clips(corpus: Corpus, wanted: Any) -> list[tuple[int, str]]:
    """Clips with audio of the corpus: all, those with the listed keys, or those that match.

    Returns (database key, public id) in the order of the clips' keys.
    """
    clips = corpus.clips.filter(label_only=False)
    if isinstance(wanted, list):
        return _by_keys(clips, wanted)
    chosen = clips if wanted == "all" else _matching(clips, wanted)
    return list(chosen.order_by("key").values_list("pk", "public_id"))


def _matching(clips: QuerySet[Clip], wanted: Any) -> QuerySet[Clip]:
    if not isinstance(wanted, dict) or set(wanted) - set(CLIP_FILTERS):
        known = ", ".join(CLIP_FILTERS)
        detail = f'Clips are "all", a list of keys, or a filter with some of: {known}.'
        raise field_error("clips", "unknown_filter", detail)
    for name, value in wanted.items():
        prefix = name == "key_prefix"
        listed = value if isinstance(value, list) and not prefix else [value]
        fits = len(listed) <= KEYS_AT_ONCE and all(
            isinstance(each, str) and len(each) <= KEY_LENGTH for each in listed
        )
        if not fits:
            or_list = "" if prefix else f", or a list of at most {KEYS_AT_ONCE} of them"
            detail = f"{name} is a text of at most {KEY_LENGTH} characters{or_list}."
            raise field_error(f"clips.{name}", "bad_filter", detail)
        clips = clips.filter(_match(name, listed))
    return clips


def _match(name: str, listed: list[str]) -> Q:
    """Clips for which `name` is one of these; a speaker goes by id or by code."""
    if name == "speaker":
        return Q(speaker__public_id__in=listed) | Q(speaker__code__in=listed)
    if name == "key_prefix":
        return Q(key__startswith=listed[0])
    return Q(**{f"{name}__in": listed})


def _by_keys(clips: QuerySet[Clip], keys: list[str]) -> list[tuple[int, str]]:
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        part = clips.filter(key__in=keys[start : start + KEYS_AT_ONCE])
        known |= {key: (pk, name) for key, pk, name in part.values_list("key", "pk", "public_id")}
    missing = [key for key in keys if key not in known]
    if missing:
        errors = [
            FieldError(f"clips.{keys.index(key)}", "unknown_clip", f"No clip with audio {key!r}.")
            for key in missing[:20]
        ]
        raise RuleBroken(
            f"{len(missing)} of the {len(keys)} keys are no clips with audio of this corpus.",
            errors=errors,
            code="unknown_clip",
        )
    return [known[key] for key in sorted(known)]


def _create_items(campaign: Campaign, clips: list[tuple[int, str]]) -> None:
    """Items in the order policy's own order; a round of acquisition may move them later."""
    rank = {pk: float(i) for i, (pk, _public_id) in enumerate(clips)}
    if campaign.order != Order.FIXED:
        rank = {pk: _shuffle_rank(campaign.seed, public_id) for pk, public_id in clips}
    Item.objects.bulk_create(
        (
            Item(
                campaign=campaign,
                clip_id=pk,
                needed=campaign.overlap,
                free=campaign.overlap,
                base_rank=rank[pk],
                rank=rank[pk],
            )
            for pk, _public_id in clips
        ),
        batch_size=1000,
    )


def _shuffle_rank(seed: int, public_id: str) -> float:
    """A number in [0, 1) that seed and clip decide, so that the order can be made again."""
    digest = hashlib.sha256(f"{seed}:{public_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@transaction.atomic
def set_members(campaign: Campaign, usernames: Iterable[str], *, by: Any) -> None:
    """Replace the list of those who label. Each must be a member of the corpus."""
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    names = list(dict.fromkeys(usernames))
    if len(names) > MAX_MEMBERS:
        detail = f"{len(names)} names; a campaign has at most {MAX_MEMBERS} members."
        raise field_error("members", "too_many_members", detail)
    users = {u.username: u for u in get_user_model().objects.filter(username__in=names)}
    in_corpus = Membership.objects.filter(corpus=campaign.corpus, user__in=users.values())
    allowed = set(in_corpus.values_list("user_id", flat=True))
    errors = []
    for i, name in enumerate(names):
        user = users.get(name)
        if user is None:
            errors.append(FieldError(f"members.{i}", "unknown_user", f"No user {name!r}."))
        elif user.pk not in allowed and not user.is_superuser:
            detail = f"{name} is not a member of the corpus {campaign.corpus.slug!r}."
            errors.append(FieldError(f"members.{i}", "not_in_corpus", detail))
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)
    campaign.members.exclude(user__username__in=names).delete()
    for name in names:
        CampaignMember.objects.get_or_create(campaign=campaign, user=users[name])
    audit(by, "campaign.members_set", campaign.public_id, members=names)


@transaction.atomic
def change_campaign(
    campaign: Campaign,
    *,
    by: Any,
    state: str | None = None,
    name: str | None = None,
    members: list[str] | None = None,
    lease_s: int | None = None,
) -> Campaign:
    """Change what may change while people are at work. Raises Forbidden, Conflict."""
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    if state is not None and state != campaign.state:
        _change_state(campaign, state)
        audit(by, "campaign.state_changed", campaign.public_id, state=state)
    if name is not None and name != campaign.name:
        Corpus.objects.select_for_update().get(pk=campaign.corpus_id)  # one name at a time
        if campaign.corpus.campaigns.filter(name=name).exists():
            raise field_error("name", "name_taken", f"{name!r} is taken.", kind=Conflict)
        Campaign.objects.filter(pk=campaign.pk).update(name=name)
    if lease_s is not None:
        Campaign.objects.filter(pk=campaign.pk).update(lease_s=lease_s)
    if members is not None:
        set_members(campaign, members, by=by)
    campaign.refresh_from_db()
    return campaign


def _change_state(campaign: Campaign, state: str) -> None:
    allowed = NEXT_STATES[campaign.state]
    here = Campaign.objects.filter(pk=campaign.pk, state=campaign.state)
    if state not in allowed or not here.update(state=state):
        can = ", ".join(sorted(allowed))
        detail = f"A campaign that is {campaign.state} cannot become {state}; it can become {can}."
        raise field_error("state", "state_conflict", detail, kind=Conflict)


def progress(campaign: Campaign, *, only: Any = None) -> dict[str, Any]:
    """How far the campaign is; `only` limits `by_annotator` to one person."""
    sums = campaign.items.aggregate(items=Count("pk"), needed=Sum("needed"), done=Sum("done"))
    needed, done = sums["needed"] or 0, sums["done"] or 0
    current = Annotation.objects.filter(campaign=campaign, superseded_at=None)
    people = current.values("annotator__username", "annotator__is_simulated")
    if only is not None:
        people = people.filter(annotator=only)
    by_annotator = [
        {
            "username": row["annotator__username"],
            "simulated": row["annotator__is_simulated"],
            "done": row["n"],
        }
        for row in people.annotate(n=Count("pk")).order_by("annotator__username")
    ]
    skipped = Assignment.objects.filter(campaign=campaign, state=AssignmentState.SKIPPED)
    return {
        "items": sums["items"],
        "needed": needed,
        "done": done,
        "skipped": skipped.count(),
        "extras": current.filter(counted=False).count(),
        "by_annotator": by_annotator,
        "eta": _eta(campaign, needed - done),
    }


def _eta(campaign: Campaign, left: int) -> str | None:
    """When the campaign will be done at the pace of the last hour; null without a pace."""
    if left <= 0:
        return None
    now = timezone.now()
    recent = Annotation.objects.filter(
        campaign=campaign, counted=True, supersedes=None, created_at__gt=now - timedelta(hours=1)
    ).filter(is_simulated=False)
    n = recent.count()
    if not n:
        return None
    return (now + timedelta(hours=1) * (left / n)).isoformat()
