"""manage.py release NAME VERSION --corpus SLUG --label-space CODE [--campaign ID] [--dry-run]"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.management.watching import finish
from annotation.models import Release
from annotation.services.release_build import preview
from annotation.services.release_checks import DEFAULT_RATIOS, check_request
from annotation.services.release_labels import INTENDED, PLURALITY
from annotation.services.releases import READY, ReleaseRequest, SplitRequest, request_release
from annotation.splits.plan import SPLITS
from speecheq.errors import Conflict, DomainError


class Command(BaseCommand):
    help = "Freeze labels and splits. The same request again answers the release that exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("release_version", metavar="VERSION")
        parser.add_argument("--corpus", action="append", required=True, metavar="SLUG")
        parser.add_argument("--campaign", action="append", default=[], metavar="ID")
        parser.add_argument("--label-space", required=True, metavar="CODE")
        parser.add_argument("--consensus", choices=[PLURALITY, INTENDED])
        for split in SPLITS:
            parser.add_argument(f"--{split}", type=float, default=DEFAULT_RATIOS[split])
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--disjoint", action="append", default=[], metavar="KIND")
        parser.add_argument(
            "--assign", type=Path, metavar="FILE", help='JSON: {"speaker": {"01": "test"}}'
        )
        parser.add_argument("--dry-run", action="store_true", help="Report, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        request = _request(options)
        try:
            if options["dry_run"]:
                plan, _ = preview(check_request(request, by=None))
                self._tell(f"{request.name} {request.version} would be", plan.sizes())
                return
            release, job = request_release(request, by=None)
            finish(job)
        except Conflict as error:
            release = self._existing(request, error)
        except DomainError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        release.refresh_from_db()
        splits = release.manifest["counts"]["splits"]
        self._tell(f"{release} is {release.state}", {s: splits[s]["clips"] for s in SPLITS})
        self.stdout.write(f"{release.public_id} sha256 {release.sha256}")

    def _existing(self, request: ReleaseRequest, error: Conflict) -> Release:
        """The release of that version, if it was asked for in the same way."""
        found = Release.objects.filter(name=request.name, version=request.version, state__in=READY)
        release = found.first()
        free = ReleaseRequest(**(vars(request) | {"version": "-"}))
        if release is None or check_request(free, by=None).config() != release.config:
            raise CommandError(f"{error.detail} It was made in another way.") from error
        return release

    def _tell(self, what: str, sizes: dict[str, int]) -> None:
        parts = ", ".join(f"{sizes[split]} {split}" for split in SPLITS)
        self.stdout.write(f"{what}: {parts}")


def _request(options: dict[str, Any]) -> ReleaseRequest:
    assign = {}
    if options["assign"]:
        try:
            assign = json.loads(options["assign"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['assign']} cannot be read: {error}") from error
    default = PLURALITY if options["campaign"] else INTENDED
    return ReleaseRequest(
        name=options["name"],
        version=options["release_version"],
        corpora=options["corpus"],
        campaigns=options["campaign"],
        label_space=options["label_space"],
        consensus=options["consensus"] or default,
        splits=SplitRequest(
            ratios={split: options[split] for split in SPLITS},
            seed=options["seed"],
            disjoint=["speaker", *options["disjoint"]],
            assign=assign,
        ),
    )
