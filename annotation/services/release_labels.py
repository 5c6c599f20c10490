"""The label of each clip of a release, read at the release's scale, and where it came from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from annotation.consensus import Vote, plurality
from annotation.labelspaces.projection import Label, Projection
from annotation.labelspaces.space import LabelSpace
from annotation.models import Annotation, AnnotationLabel, Campaign, Clip, Corpus, Item
from annotation.models import LabelSpace as LabelSpaceRow
from annotation.services.scales import UNIFIED, projection, pure

PLURALITY = "plurality"
INTENDED = "intended"
METHOD_VERSIONS = {PLURALITY: 1, INTENDED: 1}
"""Raised whenever a method would give other labels for the same votes."""


@dataclass(frozen=True, slots=True)
class ClipLabel:
    """The settled label of one clip; fields as in `annotation.exports.rows.ReleaseRow`."""

    esc: str
    eis: int | None
    provenance: str
    eis_score: float | None = None
    soft_esc: Mapping[str, float] = field(default_factory=dict)
    n_ratings: int = 0
    votes: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Labels:
    """Labels by clip (database key), and what was left out or gone in.

    `without_category` counts clips whose category has no place in the label space. `inputs` says,
    for the manifest, what the labels were computed from.
    """

    by_clip: dict[int, ClipLabel] = field(default_factory=dict)
    without_category: Counter[str] = field(default_factory=Counter)
    inputs: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, clip: int, label: ClipLabel, *, target: LabelSpace) -> None:
        """Take the label, unless its category has to leave the release."""
        if target.holds(label.esc):
            self.by_clip[clip] = label
        else:
            self.without_category[label.esc] += 1


class _Judged(NamedTuple):
    """One label of one counting annotation, as the database gives it."""

    clip: int
    campaign: int
    annotator: int
    annotation: str
    simulated: bool
    esc: str
    eis: int | None


def settle_labels(
    method: str, corpora: Sequence[Corpus], campaigns: Sequence[Campaign], space: LabelSpaceRow
) -> Labels:
    """Labels of all clips that have one, by `method`, at the scale of `space`."""
    if method == INTENDED:
        return intended_labels(corpora, pure(space))
    return plurality_labels(campaigns, pure(space))


def intended_labels(corpora: Iterable[Corpus], target: LabelSpace) -> Labels:
    """What the speakers were asked to express, marked as that."""
    to_target = projection(UNIFIED, target)
    labels = Labels()
    clips = Clip.objects.filter(corpus__in=corpora).exclude(intended_esc="")
    for pk, esc, eis in clips.values_list("pk", "intended_esc", "intended_eis").iterator():
        read = to_target.label(Label(esc, eis)) or Label(esc, eis)
        labels.keep(pk, ClipLabel(read.esc, read.eis, INTENDED), target=target)
    return labels


def plurality_labels(campaigns: Sequence[Campaign], target: LabelSpace) -> Labels:
    """What most annotators heard. Each vote is read at the target's scale before it is counted.

    One person has one vote a clip: of answers in several campaigns, the newest.
    """
    scales = {each.pk: projection(pure(each.scheme.label_space), target) for each in campaigns}
    inputs = {each.pk: _Inputs(each) for each in campaigns}
    labels = Labels()
    for clip, judged in groupby(_judgements(campaigns), key=attrgetter("clip")):
        newest = {}
        for each in judged:
            inputs[each.campaign].add(each)
            newest[each.annotator] = each
        labels.keep(clip, _settle(newest.values(), scales), target=target)
    labels.inputs = [each.as_json() for each in inputs.values()]
    return labels


def _judgements(campaigns: Sequence[Campaign]) -> Iterator[_Judged]:
    counting = Annotation.objects.counting().filter(campaign__in=campaigns)
    rows = AnnotationLabel.objects.filter(annotation__in=counting, is_multi=False)
    ordered = rows.order_by("annotation__clip_id", "annotation_id")
    return map(
        _Judged._make,
        ordered.values_list(
            "annotation__clip_id",
            "annotation__campaign_id",
            "annotation__annotator_id",
            "annotation__public_id",
            "annotation__is_simulated",
            "esc",
            "eis",
        ).iterator(),
    )


def _settle(judged: Iterable[_Judged], scales: Mapping[int, Projection]) -> ClipLabel:
    listed = list(judged)
    votes = []
    for each in listed:
        own = Label(each.esc, each.eis)
        votes.append(Vote(str(each.annotator), [scales[each.campaign].label(own) or own]))
    settled = plurality(votes)
    simulated = any(each.simulated for each in listed)
    return ClipLabel(
        esc=settled.esc or "",  # never empty: a clip comes here with a vote
        eis=settled.eis,
        provenance="simulated" if simulated else "perceived",
        eis_score=settled.eis_score,
        soft_esc=settled.soft_esc,
        n_ratings=settled.n_ratings,
        votes=settled.votes,
    )


class _Inputs:
    """What of one campaign went into the labels."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._n = self._simulated = 0
        self._digest = hashlib.sha256()

    def add(self, judged: _Judged) -> None:
        self._n += 1
        self._simulated += judged.simulated
        self._digest.update(f"{judged.annotation} {judged.esc} {judged.eis}\n".encode())

    def as_json(self) -> dict[str, Any]:
        scheme = self._campaign.scheme
        return {
            "campaign": self._campaign.public_id,
            "name": self._campaign.name,
            "scheme": f"{scheme.code}@{scheme.version}",
            "annotations": self._n,
            "simulated": self._simulated,
            "sha256": self._digest.hexdigest(),
        }


def inclusion_probabilities(campaigns: Sequence[Campaign]) -> dict[int, float]:
    """Clip to the probability with which it was sampled for labelling, where one is stored."""
    items = Item.objects.filter(campaign__in=campaigns, probability__isnull=False)
    rows = items.order_by("pk").values_list("clip_id", "probability")
    return {clip: share for clip, share in rows.iterator() if share is not None}
