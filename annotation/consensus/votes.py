"""What raters said about one clip, and what is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEUTRAL = "NEU"
UNKNOWN = "UNK"


@dataclass(frozen=True)
class Vote:
    """One rater's labels of one clip.

    Attributes:
        rater: any key; None where ratings came without one.
        labels: (esc, eis) pairs; eis is None where it was not rated. A single-label vote has one
            pair, a multi-label vote one per emotion rated (0 is "none", absent is "not rated").
    """

    rater: str | None
    labels: Sequence[tuple[str, int | None]]


@dataclass(frozen=True)
class ConsensusRow:
    """The settled label of one clip, single label.

    Attributes:
        esc: winning category; UNK on a tie or below the asked share; None without votes.
        eis: `eis_score` rounded half to even; None for UNK or where nobody rated it.
        eis_score: mean intensity given by the raters who chose `esc`; 0 for NEU.
        soft_esc: share of the votes of each category, by code; sums to 1.
        n_ratings: votes.
        votes: votes of each category, by code.
        tie: two categories or more share the first place.
    """

    esc: str | None
    eis: int | None
    eis_score: float | None
    soft_esc: Mapping[str, float]
    n_ratings: int
    votes: Mapping[str, int]
    tie: bool


@dataclass(frozen=True)
class EmotionLevel:
    """How strongly one emotion is present in one clip, multi-label.

    Attributes:
        eis: settled level, 0 where the gate was not passed.
        eis_score: mean of the levels given, before rounding and gate.
        n_ratings: raters who rated this emotion; an absent rating is missing, not 0.
        n_present: those of them who gave 1 or more.
        passed: the gate was passed.
    """

    eis: int
    eis_score: float
    n_ratings: int
    n_present: int
    passed: bool


@dataclass(frozen=True)
class MultiConsensus:
    """The settled labels of one clip, multi-label.

    Attributes:
        levels: one entry per emotion that anybody rated, by code.
        n_ratings: raters who rated the clip.
    """

    levels: Mapping[str, EmotionLevel]
    n_ratings: int
