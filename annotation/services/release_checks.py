"""What is wrong with a request for a release, found before any work is queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotation.models import Annotation, Campaign, Clip, Corpus, LabelSpace, Release, Speaker
from annotation.models.release import ReleaseState
from annotation.models.scheme import SchemeMode
from annotation.services.ledger import read_ledger
from annotation.services.release_labels import INTENDED, METHOD_VERSIONS, PLURALITY
from annotation.services.scales import UNIFIED, find_label_space, projection, pure
from annotation.splits.errors import SplitRefused
from annotation.splits.plan import SPLITS, check_disjoint, check_ratios
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, RuleBroken, field_error
from speecheq.roles import Role
from speecheq.sentences import say

DEFAULT_RATIOS = {"train": 0.8, "dev": 0.1, "test": 0.1}


@dataclass(frozen=True)
class SplitRequest:
    """How to split; `assign` is {"speaker": {id or code: split}}."""

    ratios: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_RATIOS))
    seed: int = 0
    disjoint: Sequence[str] = ("speaker",)
    assign: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReleaseRequest:
    """A release as it is asked for: names and ids of things, checked later."""

    name: str
    version: str
    corpora: Sequence[str]
    label_space: str
    consensus: str
    campaigns: Sequence[str] = ()
    splits: SplitRequest = field(default_factory=SplitRequest)


@dataclass(frozen=True)
class CheckedRequest:
    """The same with its records found, its speakers named by id and its defaults filled in."""

    name: str
    version: str
    corpora: list[Corpus]
    campaigns: list[Campaign]
    label_space: LabelSpace
    consensus: str
    splits: SplitRequest

    def config(self) -> dict[str, Any]:
        """For `Release.config`: nothing but names, so that it can be asked for again."""
        return {
            "corpora": [each.slug for each in self.corpora],
            "campaigns": [each.public_id for each in self.campaigns],
            "label_space": f"{self.label_space.code}@{self.label_space.version}",
            "consensus": self.consensus,
            "splits": {**asdict(self.splits), "disjoint": list(self.splits.disjoint)},
        }


def check_request(request: ReleaseRequest, *, by: Any) -> CheckedRequest:
    """Everything that can be told without computing labels. `by` None is the operator's shell.

    Raises:
        Forbidden, Conflict, RuleBroken: with code and field.
    """
    corpora = _find_corpora(request.corpora, by)
    campaigns = _find_campaigns(request.campaigns, corpora)
    _check_method(request.consensus, campaigns)
    space = find_label_space(request.label_space)
    sources = [pure(each.scheme.label_space) for each in campaigns] or [UNIFIED]
    for source in sources:
        projection(source, pure(space))
    splits = _check_splits(request, corpora)
    _refuse_a_known_version(request)
    _refuse_too_few_speakers(request, corpora, campaigns)
    return CheckedRequest(
        name=request.name,
        version=request.version,
        corpora=corpora,
        campaigns=campaigns,
        label_space=space,
        consensus=request.consensus,
        splits=splits,
    )


def as_rule_broken(error: SplitRefused) -> RuleBroken:
    """The refusal of the pure code, with the field's place in a request."""
    top_level = error.field in ("corpora",)
    place = error.field if top_level else f"splits.{error.field}"
    return field_error(place, error.code, error.detail)


def _find_corpora(slugs: Sequence[str], by: Any) -> list[Corpus]:
    visible = Corpus.objects.all() if by is None else Corpus.objects.visible_to(by)
    found = {each.slug: each for each in visible.filter(slug__in=slugs)}
    for index, slug in enumerate(slugs):
        if slug not in found:
            known = ", ".join(visible.values_list("slug", flat=True))
            detail = say("No corpus {slug!r}. Known: {known}.", slug=slug, known=known)
            raise field_error(f"corpora.{index}", "unknown_corpus", detail)
        if by is not None:
            require_role(by, found[slug], Role.DATA_MANAGER)
    return [found[slug] for slug in sorted(found)]


def _find_campaigns(ids: Sequence[str], corpora: Sequence[Corpus]) -> list[Campaign]:
    rows = Campaign.objects.filter(public_id__in=ids).select_related("scheme__label_space")
    found = {each.public_id: each for each in rows.filter(corpus__in=corpora)}
    for index, public_id in enumerate(ids):
        field_name = f"campaigns.{index}"
        if public_id not in found:
            detail = say("The corpora of this release have no campaign {id!r}.", id=public_id)
            raise field_error(field_name, "unknown_campaign", detail)
        if found[public_id].scheme.mode == SchemeMode.MULTI:
            detail = say(
                "Campaign {id!r} rates several emotions a clip: one label is needed.", id=public_id
            )
            raise field_error(field_name, "multi_label_campaign", detail)
    return [found[public_id] for public_id in sorted(found)]


