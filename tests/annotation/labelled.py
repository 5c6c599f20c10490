"""A campaign whose clips have labels: what agreement and consensus are tested on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.models import Annotation, Campaign
from annotation.services import labelling, leases, queue
from annotation.services.judgements import Judgement
from speecheq.models import User
from tests import factories

Label = tuple[str, int | None]


def labelled(
    *answers: list[Label | list[Label] | None],
    scheme: str = "seqd-1",
    simulated: bool = False,
    **more: Any,
) -> Campaign:
    """A campaign with one clip per list; the n-th entry is the n-th annotator's answer.

    None is no answer, a list of labels one multi-label answer. Labels take the ordinary way, so
    each has an event in the outbox; `drain` hands them on.
    """
    corpus = factories.CorpusFactory()
    clips = factories.clips(corpus, len(answers))
    people = [
        factories.member(corpus, is_simulated=simulated) for _ in range(max(map(len, answers)))
    ]
    overlap = len(people)
    campaign = factories.campaign(corpus, annotators=people, scheme=scheme, overlap=overlap, **more)
    for who, person in enumerate(people):
        wanted = {
            clip.pk: row[who]
            for clip, row in zip(clips, answers, strict=True)
            if who < len(row) and row[who] is not None
        }
        answer(campaign, person, wanted)
    return campaign


def answer(campaign: Campaign, person: User, wanted: Mapping[int, Any]) -> None:
    """Let `person` label the clips in `wanted` (database key -> label, labels), skip the others."""
    while held := queue.claim_next(campaign=campaign, annotator=person):
        for assignment in held:
            given = wanted.get(assignment.clip_id)
            if given is None:
                leases.skip(public_id=assignment.public_id, annotator=person, reason="")
                continue
            labels = given if isinstance(given, list) else [given]
            labelling.submit(
                assignment_id=assignment.public_id,
                annotator=person,
                key=f"{person.pk}-{assignment.clip_id}",
                judgement=Judgement(labels=labels),
            )


def revise(campaign: Campaign, *, clip: int, who: int, label: Label) -> None:
    """The who-th annotator changes their answer on the clip-th clip."""
    clip_id = campaign.items.order_by("rank")[clip].clip_id
    person = campaign.members.order_by("pk")[who].user
    old = Annotation.objects.get(
        campaign=campaign, clip_id=clip_id, annotator=person, superseded_at=None
    )
    n = Annotation.objects.filter(annotator=person).count()
    labelling.revise(
        annotation_id=old.public_id,
        annotator=person,
        key=f"revision-{n}",
        judgement=Judgement(labels=[label]),
    )
