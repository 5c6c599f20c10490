"""Consensus of several raters: pure. `plurality` for single labels, `multi_label` for levels."""

from annotation.consensus.multi import multi_label
from annotation.consensus.plurality import plurality
from annotation.consensus.votes import ConsensusRow, EmotionLevel, MultiConsensus, Vote

__all__ = [
    "ConsensusRow",
    "EmotionLevel",
    "MultiConsensus",
    "Vote",
    "multi_label",
    "plurality",
]
