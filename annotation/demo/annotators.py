"""Simulated annotators: seeded, each with their own confusions, through the real services.

They hear nothing. Each starts from the emotion that was intended and goes wrong in a way of their
own, so that agreement has something to show. Their accounts, and so their labels, are marked.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from django.db.models import Q

from annotation.models import Annotation, Assignment, Campaign, Corpus, Membership
from annotation.models.member import CampaignMember
from annotation.services import labelling, queue
from annotation.services.judgements import Judgement
from speecheq.models import User
from speecheq.roles import Role

CORE = ("NEU", "HAP", "ANG", "SAD", "FEA", "SUR", "DIS")
NEUTRAL = "NEU"
LEVELS = (1, 2, 3)
CLAIM = 5


@dataclass(frozen=True)
class Annotator:
    """How one simulated annotator errs.

    Attributes:
        accuracy: probability of hearing the intended emotion, 0 to 1.
        confusions: intended emotion -> what is heard instead when it is missed.
        shift: added to the intensity: a severe (-) or generous (+) use of the scale.
        share: part of the labelled clips this one does, 0 to 1.
    """

    username: str
    accuracy: float
    confusions: dict[str, str] = field(default_factory=dict)
    shift: int = 0
    share: float = 1.0


ANNOTATORS = (
    Annotator("simulated-careful", 0.92, {"CAL": "NEU", "SUR": "HAP"}),
    Annotator("simulated-hasty", 0.74, {"FEA": "SAD", "DIS": "ANG", "CAL": "SAD"}, shift=-1),
    # Leaves a third of them to the first visitor, so that a label completes a clip at once.
    Annotator("simulated-generous", 0.83, {"NEU": "SAD", "HAP": "SUR"}, shift=1, share=2 / 3),
)


def judge(annotator: Annotator, *, clip_id: str, esc: str, eis: int | None, seed: int):
    """The judgement of one clip, always the same for the same seed. `esc`, `eis` as intended."""
    chance = random.Random(f"{seed}:{annotator.username}:{clip_id}")
    heard = esc
    if chance.random() >= annotator.accuracy:
        others = [code for code in CORE if code != esc]
        heard = annotator.confusions.get(esc) or chance.choice(others)
    if heard == NEUTRAL:
        level = 0
    else:
        meant = eis if eis else 2
        moved = meant + (annotator.shift if chance.random() < 0.4 else 0)
        moved += chance.choice((-1, 0, 0, 0, 1))
        level = min(max(moved, LEVELS[0]), LEVELS[-1])
    return Judgement(
        labels=[(heard, level)],
        confidence=round(0.5 + annotator.accuracy / 2 * chance.random(), 2),
        listened_ms=chance.randrange(1200, 6000),
        replays=chance.choice((0, 0, 1)),
    )


def ensure_users(corpus: Corpus) -> list[str]:
    """Their accounts, without password, marked, and members of `corpus`; the names."""
    for annotator in ANNOTATORS:
        user, new = User.objects.get_or_create(
            username=annotator.username, defaults={"is_simulated": True}
        )
        if new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        Membership.objects.get_or_create(user=user, corpus=corpus, role=Role.ANNOTATOR)
    return [annotator.username for annotator in ANNOTATORS]


def label(campaign: Campaign, *, clips: int, seed: int) -> int:
    """Let them label the first `clips` of the campaign; goes on where it stopped.

    Returns how many labels were added.
    """
    return sum(
        _label(campaign, annotator, round(clips * annotator.share), seed)
        for annotator in ANNOTATORS
    )


def _label(campaign: Campaign, annotator: Annotator, clips: int, seed: int) -> int:
    """One annotator, through the queue and the submit of the pages, until `clips` are done."""
    members = CampaignMember.objects.select_related("campaign__scheme", "user")
    member = members.get(campaign=campaign, user__username=annotator.username)
    done = Annotation.objects.filter(campaign=campaign, annotator=member.user).current().count()
    added = 0
    while done + added < clips:
        count = min(CLAIM, clips - done - added)
        offered = queue.claim_next(campaign=campaign, annotator=member.user, count=count)
        if not offered:
            break
        for assignment in offered:
            _submit(assignment, annotator, member.user, seed)
            added += 1
    return added


def _submit(assignment: Assignment, annotator: Annotator, user: User, seed: int) -> None:
    clip = assignment.clip
    judgement = judge(
        annotator,
        clip_id=clip.public_id,
        esc=clip.intended_esc or NEUTRAL,
        eis=clip.intended_eis,
        seed=seed,
    )
    labelling.submit(
        assignment_id=assignment.public_id,
        annotator=user,
        key=f"simulated:{assignment.public_id}",
        judgement=judgement,
    )


def can_judge(corpus: Corpus) -> bool:
    """Whether the corpus says what was intended: without that there is nothing to start from."""
    said = Q(label_only=False) & ~Q(intended_esc="")
    return corpus.clips.filter(said).exists()
