"""Multi-label consensus: a level for each emotion, with a gate against lone voices."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.consensus.plurality import mean, refuse_second_votes
from annotation.consensus.votes import EmotionLevel, MultiConsensus, Vote


def multi_label(
    votes: Sequence[Vote], *, min_raters: int = 2, min_mean: float = 0.5
) -> MultiConsensus:
    """Settle one clip, emotion by emotion: the mean level, rounded half to even.

    An emotion is present only if at least `min_raters` raters gave it 1 or more and its mean is
    above `min_mean`; otherwise its level is 0. A rater who did not rate an emotion plays no part
    in its mean. The order of the votes plays no part.

    Raises:
        ValueError: a rater twice, or an emotion twice in one vote.
    """
    refuse_second_votes(votes)
    given: dict[str, list[int]] = {}
    for vote in votes:
        rated = [code for code, _ in vote.labels]
        if len(set(rated)) < len(rated):
            raise ValueError(f"Rater {vote.rater!r} rated an emotion twice on one clip.")
        for code, eis in vote.labels:
            if eis is not None:
                given.setdefault(code, []).append(eis)
    levels = {
        code: _settle(given[code], min_raters=min_raters, min_mean=min_mean)
        for code in sorted(given)
    }
    return MultiConsensus(levels=levels, n_ratings=sum(bool(vote.labels) for vote in votes))


def _settle(levels: Sequence[int], *, min_raters: int, min_mean: float) -> EmotionLevel:
    score = mean(levels)
    assert score is not None  # only emotions with a level come here
    present = sum(level >= 1 for level in levels)
    passed = present >= min_raters and float(score) > min_mean
    return EmotionLevel(
        eis=round(score) if passed else 0,
        eis_score=float(score),
        n_ratings=len(levels),
        n_present=present,
        passed=passed,
    )
