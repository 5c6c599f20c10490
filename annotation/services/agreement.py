"""Agreement of a campaign: values with intervals, computed once for each state of its votes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotation.agreement import Coefficient, Votes, scale_rows, vote_tables
from annotation.models import AgreementSnapshot, Annotation, Campaign
from annotation.models.scheme import SchemeMode
from annotation.services.oversight import is_staff, require_sight
from annotation.services.votes import (
    ScaleKey,
    catch_up,
    load_sums,
    save_sums,
    sums_of_groups,
    values_with,
    vote_groups,
)

log = logging.getLogger("annotation.agreement")

PACE = 5
"""While labels pour in, intervals are renewed after a pause of this many times their own cost."""

SAME = 1e-9


@dataclass(frozen=True)
class Agreement:
    """What agreement answers.

    Attributes:
        as_of: when the rows were computed; no label counted since then is in them.
        scales: rows of the REST answer (DESIGN section 5).
        version: of the votes the rows were computed from; grows with every change of them.
        votes_version: of the votes counted now.
        n_simulated: counting annotations made by simulated annotators.
        is_live: labels that come later will be in it.
    """

    as_of: datetime
    scales: list[dict[str, Any]]
    version: int
    votes_version: int
    n_simulated: int
    is_live: bool = True

    def as_json(self) -> dict[str, Any]:
        return {"as_of": self.as_of, "scales": self.scales}


def agreement_of(campaign: Campaign) -> Agreement:
    """Agreement on the counting, current labels of a campaign, people's and simulated ones.

    Answers from the last computation while the votes are the same, and while one under a stream
    of labels is still recent. Only the first call for labels stored without events counts them all.
    """
    snapshot = AgreementSnapshot.objects.filter(campaign=campaign, is_complete=True).first()
    if snapshot is None:
        catch_up(campaign)
        snapshot = AgreementSnapshot.objects.get(campaign=campaign)
    if snapshot.scales_at is not None and (
        snapshot.scales_version == snapshot.votes_version or _is_recent(snapshot)
    ):
        return _answer(snapshot)
    return recompute(campaign)


def agreement_for(user: Any, campaign: Campaign) -> Agreement:
    """What `user` may see of it. Raises StillBlind."""
    require_sight(user, campaign)
    if is_staff(user, campaign.corpus_id):
        return agreement_of(campaign)
    return _as_closed(campaign)


def _as_closed(campaign: Campaign) -> Agreement:
    """As first read after the campaign was closed, and so until it is closed again: what is revised
    or sent later must not move what those who label can read, or they could try labels out."""
    mine = AgreementSnapshot.objects.filter(campaign=campaign)
    shown: Any = mine.values_list("at_closing", flat=True).first()
    if shown is None:
        now = agreement_of(campaign)
        taken = {
            "as_of": now.as_of.isoformat(),
            "scales": now.scales,
            "n_simulated": now.n_simulated,
        }
        mine.filter(at_closing__isnull=True).update(at_closing=taken)
        shown = mine.values_list("at_closing", flat=True).get()
    return Agreement(
        as_of=datetime.fromisoformat(shown["as_of"]),
        scales=shown["scales"],
        version=0,
        votes_version=0,
        n_simulated=shown["n_simulated"],
        is_live=False,
    )


def forget_closed(campaign: Campaign) -> None:
    """Called when the campaign is closed: those who label see how it stands now."""
    AgreementSnapshot.objects.filter(campaign=campaign).update(at_closing=None)


def recompute(campaign: Campaign) -> Agreement:
    """Compute every row from all votes, and hold the running sums against them."""
    started = perf_counter()
    version, groups = _read_votes(campaign)
    rows = _rows(campaign, groups)
    _check_sums(campaign, version, groups, rows)
    counting = Annotation.objects.counting().filter(campaign=campaign)
    newer = Q(scales_version=None) | Q(scales_version__lte=version)
    AgreementSnapshot.objects.filter(newer, campaign=campaign).update(
        scales=[row.as_json() for row in rows],
        scales_version=version,
        scales_at=timezone.now(),
        scales_ms=round((perf_counter() - started) * 1000),
        n_simulated=counting.filter(is_simulated=True).count(),
    )
    return _answer(AgreementSnapshot.objects.get(campaign=campaign))


def live_alpha(campaign: Campaign) -> dict[ScaleKey, float | None]:
    """Alpha of each scale from the running sums: at most two seconds behind the last label."""
    return {key: sums.alpha() for key, sums in load_sums(campaign).items()}


def _rows(campaign: Campaign, groups: Sequence[tuple[Votes, int]]) -> list[Coefficient]:
    esc, levels = values_with(campaign, (votes for votes, _ in groups))
    multi = campaign.scheme.mode == SchemeMode.MULTI
    return scale_rows(vote_tables(groups, esc_values=esc, levels=levels, multi=multi))


def _read_votes(campaign: Campaign) -> tuple[int, list[tuple[Votes, int]]]:
    """The votes and their version. Without a lock, so a batch may advance them meanwhile: read
    again then, and settle for the older version, which is computed anew at the next call."""
    for _ in range(3):
        version, groups = _version(campaign), vote_groups(campaign)
        if version == _version(campaign):
            break
    return version, groups


def _version(campaign: Campaign) -> int:
    found = AgreementSnapshot.objects.filter(campaign=campaign)
    return found.values_list("votes_version", flat=True).get()


def _check_sums(
    campaign: Campaign,
    version: int,
    groups: Sequence[tuple[Votes, int]],
    rows: Sequence[Coefficient],
) -> None:
    """Compare running sums with the batch; mend and report those that differ."""
    batch = {
        (row.scale, row.emotion or ""): row.value
        for row in rows
        if row.coefficient in ("alpha_nominal", "alpha_ordinal")
    }
    wrong = [key for key, alpha in live_alpha(campaign).items() if not _same(alpha, batch.get(key))]
    if not wrong:
        return
    with transaction.atomic():
        AgreementSnapshot.objects.select_for_update().get(campaign=campaign)
        if _version(campaign) != version:
            return  # the votes moved on while we looked; the next computation compares again
        log.error(
            "running sums of campaign %s differ from its votes: %s", campaign.public_id, wrong
        )
        save_sums(campaign, sums_of_groups(campaign, groups, wrong))


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SAME


def _is_recent(snapshot: AgreementSnapshot) -> bool:
    assert snapshot.scales_at is not None
    pause = timedelta(milliseconds=PACE * snapshot.scales_ms)
    return timezone.now() - snapshot.scales_at < pause


def _answer(snapshot: AgreementSnapshot) -> Agreement:
    assert snapshot.scales_at is not None and snapshot.scales_version is not None
    return Agreement(
        as_of=snapshot.scales_at,
        scales=snapshot.scales,
        version=snapshot.scales_version,
        votes_version=snapshot.votes_version,
        n_simulated=snapshot.n_simulated,
    )
