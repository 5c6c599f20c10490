"""Regions of a long recording: proposed by silence and the script, changed by people, cut once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from annotation.models import LongRecording, Prompt, Region, Take
from annotation.models.ids import region_id
from annotation.models.take import Verdict
from annotation.recording.alignment import align
from annotation.recording.qc.syllables import syllables
from annotation.recording.silence import Search, frame_at
from annotation.services.recording.long_errors import RegionChanged, RegionsChanged, RegionsWrong
from annotation.services.recording.long_files import require_ready
from annotation.services.recording.takes import choose_take, hold_session
from speecheq.errors import FieldError
from speecheq.outbox import audit
from speecheq.sentences import say

MOST_REGIONS = 5000
CHANGED_MEANWHILE = say(
    "The region was changed or removed while it was cut. Nothing was kept of it: cut again."
)
SURE = 0.9  # a proposed prompt with less confidence is to be looked at


@dataclass(frozen=True)
class Wanted:
    """A region as an editor wants it: the n-th row that came, of a known region or ""."""

    n: int
    public_id: str
    start: int
    end: int
    prompt: Prompt | None


def regions_of(recording: LongRecording) -> QuerySet[Region]:
    """In the order they were spoken, with prompt and take."""
    return recording.regions.select_related("prompt", "take__prompt").order_by("start_frame", "pk")


def prompts_of(recording: LongRecording) -> list[Prompt]:
    """The prompts of its session in their order there."""
    places = recording.session.places.select_related("prompt").order_by("position")
    return [place.prompt for place in places]


def origin_of(region: Region) -> dict[str, Any]:
    """Where a take comes from, as it is stored with it."""
    return {
        "long_recording": region.recording.public_id,
        "channel": region.recording.channel,
        "start_frame": region.start_frame,
        "end_frame": region.end_frame,
    }


def is_cut(region: Region) -> bool:
    """Whether its take is what a cut would give now."""
    take = region.take
    if take is None or take.prompt_id != region.prompt_id:
        return False
    return bool(take.reported.get("cut_from") == origin_of(region))


def confidence_of(recording: LongRecording, region: Region) -> float | None:
    """Of the prompt that was proposed for it; None once a person has had a hand in it."""
    value = recording.search.get("confidence", {}).get(region.public_id)
    return None if value is None else float(value)


def searched(how: Search, noise_dbfs: float) -> dict[str, Any]:
    """How silence was searched for, or is to be, as it is stored with a recording."""
    threshold = how.threshold(noise_dbfs)
    return {"used": asdict(how), "noise_dbfs": noise_dbfs, "threshold_dbfs": threshold}


# --- proposed ---------------------------------------------------------------------------------


def replace_all(
    recording: LongRecording,
    found: dict[str, Any],
    *,
    noise_dbfs: float,
    revision: int | None,
    by: Any = None,
) -> int:
    """Regions as silence and the script's order have them, in place of those that are there.

    found: as `long_sound.find_regions` answers. Takes that were cut stay: with the region that is
    found again as it was, and otherwise as takes that are no prompt's choice; how many lost that.
    Raises RegionsChanged when the regions are no longer at `revision` (None: whatever they are).
    """
    if len(found["regions"]) > MOST_REGIONS:
        raise RegionsWrong(
            say(
                "{n} regions were found; {most} are the most. Ask for a longer silence "
                "or a lower threshold.",
                n=len(found["regions"]),
                most=MOST_REGIONS,
            ),
            code="too_many_regions",
        )
    rows, sure = _proposed(recording, found)
    how = {**searched(Search(**found["search"]), noise_dbfs), "confidence": sure}
    with transaction.atomic():
        hold_session(recording.session)
        _raise_revision(recording, revision, search=how)
        gone = _hand_over(recording, rows)
        recording.regions.all().delete()
        Region.objects.bulk_create(rows, batch_size=500)
        return _unchoose(recording, gone, by=by)


def _proposed(
    recording: LongRecording, found: dict[str, Any]
) -> tuple[list[Region], dict[str, float]]:
    """Regions that are not stored yet, and how sure the prompt of each is, by its id."""
    prompts = prompts_of(recording)
    matches = align(
        found["spoken_ms"],
        [_syllables(recording, prompt) for prompt in prompts],
        same_words=found["same_words"],
        texts=[prompt.transcript or prompt.text for prompt in prompts],
    )
    rows, sure = [], {}
    for (start, end), match in zip(found["regions"], matches, strict=True):
        row = Region(
            public_id=region_id(),
            recording=recording,
            start_frame=start,
            end_frame=end,
            prompt=None if match.place is None else prompts[match.place],
        )
        rows.append(row)
        sure[row.public_id] = match.confidence
    return rows, sure


def _hand_over(recording: LongRecording, rows: list[Region]) -> list[Region]:
    """Give each new region the take of the one that was just there with the same prompt; the
    regions whose takes nobody has then."""
    there = {_as_cut(region): region for region in regions_of(recording) if is_cut(region)}
    for row in rows:
        former = there.pop(_as_cut(row), None)
        if former is not None:
            row.take = former.take
    kept = {row.take_id for row in rows}
    return [region for region in regions_of(recording) if region.take_id not in kept]


def _as_cut(region: Region) -> tuple[int, int, int | None]:
    return region.start_frame, region.end_frame, region.prompt_id


def _syllables(recording: LongRecording, prompt: Prompt) -> float:
    """How long it is to speak; where nothing can be counted, two letters are a syllable."""
    text = prompt.transcript or prompt.text
    language = prompt.language or recording.session.script.language
    return float(syllables(text, language) or max(len(text) / 2, 1))


def _raise_revision(recording: LongRecording, revision: int | None, **changes: Any) -> None:
    """One conditional UPDATE decides between two editors. A search that failed has been made good
    then, by another one or by hand."""
    rows = LongRecording.objects.filter(pk=recording.pk)
    if revision is not None:
        rows = rows.filter(revision=revision)
    if not rows.update(revision=F("revision") + 1, problem=None, **changes):
        raise _changed_since(revision)
    recording.refresh_from_db(fields=["revision", "search", "problem"])


def _changed_since(revision: int | None) -> RegionsChanged:
    return RegionsChanged(
        say(
            "The regions were changed by somebody else since revision {revision}. "
            "Look at theirs, then make your changes again.",
            revision=revision,
        )
    )


# --- changed by people ------------------------------------------------------------------------


def save_regions(
    recording: LongRecording, rows: list[dict[str, Any]], *, revision: int, by: Any
) -> None:
    """Make the regions those of `rows`: known ids are changed, absent ones go, others are new.

    Args:
        rows: dicts of `id` (optional), `start_frame` and `end_frame` or `start_ms` and `end_ms`,
            `prompt` (id or None).
        revision: the one the editor began with.

    Raises RegionsChanged, RegionsWrong with each wrong row, LongNotReady.
    """
    require_ready(recording)
    if recording.revision != revision:  # before the rows: their ids may be gone for that reason
        raise _changed_since(revision)
    wanted = _checked(recording, rows)
    with transaction.atomic():
        hold_session(recording.session)  # a take that is being cut is decided before, or after
        _raise_revision(recording, revision)
        there = {region.public_id: region for region in regions_of(recording)}
        kept, fresh = [], []
        for row in wanted:
            region = there.pop(row.public_id, None)
            if region is None:
                fresh.append(_new(recording, row))
            elif _differs(region, row):
                kept.append(_changed(region, row))
        Region.objects.filter(pk__in=[region.pk for region in there.values()]).delete()
        Region.objects.bulk_update(kept, ["start_frame", "end_frame", "prompt"], batch_size=200)
        Region.objects.bulk_create(fresh, batch_size=500)
        given_away = [r for r in kept if r.take and r.take.prompt_id != r.prompt_id]
        _unchoose(recording, [*there.values(), *given_away], by=by)
        _choose_again(kept, by=by)
        _forget_confidence(recording, [r.public_id for r in (*kept, *there.values())])
        counts = {"added": len(fresh), "changed": len(kept), "removed": len(there)}
        audit(by, "long_recording.regions", recording.public_id, **counts)


def _unchoose(recording: LongRecording, gone: Iterable[Region], *, by: Any) -> int:
    """Takes stay, but what was cut of a region that is gone, or another prompt's by now, is no
    prompt's choice: how many."""
    chosen = {r.take_id: r.take for r in gone if r.take is not None and r.take.accepted}
    for take in chosen.values():
        unchoose(recording, take, by=by)
    return len(chosen)


