"""Consensus of a campaign: settled labels of every clip, kept under a version with their inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from annotation.consensus import Vote, multi_label, plurality
from annotation.models import (
    Annotation,
    AnnotationLabel,
    Campaign,
    Consensus,
    ConsensusVersion,
)
from annotation.models.scheme import SchemeMode
from speecheq.authorisation import require_role
from speecheq.errors import NotFound, RuleBroken, field_error
from speecheq.jobs import submit_job
from speecheq.models import Job
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

JOB = "annotation.consensus"
PLURALITY = "plurality"
MULTI_LABEL = "multi_label"
BATCH = 1000


@dataclass(frozen=True)
class Method:
    """A way to settle labels: the mode of scheme it is for, and its parameters with defaults."""

    mode: str
    params: dict[str, float]


METHODS = {
    PLURALITY: Method(SchemeMode.SINGLE, {"min_share": 0.0}),
    MULTI_LABEL: Method(SchemeMode.MULTI, {"min_raters": 2, "min_mean": 0.5}),
}

OnProgress = Callable[[int, int], None]
"""(clips done, clips in all); may raise to stop before anything is stored."""


class _Label(NamedTuple):
    """One label of one counting annotation."""

    clip: int
    annotation: str
    annotator: str
    is_simulated: bool
    esc: str
    eis: int | None


@dataclass
class Settled:
    """Rows that are ready to be stored, and what they were computed from."""

    rows: list[Consensus]
    n_annotations: int
    n_simulated: int
    inputs_sha256: str


def default_method(campaign: Campaign) -> str:
    """The method for the campaign's kind of scheme."""
    return next(name for name, each in METHODS.items() if each.mode == campaign.scheme.mode)


def check_method(campaign: Campaign, method: str, params: dict[str, Any]) -> dict[str, float]:
    """The parameters with defaults filled in. Raises RuleBroken for what does not fit."""
    if method not in METHODS:
        detail = say(
            "No method {method!r}. Known methods: {methods}.",
            method=method,
            methods=", ".join(METHODS),
        )
        raise field_error("method", "unknown_method", detail)
    known = METHODS[method]
    if known.mode != campaign.scheme.mode:
        detail = say(
            "The method {method!r} settles {mode}-label schemes, and {scheme} is "
            "{scheme_mode}-label. Use {default_method!r}.",
            method=method,
            mode=known.mode,
            scheme=str(campaign.scheme),
            scheme_mode=campaign.scheme.mode,
            default_method=default_method(campaign),
        )
        raise field_error("method", "method_does_not_fit", detail)
    for name in params:
        if name not in known.params:
            words = ", ".join(known.params)
            detail = say(
                "{method} has no parameter {name!r}. It has: {words}.",
                method=method,
                name=name,
                words=words,
            )
            raise field_error(name, "unknown_parameter", detail)
    chosen = {**known.params, **params}
    if not 0 <= chosen.get("min_share", 0.0) <= 1:
        detail = say(
            "The winner's share {min_share} is outside 0 to 1.", min_share=chosen["min_share"]
        )
        raise field_error("min_share", "out_of_range", detail)
    return chosen


