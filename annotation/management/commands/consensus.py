"""Settle the label of every clip of a campaign."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.models import Campaign
from annotation.services import consensus
from speecheq.errors import DomainError


class Command(BaseCommand):
    help = "Compute a new version of a campaign's consensus. The same labels add no version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="public id of a campaign")
        parser.add_argument("--method", choices=list(consensus.METHODS), help="default: by scheme")
        parser.add_argument("--min-share", type=float, help="share of the votes a winner needs")
        parser.add_argument("--min-raters", type=int, help="raters who must hear an emotion")
        parser.add_argument("--min-mean", type=float, help="mean an emotion's level must exceed")
        parser.add_argument("--dry-run", action="store_true", help="compute and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Campaign.objects.select_related("scheme", "corpus")
        campaign = found.filter(public_id=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"No campaign {options['campaign']!r}.")
        method = options["method"] or consensus.default_method(campaign)
        names = ("min_share", "min_raters", "min_mean")
        params = {name: options[name] for name in names if options[name] is not None}
        try:
            if options["dry_run"]:
                chosen = consensus.check_method(campaign, method, params)
                settled = consensus.settle(campaign, method, chosen)
                self.stdout.write(f"{len(settled.rows)} clips would be settled by {method}")
                return
            version = consensus.compute_consensus(campaign, method=method, params=params)
        except DomainError as error:
            raise CommandError(error.detail) from error
        found_out = consensus.summary(version)
        self.stdout.write(
            f"version {version.version} by {method}: {found_out['clips']} clips, "
            f"{found_out['ties']} ties, {found_out['unknown']} unknown, "
            f"{version.n_simulated} of {version.n_annotations} labels simulated"
        )
