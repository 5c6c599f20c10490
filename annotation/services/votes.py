"""The votes of each clip, and the running sums that agreement is read from.

`advance` looks at some clips and brings the sums to what those clips' labels say now. It does not
ask what happened: a clip's old votes, kept in `ClipVotes`, go out and the present ones come in. So
events may come twice, late or out of order, and the cost is that of the clips named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from annotation.agreement import CoincidenceMatrix, NominalSums, Votes, eis_counts, esc_counts
from annotation.agreement.streaming import ClipSums
from annotation.models import (
    AgreementSnapshot,
    AgreementState,
    Annotation,
    AnnotationLabel,
    Campaign,
    ClipVotes,
)
from annotation.models.scheme import SchemeMode
from annotation.services.answer_rows import SUBMITTED
from speecheq.outbox import outbox_handler

CHUNK = 500

Change = tuple[Votes, Votes]
"""A clip's votes before and after."""

ScaleKey = tuple[str, str]
"""(scale, emotion); no emotion is the empty string."""


def write_votes(votes: Votes) -> str:
    """Votes as sorted text, the same for the same votes: `HAP:2=2 NEU:0=1`."""
    return " ".join(
        f"{esc}:{'-' if eis is None else eis}={n}"
        for (esc, eis), n in sorted(votes.items(), key=lambda item: str(item[0]))
    )


def read_votes(text: str) -> Votes:
    """The votes that `write_votes` wrote."""
    votes: dict[tuple[str, int | None], int] = {}
    for part in text.split():
        label, n = part.split("=")
        esc, eis = label.split(":")
        votes[esc, None if eis == "-" else int(eis)] = int(n)
    return votes


def current_votes(campaign: Campaign, clip_ids: Collection[int]) -> dict[int, Votes]:
    """Votes of the counting annotations per clip; a clip without any is left out."""
    counting = Annotation.objects.counting().filter(campaign=campaign, clip_id__in=clip_ids)
    labels = AnnotationLabel.objects.filter(annotation__in=counting)
    votes: dict[int, Counter[tuple[str, int | None]]] = {}
    for clip_id, esc, eis in labels.values_list("annotation__clip_id", "esc", "eis"):
        votes.setdefault(clip_id, Counter())[esc, eis] += 1
    return dict(votes)


def vote_groups(campaign: Campaign) -> list[tuple[Votes, int]]:
    """Groups of clips with equal votes: (votes, number of clips). Grouped by the database."""
    groups = ClipVotes.objects.filter(campaign=campaign).values("votes").annotate(n=Count("pk"))
    return [(read_votes(row["votes"]), row["n"]) for row in groups.order_by("votes")]


@transaction.atomic
def advance(campaign: Campaign, clip_ids: Collection[int]) -> int:
    """Bring the sums to the present votes of these clips. Returns how many clips had changed."""
    locked = AgreementSnapshot.objects.select_for_update()
    snapshot, _ = locked.get_or_create(campaign=campaign)
    rows = ClipVotes.objects.filter(campaign=campaign, clip_id__in=clip_ids)
    before = dict(rows.values_list("clip_id", "votes"))
    after = current_votes(campaign, clip_ids)
    changed: dict[int, Change] = {}
    for clip_id in clip_ids:
        old, new = before.get(clip_id, ""), after.get(clip_id, {})
        if old != write_votes(new):
            changed[clip_id] = (read_votes(old), new)
    if changed:
        _store_votes(campaign, changed)
        _advance_sums(campaign, list(changed.values()))
        snapshot.votes_version += 1
        snapshot.votes_at = timezone.now()
        snapshot.save(update_fields=["votes_version", "votes_at"])
    return len(changed)


def catch_up(campaign: Campaign, *, on_progress: Callable[[int, int], None] | None = None) -> int:
    """Count every label of the campaign, in short transactions. Returns how many clips changed.

    For labels that were stored without an event, such as an import of ratings. Running it again
    changes nothing. `on_progress` gets (clips done, clips in all).
    """
    counting = Annotation.objects.counting().filter(campaign=campaign)
    clip_ids = set(counting.values_list("clip_id", flat=True).distinct())
    clip_ids |= set(ClipVotes.objects.filter(campaign=campaign).values_list("clip_id", flat=True))
    changed = done = 0
    for chunk in _chunks(sorted(clip_ids)):
        changed += advance(campaign, chunk)
        done += len(chunk)
        if on_progress is not None:
            on_progress(done, len(clip_ids))
    AgreementSnapshot.objects.update_or_create(campaign=campaign, defaults={"is_complete": True})
    return changed


