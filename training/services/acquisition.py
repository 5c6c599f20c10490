"""A model re-orders a campaign's queue: asked for, scored, selected, stored, put in order.

What a round took and what it gave is kept, so that it can be repeated and its control arm weighed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, QuerySet

from annotation.models import Campaign, Clip, ClipAlias, Item, ReleaseClip, Speaker, SplitLedger
from annotation.models.campaign import CampaignState
from annotation.models.release import Split
from annotation.services.priorities import QueuePriority, set_priorities
from speecheq import publicids
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, RuleBroken, field_error
from speecheq.jobs import JobHandle, submit_job
from speecheq.models import Job
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say
from training.models import AcquisitionRound, Checkpoint, ClipScore, RoundItem
from training.services.access import require_research
from training.services.engine import Engine
from training.services.scoring import score_clips

if TYPE_CHECKING:
    from training.acquisition.round import Selected

SCORE = "training.score_campaign"
RANDOM = "random"
# Those of training.acquisition.round, which brings 70 MB of SciPy: only a worker imports it.
ACQUISITIONS = ("entropy", "margin", RANDOM)
MAX_BUDGET = 100_000
MAX_SEED = 2**53


class ModelNotBetter(Conflict):
    code = "model_not_better"


@dataclass(frozen=True)
class RoundRequest:
    """budget: how many clips come first; control_share: of them drawn at random, 0 to 1."""

    campaign: str
    acquisition: str
    budget: int
    control_share: float
    seed: int = 0


def request_round(model: Checkpoint, request: RoundRequest, *, by: Any) -> Job:
    """Check the request and wake a gpu worker. The same request while one is under way gets the
    same job.

    Raises:
        Forbidden; Conflict (campaign_closed, model_not_better); RuleBroken (unknown_campaign,
        unknown_acquisition, out_of_range, empty_pool): with code and field; nothing was stored.
    """
    campaign = check_request(model, request, by=by)
    words = "&".join(f"{name}={value}" for name, value in asdict(request).items())
    with transaction.atomic():
        job = submit_job(
            kind=SCORE,
            params={
                "round": publicids.random("rnd"),
                "model": model.public_id,
                **asdict(request),
                "campaign": campaign.public_id,
            },
            requested_by=by,
            corpus=campaign.corpus.slug,
            dedupe_key=f"score:{model.public_id}:{words}"[:200],
        )
        audit(by, "round.requested", campaign.public_id, model=model.public_id)
    return job


def check_request(model: Checkpoint, request: RoundRequest, *, by: Any) -> Campaign:
    """The campaign, if the model may re-order it. Raises as `request_round`; stores nothing."""
    _check_values(request)
    require_research(by, model.run.release)
    campaign = _campaign(request.campaign, by)
    if by is not None:
        require_role(by, campaign.corpus, Role.RESEARCHER)
    if campaign.state == CampaignState.CLOSED:
        detail = say(
            "The campaign {name!r} is closed. Nothing in it waits for labels.", name=campaign.name
        )
        raise field_error("campaign", "campaign_closed", detail, kind=Conflict)
    refuse_worse(model, campaign, request.acquisition)
    if not pool_of(campaign, model).exists():
        raise _empty_pool(campaign)
    return campaign


def _check_values(request: RoundRequest) -> None:
    if request.acquisition not in ACQUISITIONS:
        known = ", ".join(ACQUISITIONS)
        detail = say(
            "No acquisition function {acquisition!r}. Known: {known}.",
            acquisition=request.acquisition,
            known=known,
        )
        raise field_error("acquisition", "unknown_acquisition", detail)
    for field, value, low, high in (
        ("budget", request.budget, 1, MAX_BUDGET),
        ("control_share", request.control_share, 0, 1),
        ("seed", request.seed, 0, MAX_SEED),
    ):
        if not low <= value <= high:
            detail = say(
                "{field} {value} is outside {low} to {high}.",
                field=field,
                value=value,
                low=low,
                high=high,
            )
            raise field_error(field, "out_of_range", detail)


def _campaign(public_id: str, by: Any) -> Campaign:
    visible = Campaign.objects.all() if by is None else Campaign.objects.visible_to(by)
    found = visible.filter(public_id=public_id).select_related("corpus").first()
    if found is None:
        raise field_error("campaign", "unknown_campaign", say("No campaign {id!r}.", id=public_id))
    return found


def _empty_pool(campaign: Campaign) -> RuleBroken:
    detail = say(
        "No clip of the campaign {name!r} is left to order: each has its labels, "
        "or stands in the test split of the model's release or was spoken by one "
        "of its speakers.",
        name=campaign.name,
    )
    return field_error("campaign", "empty_pool", detail)


def refuse_worse(model: Checkpoint, campaign: Campaign, acquisition: str) -> None:
    """Raise ModelNotBetter when a better model of the same release re-ordered this queue before.

    Both were measured on the same frozen dev split. A random order needs no good model.
    """
    if acquisition == RANDOM:
        return
    rounds = campaign.rounds.exclude(acquisition=RANDOM).exclude(checkpoint=model)
    same_release = rounds.filter(checkpoint__release_sha256=model.release_sha256)
    earlier = {each.checkpoint for each in same_release.select_related("checkpoint")}
    own = _dev_ua(model)
    for other in earlier:
        if _dev_ua(other) > own:
            raise ModelNotBetter(
                say(
                    "The model {id} re-ordered this queue with a UA of {dev_ua:.4f} on the "
                    "dev split; {model_public_id} reaches {own:.4f}. Use the better model, "
                    "or acquisition random.",
                    id=other.public_id,
                    dev_ua=_dev_ua(other),
                    model_public_id=model.public_id,
                    own=own,
                )
            )


def _dev_ua(model: Checkpoint) -> float:
    return float(model.metrics.get("dev", {}).get("ua", 0.0))


def pool_of(campaign: Campaign, model: Checkpoint) -> QuerySet[Item]:
    """Items that still want labels and may be ranked: never a test clip of the model's release,
    nor its recording under another key, nor anything else its speakers said."""
    release = model.run.release
    test = ReleaseClip.objects.filter(release=release, split=Split.TEST)
    clips = Clip.objects.filter(pk__in=test.values("clip_id"))
    ledger = SplitLedger.objects.filter(series=release.name, split=Split.TEST)
    aliases = ClipAlias.objects.filter(clip__in=clips.values("pk"))
    speakers = Speaker.objects.filter(is_unknown=False).filter(
        Q(pk__in=clips.values("speaker_id"))
        | Q(pk__in=aliases.values("speaker_id"))
        | Q(pk__in=ledger.values("speaker_id"))
    )
    also_spoken = ClipAlias.objects.filter(speaker__in=speakers.values("pk"))
    free = Item.objects.filter(campaign=campaign, free__gt=0, clip__label_only=False)
    return (
        free.exclude(clip_id__in=clips.values("pk"))
        .exclude(clip__sha256__in=clips.values("sha256"))
        .exclude(clip__speaker_id__in=speakers.values("pk"))
        .exclude(clip_id__in=also_spoken.values("clip_id"))
    )


def pool_clips(campaign: Campaign, model: Checkpoint) -> dict[str, int]:
    """Public id to database key of the clips to choose from, in the order of the ids."""
    pool = pool_of(campaign, model).order_by("clip__public_id")
    return dict(pool.values_list("clip__public_id", "clip_id"))


def score_campaign(job: JobHandle, *, engine: Engine) -> dict[str, Any]:
    """Do the work of `training.score_campaign`. Safe to start again after a crash.

    Raises:
        RuleBroken (empty_pool), ModelNotBetter: what held at the request no longer does.
        LeaseLost, JobCancelled: as `JobHandle.progress`.
    """
    params = job.params
    refused: list[dict[str, Any]] = []
    made = AcquisitionRound.objects.filter(public_id=params["round"]).first()
    if made is None:
        models = Checkpoint.objects.select_related("run__release")
        model = models.get(public_id=params["model"])
        campaign = Campaign.objects.get(public_id=params["campaign"])
        refuse_worse(model, campaign, params["acquisition"])
        pool = pool_clips(campaign, model)
        if params["acquisition"] != RANDOM:
            refused = score_clips(model, list(pool.values()), engine=engine, job=job)
        made = _make_round(job, model, campaign, pool)
    _put_in_order(made, job)
    result: dict[str, Any] = {"round": made.public_id, "chosen": made.items.count()}
    return result | ({"refused": refused} if refused else {})


def _make_round(
    job: JobHandle, model: Checkpoint, campaign: Campaign, pool: dict[str, int]
) -> AcquisitionRound:
    """Select and store, in one short transaction under the job's fence."""
    from training.acquisition.round import pool_hash, select

    params = job.params
    posteriors = _posteriors(model, pool, params["acquisition"])
    if not posteriors:
        raise _empty_pool(campaign)
    selected = select(
        posteriors,
        acquisition=params["acquisition"],
        budget=params["budget"],
        control_share=params["control_share"],
        seed=params["seed"],
    )
    with transaction.atomic():
        job.progress()
        made = AcquisitionRound.objects.create(
            public_id=params["round"],
            campaign=campaign,
            checkpoint=model,
            acquisition=params["acquisition"],
            budget=params["budget"],
            control_share=params["control_share"],
            seed=params["seed"],
            pool_sha256=pool_hash(posteriors),
            n_pool=len(posteriors),
            created_by_id=job.requested_by_id,
        )
        RoundItem.objects.bulk_create(_items(made, selected, pool), batch_size=1000)
    return made