def unchoose(recording: LongRecording, take: Take, *, by: Any) -> None:
    """A take is its prompt's choice no more; that of the last region of the prompt is, if any."""
    choose_take(take, accepted=False, by=by)
    same = [r for r in regions_of(recording).filter(prompt=take.prompt_id) if is_cut(r)]
    others = [r.take for r in same if r.take and r.take != take and r.take.verdict != Verdict.RED]
    if others:
        choose_take(others[-1], accepted=True, by=by)


def _choose_again(changed: list[Region], *, by: Any) -> None:
    """Regions that are as they were when they were cut: their takes, where the prompt has none."""
    for take in (region.take for region in changed if is_cut(region)):
        if take is not None and take.verdict != Verdict.RED and not _has_choice(take):
            choose_take(take, accepted=True, by=by)


def give_take(region: Region, take: Take, is_new: bool, *, by: Any) -> None:
    """What was cut of a region is its take; the one it had for another prompt is no choice there.

    Within the transaction that stores the take, the session held: `save_regions` and `replace_all`
    come before or after. Raises RegionChanged unless the region is still what was cut.
    """
    same = {name: getattr(region, name) for name in ("start_frame", "end_frame", "prompt")}
    here = Region.objects.filter(pk=region.pk, **same)
    former = Take.objects.filter(regions__in=here).select_related("session", "prompt").first()
    if not here.update(take=take):
        raise RegionChanged(CHANGED_MEANWHILE)
    chosen = former if former is not None and former != take and former.accepted else None
    if chosen and chosen.prompt_id != take.prompt_id:
        unchoose(region.recording, chosen, by=by)
    # One that is known comes back with a change that was taken back.
    if not is_new and take.verdict != Verdict.RED and (chosen or not _has_choice(take)):
        choose_take(take, accepted=True, by=by)


