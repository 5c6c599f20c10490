"""A second, small campaign of the demo: practice first, further scales, gold, repeats, anchors.

Its known labels are the intended ones of the corpus; where a corpus has none there is nothing to
practise on, and the campaign has the scales alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from annotation.demo import people
from annotation.models import Campaign, Clip, Corpus
from annotation.models.campaign import CampaignState
from annotation.models.reference import Purpose
from annotation.services.campaigns import CampaignRequest, create_campaign
from annotation.services.references import Reference
from speecheq.roles import Role

NAME = "Demo, in depth"
SCHEME = "seqd-vad-1"
CLIPS = 60
PURPOSES = {Purpose.PRACTICE: 4, Purpose.GOLD: 6}
FEEDBACK = "The label that the speaker was asked to express."


def ensure(corpus: Corpus, *, by: Any, seed: int) -> Campaign:
    """The campaign, made if it is not there yet."""
    there = Campaign.objects.filter(corpus=corpus, name=NAME).first()
    return there or create_campaign(corpus=corpus, request=_request(corpus, seed), by=by)


def _request(corpus: Corpus, seed: int) -> CampaignRequest:
    clips = list(corpus.clips.with_audio().order_by("key"))
    random.Random(seed).shuffle(clips)
    asked = clips[: min(CLIPS, len(clips) // 2)]
    references = known_clips(clips[len(asked) :])
    return CampaignRequest(
        name=NAME,
        scheme=SCHEME,
        clips=sorted(clip.key for clip in asked),
        overlap=2,
        seed=seed,
        gold_share=0.1,
        repeat_share=0.05,
        practice_share=0.5 if references else 0.0,
        volume_check=True,
        break_after_min=45,
        members=[name for name, role in people.PEOPLE.items() if role == Role.ANNOTATOR],
        references=references,
        state=CampaignState.OPEN,
    )


def known_clips(clips: Sequence[Clip]) -> list[Reference]:
    """An anchor for each intended category and level there is, then clips to practise and check."""
    anchors: dict[tuple[str, int], Clip] = {}
    for clip in clips:
        if clip.intended_esc and clip.intended_eis is not None:
            anchors.setdefault((clip.intended_esc, clip.intended_eis), clip)
    found = [_reference(anchors[label], Purpose.ANCHOR) for label in sorted(anchors)]
    taken = {clip.pk for clip in anchors.values()}
    left = [c for c in clips if c.intended_esc and c.intended_eis is not None and c.pk not in taken]
    for purpose, n in PURPOSES.items():
        found += [_reference(clip, purpose) for clip in left[:n]]
        left = left[n:]
    return found


def _reference(clip: Clip, purpose: Purpose) -> Reference:
    labels = [(clip.intended_esc, clip.intended_eis)]
    feedback = FEEDBACK if purpose == Purpose.PRACTICE else ""
    return Reference(clip=clip.key, purpose=purpose, labels=labels, feedback=feedback)