def request_consensus(
    campaign: Campaign, *, method: str, params: dict[str, Any] | None = None, by: Any
) -> Job:
    """Ask the worker for a consensus. Raises Forbidden, RuleBroken.

    The same request while one is under way gets the same job.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER, Role.ADJUDICATOR)
    chosen = check_method(campaign, method, params or {})
    words = "&".join(f"{name}={value}" for name, value in sorted(chosen.items()))
    return submit_job(
        kind=JOB,
        params={"campaign": campaign.public_id, "method": method, "params": chosen},
        requested_by=by,
        corpus=campaign.corpus.slug,
        dedupe_key=f"consensus:{campaign.public_id}:{method}:{words}",
    )


def compute_consensus(
    campaign: Campaign,
    *,
    method: str,
    params: dict[str, Any] | None = None,
    by: Any = None,
    on_progress: OnProgress | None = None,
) -> ConsensusVersion:
    """Settle every labelled clip and store the rows as the next version.

    Nothing new is stored where the last version came from the same labels by the same method: that
    version is answered. Raises RuleBroken where no clip has a label.
    """
    chosen = check_method(campaign, method, params or {})
    settled = settle(campaign, method, chosen, on_progress=on_progress)
    if not settled.rows:
        raise RuleBroken(say("No clip of this campaign has a label yet."), code="no_labels")
    with transaction.atomic():
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)  # one version at a time
        last = campaign.consensus_versions.order_by("-version").first()
        if last is not None and _is_same(last, method, chosen, settled):
            return last
        version = ConsensusVersion.objects.create(
            campaign=campaign,
            version=last.version + 1 if last else 1,
            method=method,
            params=chosen,
            n_annotations=settled.n_annotations,
            n_simulated=settled.n_simulated,
            inputs_sha256=settled.inputs_sha256,
            created_by=by,
        )
        for row in settled.rows:
            row.computation = version
        Consensus.objects.bulk_create(settled.rows, batch_size=BATCH)
        audit(by, "consensus.computed", version.public_id, method=method, clips=len(settled.rows))
    return version


def settle(
    campaign: Campaign,
    method: str,
    params: dict[str, float],
    *,
    on_progress: OnProgress | None = None,
) -> Settled:
    """Compute without storing: rows in the order of clip keys."""
    total = _counting(campaign).values("clip").distinct().count()
    digest = hashlib.sha256()
    settled = Settled([], 0, 0, "")
    for clip_id, labels in groupby(_labels(campaign), key=lambda label: label.clip):
        mine = list(labels)
        simulated = {label.annotation: label.is_simulated for label in mine}
        settled.n_annotations += len(simulated)
        settled.n_simulated += sum(simulated.values())
        digest.update(repr([(each.annotation, each.esc, each.eis) for each in mine]).encode())
        settled.rows.append(_row(clip_id, mine, method, params))
        if on_progress is not None and len(settled.rows) % BATCH == 0:
            on_progress(len(settled.rows), total)
    if on_progress is not None:
        on_progress(len(settled.rows), total)
    settled.inputs_sha256 = digest.hexdigest()
    return settled


def find_version(campaign: Campaign, version: int | None = None) -> ConsensusVersion | None:
    """The version asked for, or the last; None while there is none. Raises NotFound."""
    found: QuerySet[ConsensusVersion] = campaign.consensus_versions.order_by("-version")
    if version is None:
        return found.first()
    one = found.filter(version=version).first()
    if one is None:
        raise NotFound(say("This campaign has no consensus version {version}.", version=version))
    return one


def summary(version: ConsensusVersion) -> dict[str, Any]:
    """What a job or a command says of a version."""
    rows = version.rows.all()
    return {
        "consensus": version.public_id,
        "version": version.version,
        "method": version.method,
        "clips": rows.count(),
        "ties": rows.filter(tie=True).count(),
        "unknown": rows.filter(esc="UNK").count(),
        "n_annotations": version.n_annotations,
        "n_simulated": version.n_simulated,
    }


def _counting(campaign: Campaign) -> QuerySet[Annotation]:
    return Annotation.objects.counting().filter(campaign=campaign)


def _labels(campaign: Campaign) -> Iterator[_Label]:
    """Every counting label, clips together in the order of their keys."""
    labels = AnnotationLabel.objects.filter(annotation__in=_counting(campaign))
    ordered = labels.order_by("annotation__clip__key", "annotation__clip_id", "annotation_id", "pk")
    return (
        _Label(*values)
        for values in ordered.values_list(
            "annotation__clip_id",
            "annotation__public_id",
            "annotation__annotator__public_id",
            "annotation__is_simulated",
            "esc",
            "eis",
        ).iterator(chunk_size=2000)
    )


def _row(clip_id: int, labels: list[_Label], method: str, params: dict[str, float]) -> Consensus:
    pairs: dict[str, list[tuple[str, int | None]]] = {}
    for label in labels:
        pairs.setdefault(label.annotator, []).append((label.esc, label.eis))
    votes = [Vote(rater, given) for rater, given in pairs.items()]
    if method == PLURALITY:
        one = plurality(votes, min_share=params["min_share"])
        return Consensus(
            clip_id=clip_id,
            esc=one.esc or "",
            eis=one.eis,
            eis_score=one.eis_score,
            soft_esc=dict(one.soft_esc),
            votes=dict(one.votes),
            n_ratings=one.n_ratings,
            tie=one.tie,
        )
    many = multi_label(
        votes, min_raters=int(params["min_raters"]), min_mean=float(params["min_mean"])
    )
    return Consensus(
        clip_id=clip_id,
        esc="",
        votes={code: level.n_present for code, level in many.levels.items()},
        levels={code: asdict(level) for code, level in many.levels.items()},
        n_ratings=many.n_ratings,
    )


def _is_same(
    last: ConsensusVersion, method: str, params: dict[str, float], settled: Settled
) -> bool:
    return (last.method, last.params, last.inputs_sha256) == (
        method,
        params,
        settled.inputs_sha256,
    )
