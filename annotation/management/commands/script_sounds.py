"""How often each sound occurs in a script."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.services.recording.script_sounds import SoundReport, sounds_of
from annotation.services.recording.scripts import find_script
from speecheq.errors import NotFound

PER_LINE = 12


class Command(BaseCommand):
    help = (
        "Print how often each initial and final (zh) or phone (en) occurs over the distinct "
        "sentences of a script, and what occurs less than three times."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("script", help="its code, or code@version")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            script = find_script(options["script"])
        except NotFound as error:
            raise CommandError(error.detail) from error
        report = sounds_of(script)
        if options["json"]:
            data = {**asdict(report), "balanced": report.balanced}
            self.stdout.write(json.dumps(data, indent=2, ensure_ascii=False))
            return
        self.stdout.write(f"{script.name}: {report.n_transcripts} distinct sentences")
        for line in lines_of(report):
            self.stdout.write(line)


def lines_of(report: SoundReport) -> list[str]:
    """The counts of each group, what is rare, and what could not be read."""
    if report.sounds is None:
        return ["There is no table of sounds of its language here."]
    lines = []
    for name, counts in report.sounds.groups.items():
        fewest = min(counts.values())
        lines.append(f"{name}: {len(counts)} sounds, the rarest {fewest} times")
        cells = [f"{sound} {n}" for sound, n in counts.items()]
        rows = (cells[n : n + PER_LINE] for n in range(0, len(cells), PER_LINE))
        lines += ["  " + "  ".join(row) for row in rows]
    for name, sounds in report.rare.items():
        lines.append(f"fewer than {report.least} times, {name}: {', '.join(sounds)}")
    if not report.rare:
        lines.append(f"every sound occurs at least {report.least} times")
    lines += [f"not read, {each.key}: {each.reason}" for each in report.unread]
    return lines
