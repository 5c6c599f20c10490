"""Building a release: labels, splits, rows, manifest; and then it is frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.exports.manifest import ReleaseSums, build_manifest
from annotation.exports.rows import ReleaseRow, canonical_row
from annotation.models import Campaign, Clip, ClipAlias, LabelSpace, Release, ReleaseClip
from annotation.models.release import ReleaseState
from annotation.services.consensus import compute_consensus
from annotation.services.ledger import LedgerMoved, read_ledger, write_ledger
from annotation.services.release_checks import CheckedRequest, as_rule_broken
from annotation.services.release_labels import (
    METHOD_VERSIONS,
    PLURALITY,
    ClipLabel,
    Labels,
    inclusion_probabilities,
    settle_labels,
)
from annotation.splits.errors import SplitRefused
from annotation.splits.groups import SplitClip
from annotation.splits.leaks import LeakReport, LeakRow, leak_report
from annotation.splits.plan import SplitPlan, assign_splits
from speecheq.errors import RuleBroken
from speecheq.jobs import JobHandle
from speecheq.outbox import audit
from speecheq.sentences import say

BATCH = 500
LEDGER_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A labelled clip: what the split and the order of rows need."""

    pk: int
    order: tuple[bytes, bytes]
    split_clip: SplitClip


def build_release(release_id: int, job: JobHandle) -> dict[str, Any]:
    """Do the work of `annotation.build_release`. Safe to start again after a crash.

    Raises:
        RuleBroken: the release cannot be made; the reason is kept on it.
    """
    release = Release.objects.select_related("label_space").get(pk=release_id)
    if release.state != ReleaseState.BUILDING:
        return {"release": release.public_id}
    labels = _labels(release)
    candidates = _candidates(labels)
    for attempt in range(1, LEDGER_TRIES + 1):
        plan = _plan(release.name, release.config["splits"], candidates)
        sums = _store_rows(release, candidates, labels, plan, job)
        leaks = _leaks(release)
        try:
            _freeze(release, _manifest(release, labels, plan, leaks, sums), plan, job)
        except (LedgerMoved, IntegrityError):
            if attempt == LEDGER_TRIES:
                raise
        else:
            break
    return {"release": release.public_id}


def release_failed(params: dict[str, Any], error: dict[str, Any]) -> None:
    """Keep the reason on a release whose job did not succeed."""
    building = Release.objects.filter(pk=params["release_id"], state=ReleaseState.BUILDING)
    building.update(state=ReleaseState.FAILED, error=error)


def preview(checked: CheckedRequest) -> tuple[SplitPlan, Labels]:
    """The splits and labels a request would give. Stores nothing. Raises RuleBroken."""
    labels = settle_labels(
        checked.consensus, checked.corpora, checked.campaigns, checked.label_space
    )
    return _plan(checked.name, checked.config()["splits"], _candidates(labels)), labels


def _labels(release: Release) -> Labels:
    related = release.campaigns.select_related("scheme__label_space")
    campaigns = list(related.order_by("public_id"))
    corpora = list(release.corpora.all())
    labels = settle_labels(release.consensus, corpora, campaigns, release.label_space)
    _keep_consensus(release, labels, {each.public_id: each for each in campaigns})
    return labels


def _keep_consensus(release: Release, labels: Labels, campaigns: Mapping[str, Campaign]) -> None:
    """Store each campaign's consensus at its own scale too, and name its version."""
    for entry in labels.inputs:
        if entry["annotations"]:
            version = compute_consensus(
                campaigns[entry["campaign"]], method=PLURALITY, by=release.created_by
            )
            entry |= {"consensus": version.public_id, "consensus_version": version.version}


