"""What whoever labels can fetch, and what must not be in it: for the tests of blindness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import F
from django.urls import get_resolver, reverse

from annotation.models import (
    Annotation,
    AnnotationLabel,
    Assignment,
    Campaign,
    Clip,
    Consensus,
    ConsensusVersion,
    ReferenceClip,
)
from annotation.services import agreement, labelling, queue, votes
from annotation.services.judgements import Judgement
from speecheq import outbox
from speecheq.authorisation import table
from speecheq.models import User
from tests import factories

# None of these may reach an annotator: each is planted where only others may read.
SECRETS = {
    "key": "a-wut-laut-7731",
    "file name": "zorn_schreit_7731.wav",
    "native emotion": "native-emo-7731",
    "native intensity": "native-int-7731",
    "hash of the sound": "7731" * 16,
    "another's note": "note-of-another-7731",
    "another's name": "other.rater.7731",
    "note on a gold clip": "feedback-gold-7731",
    "order seed": "77310077310",
    "model's score": "0.77310001",
    "probability": "0.77310002",
    "round": "rnd-7731",
    "consensus": "0.77310003",
}

Label = tuple[str, int | None]

# Pages whose name does not say that a campaign is in their address.
OF_A_CAMPAIGN = {"label", "practice", "keys", "history", "questions"}


@dataclass
class Scene:
    """A campaign in the middle of its work, seen by one annotator."""

    campaign: Campaign
    clip: Clip
    annotator: User
    other: User
    assignment: Assignment
    own: Annotation

    @property
    def records(self) -> dict[str, str]:
        """Ids for the addresses, by the family of the route."""
        return {
            "campaign": self.campaign.public_id,
            "clip": self.clip.public_id,
            "corpus": self.campaign.corpus.slug,
            "scheme": self.campaign.scheme.code,
            "question": self.own.public_id,
        }


def scene() -> Scene:
    """A clip that another has labelled, a model scored and a manager knows the answer to."""
    corpus = factories.CorpusFactory(slug="blind")
    clips = factories.clips(corpus, 7)
    clip = _spell_out(clips[0])
    annotator = factories.member(corpus, username="mine")
    other = factories.member(corpus, username=SECRETS["another's name"])
    campaign = factories.campaign(
        corpus,
        annotators=[annotator, other],
        overlap=2,
        seed=int(SECRETS["order seed"]),
        gold_share=0.2,
    )
    campaign.items.update(
        score=float(SECRETS["model's score"]),
        probability=float(SECRETS["probability"]),
        arm="chosen",
        round_id=SECRETS["round"],
    )
    for assignment in queue.claim_next(campaign=campaign, annotator=other, count=5):
        answer(assignment, other, comment=SECRETS["another's note"])
    last = campaign.items.order_by("-rank").first()
    campaign.items.filter(pk=last.pk).update(needed=0, free=0)
    ReferenceClip.objects.create(
        campaign=campaign,
        clip=last.clip,
        purpose="gold",
        labels=[{"esc": "FEA", "eis": 3}],
        feedback=SECRETS["note on a gold clip"],
    )
    settle(campaign, clip)
    [first, second] = queue.claim_next(campaign=campaign, annotator=annotator, count=2)
    assert first.clip_id == clip.pk
    own = answer(second, annotator)
    made = Scene(campaign, clip, annotator, other, first, own)
    count_labels(made)
    return made


def _spell_out(clip: Clip) -> Clip:
    """Give the clip a key, a file name and native labels that spell its emotion."""
    clip.key, clip.original_name = SECRETS["key"], SECRETS["file name"]
    clip.native_emotion = SECRETS["native emotion"]
    clip.native_intensity = SECRETS["native intensity"]
    clip.intended_esc, clip.intended_eis = "ANG", 3
    clip.sha256 = SECRETS["hash of the sound"]
    for field, suffix in (("audio16k", "flac"), ("peaks", "json"), ("spectrogram", "png")):
        name = f"{SECRETS['file name']}.{suffix}"
        setattr(clip, field, ContentFile(b"fLaC{}", name=name))
    clip.save()
    return clip


def answer(
    assignment: Assignment, person: User, labels: Sequence[Label] = (("HAP", 2),), **more: Any
) -> Annotation:
    judgement = Judgement(labels=list(labels), **more)
    return labelling.submit(
        assignment_id=assignment.public_id,
        annotator=person,
        key=f"{person.pk}-{assignment.pk}",
        judgement=judgement,
    ).annotation


def settle(campaign: Campaign, clip: Clip) -> None:
    computation = ConsensusVersion.objects.create(
        campaign=campaign, method="plurality", version=1, inputs_sha256="0" * 64
    )
    shares = {"HAP": float(SECRETS["consensus"])}
    Consensus.objects.create(
        computation=computation, clip=clip, esc="HAP", eis=2, soft_esc=shares, n_ratings=1
    )


def addresses(scene: Scene) -> Iterator[tuple[str, str]]:
    """(route, address) of everything this annotator may GET."""
    for name, methods in sorted(table().items()):
        access = methods.get("GET")
        if access is not None and not access.anyone and access.allows(scene.annotator):
            yield name, reverse(name, kwargs=_arguments(name, scene.records))


def _arguments(name: str, records: dict[str, str]) -> dict[str, str]:
    """A record for each part of the address that varies."""
    namespace, _, last = name.rpartition(":")
    resolver = get_resolver()
    if namespace:
        resolver = resolver.namespace_dict[namespace][1]
    params = resolver.reverse_dict.getlist(last)[0][0][0][1]
    family = "campaign" if last in OF_A_CAMPAIGN else last.split("-")[0]
    known = {"scheme": records["scheme"], "slug": records["corpus"], "job_id": "job_unknown"}
    return {param: known.get(param) or records.get(family, "unknown") for param in params}


CHANGING = re.compile(
    r"nonce-[\w+/=-]+|\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+"
    r'|(csrfmiddlewaretoken" value|X-CSRFToken"|"csrf"|idempotency_key" value)[=:] ?"[^"]*"'
)


def everything_in(response: Any) -> str:
    """Headers and body, without what is different at each request."""
    parts = [f"{name}: {value}" for name, value in sorted(response.items())]
    parts += [f"{name}={morsel.key}" for name, morsel in sorted(response.cookies.items())]
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return CHANGING.sub("~", "\n".join(parts) + "\n" + body.decode("utf-8", "replace"))


def turn_over(scene: Scene) -> None:
    """Change all that an annotator must not learn: the labels of others, the known answers, what
    was intended, and what a model makes of it."""
    AnnotationLabel.objects.filter(annotation__annotator=scene.other).update(esc="SAD", eis=1)
    Annotation.objects.filter(annotator=scene.other).update(
        comment="otherwise", flags=["noise"], confidence=0.25
    )
    ReferenceClip.objects.update(labels=[{"esc": "NEU", "eis": 0}], feedback="otherwise")
    Consensus.objects.update(esc="SAD", eis=1, soft_esc={"SAD": 1.0})
    scene.campaign.items.update(score=0.1, probability=0.2, arm="control", round_id="rnd_other")
    Clip.objects.update(
        intended_esc="FEA", intended_eis=1, native_emotion="fear", native_intensity="low"
    )
    count_labels(scene)


def count_labels(scene: Scene) -> None:
    """As the worker does after each batch of labels: agreement and hours as of now."""
    outbox.drain()
    votes.catch_up(scene.campaign)
    agreement.recompute(scene.campaign)


def answer_one(
    scene: Scene, person: User, kind: str = "normal", labels: Sequence[Label] = (("HAP", 2),)
) -> None:
    """Offer `person` a clip of this kind, answer it, and let the worker count it."""
    clips = scene.campaign.items.order_by("rank")
    had = scene.campaign.assignments.filter(annotator=person).values("item")
    if kind == "normal":
        item = clips.exclude(pk__in=had).filter(free__gt=0).first()
        clips.filter(pk=item.pk).update(free=F("free") - 1, leased=F("leased") + 1)
    elif kind == "gold":
        item = clips.get(needed=0)
    else:
        item = scene.own.assignment.item
    offered = Assignment.objects.create(
        campaign=scene.campaign,
        item=item,
        clip=item.clip,
        annotator=person,
        kind=kind,
        ordinal=7,
        expires_at=scene.assignment.expires_at,
    )
    scene.campaign.members.filter(user=person).update(offered=7)
    answer(offered, person, labels)
    count_labels(scene)


# Of counts; not of ids, times, colours or what is measured in parts.
NUMBER = re.compile(r"(?<![\w.#%-])\d+(?![\w.%-])")

LENGTH = re.compile(r"^Content-Length: .*$", re.MULTILINE)


def numbers_in(response: Any) -> list[str]:
    """The whole numbers that somebody could read in the answer, in their order. Not its length: it
    goes with the digits of the hours."""
    return NUMBER.findall(LENGTH.sub("", everything_in(response)))
