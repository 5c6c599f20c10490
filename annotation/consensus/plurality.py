"""Single-label consensus: the category most raters chose, and how strong they heard it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from annotation.consensus.votes import NEUTRAL, UNKNOWN, ConsensusRow, Vote


def plurality(votes: Sequence[Vote], *, min_share: float = 0.0) -> ConsensusRow:
    """Settle one clip by plurality.

    OTH and UNK are votes like any other: they are shown, they lower the others' shares, and a
    plurality of OTH gives OTH. UNK results when it wins, on a tie for the first place, and where
    the winner's share is below `min_share`. The order of the votes plays no part.

    Args:
        votes: at most one per rater, each with exactly one label.
        min_share: share of all votes the winner needs, 0 to 1.

    Raises:
        ValueError: a vote without exactly one label, a rater twice, or a share outside 0 to 1.
    """
    if not 0 <= min_share <= 1:
        raise ValueError(f"The winner's share {min_share} is outside 0 to 1.")
    refuse_second_votes(votes)
    labels = [_only_label(vote) for vote in votes]
    counts = Counter(esc for esc, _ in labels)
    n = len(labels)
    esc, tie = _winner(counts, min_share)
    score = _intensity(esc, labels)
    return ConsensusRow(
        esc=esc,
        eis=None if score is None else round(score),  # half to even
        eis_score=None if score is None else float(score),
        soft_esc={code: counts[code] / n for code in sorted(counts)},
        n_ratings=n,
        votes={code: counts[code] for code in sorted(counts)},
        tie=tie,
    )


def mean(levels: Iterable[int]) -> Fraction | None:
    """The exact mean, so that rounding half to even sees true halves. None of nothing."""
    given = list(levels)
    return Fraction(sum(given), len(given)) if given else None


def refuse_second_votes(votes: Sequence[Vote]) -> None:
    """Raise ValueError when a named rater votes twice."""
    named = Counter(vote.rater for vote in votes if vote.rater is not None)
    twice = sorted(rater for rater, n in named.items() if n > 1)
    if twice:
        raise ValueError(f"Rater {twice[0]!r} voted twice on one clip. Keep one vote.")


def _winner(counts: Counter[str], min_share: float) -> tuple[str | None, bool]:
    if not counts:
        return None, False
    most = max(counts.values())
    first = sorted(code for code, n in counts.items() if n == most)
    tie = len(first) > 1
    too_few = most / counts.total() < min_share  # correctly rounded: 11 of 20 is 0.55
    return (UNKNOWN if tie or too_few else first[0]), tie


def _intensity(esc: str | None, labels: Sequence[tuple[str, int | None]]) -> Fraction | None:
    """Mean over the raters who chose the winner: the others rated another emotion's strength."""
    if esc == NEUTRAL:
        return Fraction(0)
    if esc == UNKNOWN:
        return None
    return mean(eis for code, eis in labels if code == esc and eis is not None)


def _only_label(vote: Vote) -> tuple[str, int | None]:
    if len(vote.labels) != 1:
        raise ValueError(
            f"A single-label vote has one label, not {len(vote.labels)} (rater {vote.rater!r})."
        )
    return vote.labels[0]