def _has_choice(take: Take) -> bool:
    """Whether one of the attempts at its prompt is the one to use."""
    return take.session.takes.filter(prompt=take.prompt_id, accepted=True).exists()


def _new(recording: LongRecording, row: Wanted) -> Region:
    return Region(
        public_id=region_id(),
        recording=recording,
        prompt=row.prompt,
        start_frame=row.start,
        end_frame=row.end,
    )


def _differs(region: Region, row: Wanted) -> bool:
    now = (region.start_frame, region.end_frame, region.prompt)
    return now != (row.start, row.end, row.prompt)


def _changed(region: Region, row: Wanted) -> Region:
    region.start_frame, region.end_frame, region.prompt = row.start, row.end, row.prompt
    return region


def _forget_confidence(recording: LongRecording, public_ids: list[str]) -> None:
    """What people changed is theirs: the proposal's confidence says nothing of it any more."""
    sure = recording.search.get("confidence", {})
    gone = [public_id for public_id in public_ids if public_id in sure]
    for public_id in gone:
        del sure[public_id]
    if gone:
        LongRecording.objects.filter(pk=recording.pk).update(search=recording.search)


def _checked(recording: LongRecording, rows: list[dict[str, Any]]) -> list[Wanted]:
    """Rows with frames and prompts, in order of time."""
    if len(rows) > MOST_REGIONS:
        detail = say("{n_rows} regions; {most} are the most.", n_rows=len(rows), most=MOST_REGIONS)
        raise RegionsWrong(detail, code="too_many_regions")
    prompts = {prompt.public_id: prompt for prompt in prompts_of(recording)}
    known = set(recording.regions.values_list("public_id", flat=True))
    errors: list[FieldError] = []
    wanted = []
    for n, row in enumerate(rows):
        start, end = _frames(recording, row)
        _check_row(recording, n, row, (start, end), prompts, known, errors)
        prompt = prompts.get(row.get("prompt") or "")
        wanted.append(Wanted(n, row.get("id") or "", start, end, prompt))
    wanted.sort(key=lambda row: (row.start, row.end))
    for one, other in pairwise(wanted):
        if other.start < one.end:
            detail = say(
                "It begins at frame {start}, within another region, which ends at {end}. "
                "Make one of them shorter, or join them.",
                start=other.start,
                end=one.end,
            )
            errors.append(FieldError(f"regions.{other.n}.start_frame", "overlap", detail))
    if errors:
        raise RegionsWrong(errors[0].detail, errors=errors)
    return wanted


def _frames(recording: LongRecording, row: dict[str, Any]) -> tuple[int, int]:
    rate = recording.sample_rate_hz or 1
    found = []
    for edge in ("start", "end"):
        frame = row.get(f"{edge}_frame")
        found.append(frame_at(row.get(f"{edge}_ms", -1), rate) if frame is None else frame)
    return found[0], min(found[1], recording.frames or 0) if "end_ms" in row else found[1]


def _check_row(
    recording: LongRecording,
    n: int,
    row: dict[str, Any],
    place: tuple[int, int],
    prompts: dict[str, Prompt],
    known: set[str],
    errors: list[FieldError],
) -> None:
    start, end = place
    if not 0 <= start < end <= (recording.frames or 0):
        detail = say(
            "Frames {start} to {end} are no region of a recording of {frames}.",
            start=start,
            end=end,
            frames=recording.frames,
        )
        errors.append(FieldError(f"regions.{n}.end_frame", "outside", detail))
    asked = row.get("prompt")
    if asked and asked not in prompts:
        detail = say("The prompt {asked!r} is none of this session.", asked=asked)
        errors.append(FieldError(f"regions.{n}.prompt", "unknown_prompt", detail))
    if row.get("id") and row["id"] not in known:
        detail = say(
            "No region {id!r} here, or it was named before. Leave `id` out to add one.",
            id=row["id"],
        )
        errors.append(FieldError(f"regions.{n}.id", "unknown_region", detail))
    known.discard(row.get("id", ""))
