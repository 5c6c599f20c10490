"""manage.py score MODEL --campaign ID [--acquisition entropy] --budget N [--dry-run]"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.management.watching import finish
from annotation.models import Campaign
from speecheq.errors import DomainError
from training.models import AcquisitionRound, Checkpoint
from training.services.acquisition import (
    ACQUISITIONS,
    RoundRequest,
    check_request,
    pool_clips,
    request_round,
)


class Command(BaseCommand):
    help = "Score a campaign's clips and put those first that would teach the model most."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="Its id.")
        parser.add_argument("--campaign", required=True, metavar="ID")
        parser.add_argument("--acquisition", default="entropy", choices=ACQUISITIONS)
        parser.add_argument("--budget", type=int, required=True, help="Clips that come first.")
        parser.add_argument("--control-share", type=float, default=0.2, metavar="SHARE")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--dry-run", action="store_true", help="Report, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        model = _find_model(options["model"])
        request = RoundRequest(
            campaign=options["campaign"],
            acquisition=options["acquisition"],
            budget=options["budget"],
            control_share=options["control_share"],
            seed=options["seed"],
        )
        try:
            campaign = check_request(model, request, by=None)
            pool = pool_clips(campaign, model)
            if options["dry_run"]:
                self.stdout.write(f"Would choose from {len(pool)} clips of {campaign.name}")
                return
            made = _same_round(model, campaign, request, pool)
            if made is None:
                job = finish(request_round(model, request, by=None))
                made = AcquisitionRound.objects.get(public_id=(job.result or {})["round"])
        except DomainError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        n_control = made.items.filter(arm="control").count()
        self.stdout.write(
            f"round {made.public_id}: {made.items.count()} of {made.n_pool} clips come first, "
            f"{n_control} of them at random; pool sha256 {made.pool_sha256}"
        )


def _find_model(public_id: str) -> Checkpoint:
    models = Checkpoint.objects.select_related("run__release")
    found = models.filter(public_id=public_id).first()
    if found is None:
        known = ", ".join(models.values_list("public_id", flat=True)[:20]) or "none"
        raise CommandError(f"No model {public_id!r}. Known: {known}.")
    return found


def _same_round(
    model: Checkpoint, campaign: Campaign, request: RoundRequest, pool: dict[str, int]
) -> AcquisitionRound | None:
    """The round that orders the queue now, if it was asked for in the same way of the same pool."""
    from training.acquisition.round import pool_hash

    newest = campaign.rounds.order_by("-pk").first()
    if newest is None or newest.checkpoint_id != model.pk:
        return None
    wanted = (request.acquisition, request.budget, request.control_share, request.seed)
    had = (newest.acquisition, newest.budget, newest.control_share, newest.seed)
    same = wanted == had and newest.pool_sha256 == pool_hash(pool)
    return newest if same else None
