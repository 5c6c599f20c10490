"""Clips that may not be parted: connected components over what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

DISJOINT = ("speaker", "audio", "session", "text")
ALWAYS = frozenset({"speaker", "audio"})


@dataclass(frozen=True, slots=True)
class SplitClip:
    """What a split needs to know of a clip.

    Attributes:
        id: unique among the clips, and stable: results are ordered by it.
        speakers: the speaker, and those of the clip's aliases (other files with the same PCM).
            Empty where nobody knows who speaks.
        audio: SHA-256 of the PCM; empty for a clip without audio.
        session: recording session, None where unknown.
        text: what is said, None where unknown.
        esc: category that the splits are balanced over.
        eis: intensity, None where not rated.
        sex: of the speaker, None where unknown.
    """

    id: str
    speakers: tuple[str, ...]
    audio: tuple[str, ...] = ()
    session: str | None = None
    text: str | None = None
    esc: str | None = None
    eis: int | None = None
    sex: str | None = None

    def shared(self, disjoint: frozenset[str]) -> Iterator[tuple[str, str]]:
        """What no other split may hold, as (kind, value)."""
        yield from (("speaker", each) for each in self.speakers)
        yield from (("audio", each) for each in self.audio)
        if "session" in disjoint and self.session:
            yield "session", self.session
        if "text" in disjoint and self.text:
            yield "text", folded(self.text)


@dataclass(frozen=True)
class Group:
    """One connected component, its clips in the order of their ids."""

    clips: tuple[SplitClip, ...]

    @property
    def speakers(self) -> tuple[str, ...]:
        """All speakers, sorted."""
        return tuple(sorted({each for clip in self.clips for each in clip.speakers}))

    @property
    def has_unknown_speaker(self) -> bool:
        """Whether nobody knows who speaks in one of the clips."""
        return any(not clip.speakers for clip in self.clips)


def folded(text: str) -> str:
    """`text` without the differences of case and spacing that make one sentence look like two."""
    return " ".join(text.casefold().split())


class UnionFind:
    """Disjoint sets of 0..n-1, by path halving; the smallest member names its set."""

    def __init__(self, n: int) -> None:
        self._above = list(range(n))

    def find(self, item: int) -> int:
        """The smallest member of the set that holds `item`."""
        above = self._above
        while above[item] != item:
            above[item] = above[above[item]]
            item = above[item]
        return item

    def join(self, a: int, b: int) -> None:
        """Make one set of the two that hold `a` and `b`."""
        low, high = sorted((self.find(a), self.find(b)))
        self._above[high] = low


def group_clips(clips: Iterable[SplitClip], *, disjoint: frozenset[str] = ALWAYS) -> list[Group]:
    """Connected components, ordered by their smallest clip id whatever the order of `clips`."""
    ordered = sorted(clips, key=lambda clip: clip.id)
    sets = UnionFind(len(ordered))
    first_with: dict[tuple[str, str], int] = {}
    for index, clip in enumerate(ordered):
        for shared in clip.shared(disjoint):
            sets.join(first_with.setdefault(shared, index), index)
    return [Group(tuple(members)) for members in _members(ordered, sets)]


def _members(ordered: Sequence[SplitClip], sets: UnionFind) -> list[list[SplitClip]]:
    members: dict[int, list[SplitClip]] = {}
    for index, clip in enumerate(ordered):
        members.setdefault(sets.find(index), []).append(clip)
    return list(members.values())
