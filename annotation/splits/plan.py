"""Which clip goes into which split: leak-proof, near the ratios, and the same for ever after."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.splits.errors import SplitRefused
from annotation.splits.groups import ALWAYS, DISJOINT, Group, SplitClip, group_clips
from annotation.splits.optimise import FREE, cost, feature_shares, place_groups
from speecheq.sentences import Sentence, say

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class SplitPlan:
    """The answer of `assign_splits`.

    Attributes:
        clips: clip id to split.
        speakers: speaker to split, for the ledger.
        n_groups: connected components.
        largest_share: share of the clips that the largest component holds, 0 to 1.
        cost: distance from the ratios (see `optimise`); 0 is perfect.
    """

    clips: Mapping[str, str]
    speakers: Mapping[str, str]
    n_groups: int
    largest_share: float
    cost: float

    def sizes(self) -> dict[str, int]:
        """Clips in each split, empty ones included."""
        counts = Counter(self.clips.values())
        return {split: counts[split] for split in SPLITS}


def assign_splits(
    clips: Iterable[SplitClip],
    *,
    ratios: Mapping[str, float],
    seed: int,
    disjoint: Iterable[str] = ("speaker",),
    assign: Mapping[str, str] | None = None,
    ledger: Mapping[str, str] | None = None,
) -> SplitPlan:
    """Place every clip.

    Args:
        clips: in any order.
        ratios: split to share, summing to 1; a split left out or at 0 gets assigned speakers only.
        seed: of the search; the same seed and clips give the same plan.
        disjoint: what splits may not share: `session`, `text`; `speaker` and `audio` always.
        assign: speaker to split, as given by the caller, for some or all speakers.
        ledger: speaker to split, as frozen earlier. These never move.

    Raises:
        SplitRefused: with the reason, when this cannot be met.
    """
    listed = list(clips)
    wanted = check_ratios(ratios)
    groups = group_clips(listed, disjoint=check_disjoint(disjoint))
    known = {speaker for clip in listed for speaker in clip.speakers}
    _check_assign(assign or {}, known)
    fixed = [_fixed_split(group, assign or {}, ledger or {}) for group in groups]
    _refuse_the_impossible(groups, fixed, wanted, known)
    placed = _place(groups, fixed, wanted, seed)
    return _plan(groups, placed, wanted)


def check_ratios(ratios: Mapping[str, float]) -> dict[str, float]:
    """The ratios above 0, in the order train, dev, test.

    Raises:
        SplitRefused: bad_ratios, for an unknown split, a value outside 0 to 1 or a wrong sum.
    """
    for split, ratio in ratios.items():
        if split not in SPLITS:
            detail = say("No split {split!r}. Splits are train, dev and test.", split=split)
            raise SplitRefused("bad_ratios", detail, f"ratios.{split}")
        if not (math.isfinite(ratio) and 0 <= ratio <= 1):
            detail = say(
                "The ratio of {split}, {ratio}, is outside 0 to 1.", split=split, ratio=ratio
            )
            raise SplitRefused("bad_ratios", detail, f"ratios.{split}")
    total = math.fsum(ratios.values())
    if abs(total - 1) > 1e-6:
        raise SplitRefused(
            "bad_ratios", say("The ratios sum to {total:.6g}, not to 1.", total=total), "ratios"
        )
    return {split: ratios[split] for split in SPLITS if ratios.get(split, 0) > 0}


def check_disjoint(disjoint: Iterable[str]) -> frozenset[str]:
    """What no two splits may share, `speaker` and `audio` always among it."""
    for kind in disjoint:
        if kind not in DISJOINT:
            detail = say(
                "No kind {kind!r}. Splits can be disjoint in {disjoint}.",
                kind=kind,
                disjoint=", ".join(DISJOINT),
            )
            raise SplitRefused("bad_disjoint", detail, "disjoint")
    return ALWAYS | frozenset(disjoint)


def _check_assign(assign: Mapping[str, str], known: set[str]) -> None:
    for speaker, split in sorted(assign.items()):
        field = f"assign.speaker.{speaker}"
        if split not in SPLITS:
            detail = say("No split {split!r}. Splits are train, dev and test.", split=split)
            raise SplitRefused("bad_assign", detail, field)
        if speaker not in known:
            detail = say(
                "No clip of this release is spoken by {speaker!r}. Leave the speaker out.",
                speaker=speaker,
            )
            raise SplitRefused("bad_assign", detail, field)


def _fixed_split(group: Group, assign: Mapping[str, str], ledger: Mapping[str, str]) -> str | None:
    """Where the group has to be, None where it may go anywhere."""
    frozen = _only_split(group, ledger, "ledger_conflict")
    given = _only_split(group, assign, "assign_conflict")
    if frozen and given and frozen != given:
        raise SplitRefused(
            "ledger_conflict",
            say(
                "{named} cannot be assigned to {given}: earlier releases froze {frozen}. "
                "Assign the frozen split, or give the release a new name.",
                named=_named(group),
                given=given,
                frozen=frozen,
            ),
            _assign_field(group, assign),
        )
    split = frozen or given
    if group.has_unknown_speaker:
        if split not in (None, "train"):
            raise SplitRefused(
                "unknown_speaker_outside_train",
                say(
                    "{named} belongs to {split}, but is joined to a clip of unknown speaker, "
                    "which may enter train only. Name its speaker or leave the clip out.",
                    named=_named(group),
                    split=split,
                ),
                "disjoint",
            )
        return "train"
    return split


def _only_split(group: Group, splits: Mapping[str, str], code: str) -> str | None:
    wanted = {splits[speaker]: speaker for speaker in group.speakers if speaker in splits}
    if len(wanted) > 1:
        pairs = ", ".join(f"{speaker}: {split}" for split, speaker in sorted(wanted.items()))
        how = say("assigned")
        if code == "ledger_conflict":
            how = say("frozen by earlier releases")
        raise SplitRefused(
            code,
            say(
                "Speakers {how} to different splits cannot be parted, since their clips "
                "share audio or what else was asked to be disjoint: {pairs}.",
                how=how,
                pairs=pairs,
            ),
            _assign_field(group, splits) if code == "assign_conflict" else "disjoint",
        )
    return next(iter(wanted), None)


def _assign_field(group: Group, assign: Mapping[str, str]) -> str:
    return f"assign.speaker.{next(each for each in group.speakers if each in assign)}"


def _named(group: Group) -> Sentence:
    first, *others = group.speakers
    if not others:
        return say("Speaker {speaker}", speaker=first)
    return say("Speaker {speaker} (with {n} joined to it)", speaker=first, n=len(others))


def _refuse_the_impossible(
    groups: Sequence[Group],
    fixed: Sequence[str | None],
    ratios: Mapping[str, float],
    speakers: set[str],
) -> None:
    if not groups:
        raise SplitRefused("no_clips", say("There is no clip with a label to release."), "corpora")
    if len(ratios) > 1 and len(speakers) == 1:
        raise SplitRefused(
            "one_speaker",
            say(
                "All clips are spoken by {speaker}: {n_ratios} splits need at least "
                "{n_ratios} speakers. Add speakers, or set one ratio to 1.",
                speaker=next(iter(speakers)),
                n_ratios=len(ratios),
            ),
            "ratios",
        )
    _refuse_empty_splits(groups, fixed, ratios, n_speakers=len(speakers))


def _refuse_empty_splits(
    groups: Sequence[Group],
    fixed: Sequence[str | None],
    ratios: Mapping[str, float],
    *,
    n_speakers: int,
) -> None:
    """Each split needs a group: one that has its place there, or one that is free to go there."""
    empty = [split for split in ratios if split not in fixed]
    n_free = fixed.count(None)
    if len(empty) <= n_free:
        return
    if n_free == len(groups):
        raise SplitRefused(
            "too_few_groups",
            say(
                "The clips form {n_groups} group(s) that cannot be parted, over "
                "{n_speakers} speaker(s): too few for {n_ratios} splits. Ask for fewer "
                "splits, or for less to be disjoint.",
                n_groups=len(groups),
                n_speakers=n_speakers,
                n_ratios=len(ratios),
            ),
            "ratios",
        )
    raise SplitRefused(
        "empty_split",
        say(
            "Nothing is left for {empty}: {n_placed} of {n_groups} groups already have "
            "their place. Set its ratio to 0, or add speakers.",
            empty=", ".join(empty),
            n_placed=len(groups) - n_free,
            n_groups=len(groups),
        ),
        f"ratios.{empty[n_free]}",
    )


def _place(
    groups: Sequence[Group], fixed: Sequence[str | None], ratios: Mapping[str, float], seed: int
) -> list[str]:
    """A split per group. Splits at ratio 0 take no part in the search."""
    names = list(ratios)
    inside = [index for index, split in enumerate(fixed) if split is None or split in ratios]
    placed = [split or "" for split in fixed]
    if not inside:
        return placed
    shares = feature_shares([groups[index] for index in inside])
    start = [FREE if (split := fixed[index]) is None else names.index(split) for index in inside]
    wanted = np.array(list(ratios.values()))
    for index, place in zip(
        inside, place_groups(shares, wanted, np.array(start), seed=seed), strict=True
    ):
        placed[index] = names[place]
    return placed


def _plan(groups: Sequence[Group], placed: Sequence[str], ratios: Mapping[str, float]) -> SplitPlan:
    pairs = list(zip(groups, placed, strict=True))
    inside = [(group, split) for group, split in pairs if split in ratios]
    names = list(ratios)
    found = 0.0
    if inside:
        places = np.array([names.index(split) for _, split in inside])
        shares = feature_shares([group for group, _ in inside])
        found = cost(shares, places, np.array(list(ratios.values())))
    n_clips = sum(len(group.clips) for group in groups)
    return SplitPlan(
        clips={clip.id: split for group, split in pairs for clip in group.clips},
        speakers={speaker: split for group, split in pairs for speaker in group.speakers},
        n_groups=len(groups),
        largest_share=max(len(group.clips) for group in groups) / n_clips,
        cost=round(found, 9),
    )
