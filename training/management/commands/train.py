"""manage.py train RELEASE [--preset quick] [--set optimiser.epochs=5] [--dry-run]"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.management.watching import finish
from annotation.models import Release
from speecheq.errors import DomainError
from training.config import PRESETS, RunConfig
from training.models import Run, RunState
from training.services.clip_rows import trainable
from training.services.runs import check_request, request_run


class Command(BaseCommand):
    help = "Train a model on a frozen release. The same request again answers the run that exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="Its id, or NAME@VERSION.")
        parser.add_argument("--preset", default="quick", choices=sorted(PRESETS))
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="What is different from the preset, such as optimiser.epochs=5.",
        )
        parser.add_argument("--again", action="store_true", help="Train even if it was done.")
        parser.add_argument("--dry-run", action="store_true", help="Report, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        release = find_release(options["release"])
        changes = nested(options["set"])
        try:
            config = check_request(release, preset=options["preset"], config=changes, by=None)
            if options["dry_run"]:
                self._tell_plan(release, config)
                return
            run = None if options["again"] else _finished(release, config)
            if run is None:
                run, job = request_run(release, preset=options["preset"], config=changes, by=None)
                finish(job)
        except DomainError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        self._tell(Run.objects.select_related("checkpoint").get(pk=run.pk))

    def _tell_plan(self, release: Release, config: RunConfig) -> None:
        sizes = trainable(release)
        parts = ", ".join(f"{sizes.get(split, 0)} {split}" for split in ("train", "dev", "test"))
        self.stdout.write(
            f"Would train {config.optimiser.epochs} epochs on {release}: {parts} clips, "
            f"configuration {config.sha256()[:12]}"
        )

    def _tell(self, run: Run) -> None:
        for split, figures in run.metrics.items():
            shown = ("ua", "eis_ua", "gender_ua", "phoneme_error")
            parts = ", ".join(f"{name} {figures[name]:.3f}" for name in shown if name in figures)
            self.stdout.write(f"{split}: {figures['n_clips']} clips, {parts}")
        model = run.checkpoint
        self.stdout.write(
            f"run {run.public_id} model {model.public_id} epoch {model.epoch} "
            f"sha256 {model.sha256} release {run.release_sha256}"
        )


def find_release(name: str) -> Release:
    """By id or NAME@VERSION. Raises CommandError naming those there are."""
    code, _, version = name.rpartition("@")
    named = Release.objects.filter(name=code, version=version).exclude(state="failed")
    release = (Release.objects.filter(public_id=name) | named).first()
    if release is None:
        ready = Release.objects.ready()[:20]
        known = ", ".join(f"{each.name}@{each.version}" for each in ready) or "none"
        raise CommandError(f"No release {name!r}. Known: {known}.")
    return release


def nested(settings: list[str]) -> dict[str, Any]:
    """["optimiser.epochs=5"] as {"optimiser": {"epochs": 5}}; values are JSON, else text."""
    changes: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        *parents, name = path.split(".")
        if not (equals and name):
            raise CommandError(f"--set {setting!r} is not KEY=VALUE, such as optimiser.epochs=5.")
        inner = changes
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise CommandError(f"--set {setting!r} goes below {parent!r}, which has a value.")
        try:
            inner[name] = json.loads(text)
        except ValueError:
            inner[name] = text
    return changes


def _finished(release: Release, config: RunConfig) -> Run | None:
    """The newest run that trained exactly this; training is deterministic."""
    done = release.runs.filter(release_sha256=release.sha256, state=RunState.SUCCEEDED)
    wanted = config.to_json()
    return next((run for run in done if run.config == wanted), None)