def _posteriors(
    model: Checkpoint, pool: dict[str, int], acquisition: str
) -> dict[str, dict[str, float]]:
    """Category posteriors by public id; for a random order of the whole pool none are needed."""
    if acquisition == RANDOM:
        return {key: {} for key in pool}
    scores = ClipScore.objects.filter(checkpoint=model).values_list("clip_id", "esc")
    by_clip = dict(scores.iterator())
    return {key: by_clip[clip] for key, clip in pool.items() if clip in by_clip}


def _items(
    made: AcquisitionRound, selected: list[Selected], pool: dict[str, int]
) -> list[RoundItem]:
    return [
        RoundItem(
            round=made,
            clip_id=pool[each.key],
            rank=each.rank,
            score=each.score,
            probability=each.probability,
            arm=each.arm,
        )
        for each in selected
    ]


def _put_in_order(made: AcquisitionRound, job: JobHandle) -> None:
    """Give the round's clips to the queue, unless a later round has ordered it meanwhile."""
    job.progress()
    if made.campaign.rounds.filter(pk__gt=made.pk).exists():
        return
    rows = [
        QueuePriority(
            clip_id=item.clip_id,
            priority=-item.rank,
            score=item.score,
            probability=item.probability,
            arm=item.arm,
            why=made.acquisition if item.arm == "chosen" else RANDOM,
        )
        for item in made.items.order_by("rank")
    ]
    placed = set_priorities(campaign_id=made.campaign_id, rows=rows, round_id=made.public_id)
    audit(made.created_by, "round.placed", made.public_id, items=placed)