def _check_method(method: str, campaigns: Sequence[Campaign]) -> None:
    if method not in METHOD_VERSIONS:
        known = ", ".join(METHOD_VERSIONS)
        detail = say("No consensus method {method!r}. Known: {known}.", method=method, known=known)
        raise field_error("consensus", "unknown_consensus", detail)
    if method == PLURALITY and not campaigns:
        detail = say("Plurality needs votes: name a campaign, or ask for intended labels.")
        raise field_error("campaigns", "no_campaigns", detail)
    if method == INTENDED and campaigns:
        detail = say("Intended labels come from the corpus, not from campaigns: name none.")
        raise field_error("campaigns", "campaigns_not_used", detail)


def _check_splits(request: ReleaseRequest, corpora: Sequence[Corpus]) -> SplitRequest:
    asked = request.splits
    try:
        check_ratios(asked.ratios)
        kinds = check_disjoint(asked.disjoint)
    except SplitRefused as error:
        raise as_rule_broken(error) from error
    beyond = sorted(set(asked.assign) - {"speaker"})
    if beyond:
        detail = say("Splits are assigned by speaker, not by {beyond}.", beyond=beyond[0])
        raise field_error(f"splits.assign.{beyond[0]}", "bad_assign", detail)
    assigned = _by_speaker_id(asked.assign.get("speaker", {}), corpora)
    _check_against_ledger(request.name, assigned)
    return SplitRequest(
        ratios={split: float(asked.ratios.get(split, 0)) for split in SPLITS},
        seed=asked.seed,
        disjoint=sorted(kinds),
        assign={"speaker": assigned} if assigned else {},
    )


def _by_speaker_id(assign: Mapping[str, str], corpora: Sequence[Corpus]) -> dict[str, str]:
    """The assignment by public id. A code will do where only one speaker of the corpora has it."""
    ids: dict[str, list[str]] = {}
    speakers = Speaker.objects.filter(corpus__in=corpora, is_unknown=False)
    for public_id, code in speakers.values_list("public_id", "code"):
        ids[public_id] = [public_id]
        ids.setdefault(code, []).append(public_id)
    assigned = {}
    for name, split in sorted(assign.items()):
        place = f"splits.assign.speaker.{name}"
        if split not in SPLITS:
            detail = say("No split {split!r}. Splits are train, dev and test.", split=split)
            raise field_error(place, "bad_assign", detail)
        if len(ids.get(name, [])) != 1:
            detail = (
                say("The corpora have several speakers {name!r}. Use the speaker's id.", name=name)
                if name in ids
                else say("The corpora have no speaker {name!r}. Use the speaker's id.", name=name)
            )
            raise field_error(place, "unknown_speaker", detail)
        assigned[ids[name][0]] = split
    return assigned


def _check_against_ledger(series: str, assigned: Mapping[str, str]) -> None:
    frozen = read_ledger(series) if assigned else {}
    for speaker, split in assigned.items():
        if frozen.get(speaker, split) != split:
            raise field_error(
                f"splits.assign.speaker.{speaker}",
                "ledger_conflict",
                say(
                    "Speaker {speaker} cannot be assigned to {split}: earlier versions of "
                    "{series!r} froze {frozen}. Assign that, or give the release a new name.",
                    speaker=speaker,
                    split=split,
                    series=series,
                    frozen=frozen[speaker],
                ),
            )


def _refuse_a_known_version(request: ReleaseRequest) -> None:
    same = Release.objects.filter(name=request.name, version=request.version)
    if same.exclude(state=ReleaseState.FAILED).exists():
        detail = say(
            "{name} {version} exists. A release is never changed: raise it.",
            name=request.name,
            version=request.version,
        )
        raise field_error("version", "release_exists", detail, kind=Conflict)


def _refuse_too_few_speakers(
    request: ReleaseRequest, corpora: Sequence[Corpus], campaigns: Sequence[Campaign]
) -> None:
    """The common mistake, told at once; the builder finds the rarer ones."""
    clips = Clip.objects.filter(corpus__in=corpora)
    if campaigns:
        counting = Annotation.objects.counting().filter(campaign__in=campaigns)
        clips = clips.filter(pk__in=counting.values("clip_id"))
    else:
        clips = clips.exclude(intended_esc="")
    if not clips.exists():
        detail = (
            say("No clip of these corpora has votes in these campaigns.")
            if campaigns
            else say("No clip of these corpora has intended labels.")
        )
        raise field_error("corpora", "no_clips", detail)
    known = Speaker.objects.filter(pk__in=clips.values("speaker_id"), is_unknown=False)
    n_splits = sum(ratio > 0 for ratio in request.splits.ratios.values())
    n_speakers = known.count()
    if n_splits > 1 and n_speakers == 1:
        detail = say(
            "All labelled clips are by one speaker: {n_splits} splits need {n_splits}.",
            n_splits=n_splits,
        )
        raise field_error("splits.ratios", "one_speaker", detail)
    if n_splits > max(n_speakers, 1):
        detail = say(
            "{n_speakers} speakers are too few for {n_splits} splits.",
            n_speakers=n_speakers,
            n_splits=n_splits,
        )
        raise field_error("splits.ratios", "too_few_groups", detail)