def _candidates(labels: Labels) -> list[_Candidate]:
    """Every labelled clip, in the order of the release's rows."""
    also_spoken_by: dict[int, list[str]] = {}
    aliases = ClipAlias.objects.filter(speaker__is_unknown=False).order_by("pk")
    for clip, speaker in aliases.values_list("clip_id", "speaker__public_id").iterator():
        also_spoken_by.setdefault(clip, []).append(speaker)
    found = []
    fields = ("pk", "public_id", "corpus__slug", "key", "sha256", "transcript")
    voice = ("speaker__public_id", "speaker__is_unknown", "speaker__sex")
    for part in _parts(list(labels.by_clip)):
        rows = Clip.objects.filter(pk__in=part).values_list(*fields, *voice)
        for pk, public_id, slug, key, sha256, text, who, unknown, sex in rows:
            label = labels.by_clip[pk]
            speakers = {*([] if unknown else [who]), *also_spoken_by.get(pk, [])}
            split_clip = SplitClip(
                id=public_id,
                speakers=tuple(sorted(speakers)),
                audio=(sha256,) if sha256 else (),
                text=text or None,
                esc=label.esc,
                eis=label.eis,
                sex=sex or None,
            )
            found.append(_Candidate(pk, (slug.encode(), key.encode()), split_clip))
    return sorted(found, key=lambda each: each.order)


def _plan(series: str, asked: Mapping[str, Any], candidates: Sequence[_Candidate]) -> SplitPlan:
    clips = [each.split_clip for each in candidates]
    present = {speaker for clip in clips for speaker in clip.speakers}
    ledger = {s: split for s, split in read_ledger(series).items() if s in present}
    try:
        return assign_splits(
            clips,
            ratios=asked["ratios"],
            seed=asked["seed"],
            disjoint=asked["disjoint"],
            assign=asked["assign"].get("speaker"),
            ledger=ledger,
        )
    except SplitRefused as error:
        raise as_rule_broken(error) from error


def _store_rows(
    release: Release,
    candidates: Sequence[_Candidate],
    labels: Labels,
    plan: SplitPlan,
    job: JobHandle,
) -> ReleaseSums:
    """Store the rows in short transactions, each of which renews the lease first: a worker that
    lost it writes nothing more. What an earlier attempt left is replaced."""
    _forget_rows(release, job)
    sums = ReleaseSums()
    probabilities = inclusion_probabilities(list(release.campaigns.all()))
    for start in range(0, len(candidates), BATCH):
        part = candidates[start : start + BATCH]
        clips = Clip.objects.select_related("corpus", "speaker").in_bulk([c.pk for c in part])
        made = []
        for position, each in enumerate(part, start=start):
            clip, split = clips[each.pk], plan.clips[each.split_clip.id]
            row = release_row(clip, labels.by_clip[each.pk], split, probabilities.get(each.pk))
            sums.add(row)
            made.append(_stored(release, clip, position, row))
        with transaction.atomic():
            job.progress(done=start + len(part), total=len(candidates))
            ReleaseClip.objects.bulk_create(made)
    return sums