@outbox_handler(SUBMITTED)
def advance_agreement(events: list[dict[str, Any]]) -> None:
    """Advance each campaign by the clips that were labelled, skipped back or revised."""
    touched: dict[int, set[int]] = {}
    for event in events:
        touched.setdefault(event["campaign_id"], set()).add(event["clip_id"])
    for campaign in Campaign.objects.filter(pk__in=touched).select_related("scheme"):
        advance(campaign, sorted(touched[campaign.pk]))


def offered_values(campaign: Campaign) -> tuple[list[str], list[int]]:
    """Categories in the scheme's order, and levels ascending."""
    esc = [entry["code"] for entry in campaign.scheme.esc]
    return esc, sorted(entry["value"] for entry in campaign.scheme.eis)


def values_with(campaign: Campaign, votes: Iterable[Votes]) -> tuple[list[str], list[int]]:
    """The values on offer, and any others that occur (a scheme may have offered more once)."""
    esc, levels = offered_values(campaign)
    seen = {label for each in votes for label in each}
    more = sorted({code for code, _ in seen} - set(esc))
    return [*esc, *more], sorted({*levels, *(eis for _, eis in seen if eis is not None)})


def load_sums(campaign: Campaign) -> dict[ScaleKey, ClipSums]:
    """The stored sums of each scale."""
    rows = AgreementState.objects.filter(campaign=campaign)
    return {(row.scale, row.emotion): _sums_class(row.scale).from_json(row.state) for row in rows}


def sums_of_groups(
    campaign: Campaign, groups: Sequence[tuple[Votes, int]], keys: Collection[ScaleKey]
) -> dict[ScaleKey, ClipSums]:
    """The sums of these scales, counted anew from all votes."""
    esc, levels = values_with(campaign, (votes for votes, _ in groups))
    sums: dict[ScaleKey, ClipSums] = {}
    for key in keys:
        fresh = _sums_class(key[0])(esc if key[0] == "esc" else levels)
        nothing = [0] * len(fresh.values)
        for votes, n in groups:
            counts = _vector(key, votes, fresh.values)
            for _ in range(n):
                fresh.replace(nothing, counts)
        sums[key] = fresh
    return sums


def save_sums(campaign: Campaign, sums: dict[ScaleKey, ClipSums]) -> None:
    AgreementState.objects.bulk_create(
        (
            AgreementState(campaign=campaign, scale=scale, emotion=emotion, state=state.to_json())
            for (scale, emotion), state in sums.items()
        ),
        update_conflicts=True,
        unique_fields=["campaign", "scale", "emotion"],
        update_fields=["state", "updated_at"],
    )


def _advance_sums(campaign: Campaign, changes: Sequence[Change]) -> None:
    present = [votes for change in changes for votes in change]
    esc, levels = values_with(campaign, present)
    sums = load_sums(campaign)
    unknown: list[ScaleKey] = []
    keys = _scale_keys(campaign, present)
    for key in keys:
        wanted = esc if key[0] == "esc" else levels
        state = sums.setdefault(key, _sums_class(key[0])(wanted))
        if not set(wanted) <= set(state.values):
            unknown.append(key)  # a value the sums have no place for
            continue
        for before, after in changes:
            state.replace(_vector(key, before, state.values), _vector(key, after, state.values))
    if unknown:
        sums |= sums_of_groups(campaign, vote_groups(campaign), unknown)
    save_sums(campaign, {key: sums[key] for key in keys})


def _scale_keys(campaign: Campaign, votes: Iterable[Votes]) -> list[ScaleKey]:
    """The scales that votes bear on: the whole ones, and intensity of each emotion rated."""
    whole = [] if campaign.scheme.mode == SchemeMode.MULTI else [("esc", ""), ("eis", "")]
    rated = {esc for each in votes for esc, eis in each if eis is not None}
    return whole + [("eis", esc) for esc in sorted(rated)]


def _vector(key: ScaleKey, votes: Votes, values: Sequence[Any]) -> list[int]:
    scale, emotion = key
    return (
        esc_counts(votes, values) if scale == "esc" else eis_counts(votes, values, emotion or None)
    )


def _sums_class(scale: str) -> type[NominalSums] | type[CoincidenceMatrix]:
    return NominalSums if scale == "esc" else CoincidenceMatrix


def _store_votes(campaign: Campaign, changed: dict[int, Change]) -> None:
    gone = [clip_id for clip_id, (_, after) in changed.items() if not after]
    ClipVotes.objects.filter(campaign=campaign, clip_id__in=gone).delete()
    ClipVotes.objects.bulk_create(
        (
            ClipVotes(campaign=campaign, clip_id=clip_id, votes=write_votes(after))
            for clip_id, (_, after) in changed.items()
            if after
        ),
        update_conflicts=True,
        unique_fields=["campaign", "clip"],
        update_fields=["votes"],
    )


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