def _forget_rows(release: Release, job: JobHandle) -> None:
    while keys := list(release.rows.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            job.progress()
            ReleaseClip.objects.filter(pk__in=keys).delete()


def _stored(release: Release, clip: Clip, position: int, row: ReleaseRow) -> ReleaseClip:
    return ReleaseClip(
        release=release,
        clip=clip,
        position=position,
        split=row["split"],
        esc=row["esc"],
        eis=row["eis"],
        row=row,
    )


def release_row(clip: Clip, label: ClipLabel, split: str, probability: float | None) -> ReleaseRow:
    """The canonical row of a clip: DESIGN's split row, without anything of the database."""
    speaker, corpus = clip.speaker, clip.corpus
    native = {"emotion": clip.native_emotion, "intensity": clip.native_intensity}
    intended = {"esc": clip.intended_esc, "eis": clip.intended_eis}
    return canonical_row(
        {
            "key": clip.key,
            "corpus": corpus.slug,
            "speaker": None if speaker.is_unknown else speaker.public_id,
            "sex": speaker.sex or None,
            "language": clip.language or speaker.language or corpus.language or None,
            "transcript": clip.transcript or None,
            "duration_ms": clip.duration_ms,
            "split": split,
            "esc": label.esc,
            "eis": label.eis,
            "eis_score": label.eis_score,
            "soft_esc": label.soft_esc,
            "n_ratings": label.n_ratings,
            "votes": label.votes,
            "intended": intended if clip.intended_esc else None,
            "native": {k: v for k, v in native.items() if v} or None,
            "provenance": label.provenance,
            "audio_sha256": clip.sha256 or None,
            "inclusion_probability": probability,
        }
    )


def _leaks(release: Release) -> LeakReport:
    """From the stored rows alone. Speakers or audio in two splits would be our own fault."""
    report = leak_report(_leak_rows(release))
    if any(pair["speakers"] or pair["audio"] for pair in report["pairs"]):
        raise RuleBroken(
            say("The splits share a speaker or audio. Nothing was released."), code="leak"
        )
    return report


def _leak_rows(release: Release) -> Iterator[LeakRow]:
    also: dict[int, list[str]] = {}
    aliases = ClipAlias.objects.filter(clip__release_rows__release=release)
    named = aliases.filter(speaker__is_unknown=False)
    for clip, speaker in named.values_list("clip_id", "speaker__public_id"):
        also.setdefault(clip, []).append(speaker)
    for clip, row in release.rows.values_list("clip_id", "row").iterator():
        own = [] if row["speaker"] is None else [row["speaker"]]
        yield LeakRow(
            split=row["split"],
            speakers=(*own, *also.get(clip, [])),
            audio=(row["audio_sha256"],) if row["audio_sha256"] else (),
            text=row["transcript"],
        )


def _manifest(
    release: Release, labels: Labels, plan: SplitPlan, leaks: LeakReport, sums: ReleaseSums
) -> dict[str, Any]:
    corpora = list(release.corpora.all())
    n_clips = Clip.objects.filter(corpus__in=corpora).count()
    gone = sum(labels.without_category.values())
    facts = ("slug", "name", "language", "licence", "licence_source", "is_synthetic")
    return build_manifest(
        release={"name": release.name, "version": release.version},
        corpora=[{name: getattr(corpus, name) for name in facts} for corpus in corpora],
        label_space=_space_facts(release.label_space),
        consensus={
            "method": release.consensus,
            "version": METHOD_VERSIONS[release.consensus],
            "inputs": labels.inputs,
        },
        splits={
            **release.config["splits"],
            "groups": plan.n_groups,
            "largest_share": round(plan.largest_share, 6),
            "cost": round(plan.cost, 6),
        },
        left_out={
            "unlabelled": n_clips - len(labels.by_clip) - gone,
            "without_category": dict(sorted(labels.without_category.items())),
        },
        leaks=leaks,
        sums=sums,
    )


def _space_facts(space: LabelSpace) -> dict[str, Any]:
    return {
        "code": space.code,
        "version": space.version,
        "categories": space.categories,
        "levels": space.levels,
    }


def _freeze(release: Release, manifest: dict[str, Any], plan: SplitPlan, job: JobHandle) -> None:
    """One short transaction: the ledger, the hash and the state, or nothing."""
    with transaction.atomic():
        job.progress()
        building = Release.objects.filter(pk=release.pk, state=ReleaseState.BUILDING)
        building.update(
            state=ReleaseState.FROZEN,
            sha256=manifest["checksums"]["release"],
            manifest=manifest,
            leaks=manifest["leaks"],
            error=None,
            frozen_at=timezone.now(),
        )
        new = write_ledger(release, plan.speakers)
        audit(
            release.created_by,
            "release.frozen",
            release.public_id,
            sha256=manifest["checksums"]["release"],
            new_speakers=new,
        )


def _parts(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
