"""Agreement of a CSV file of ratings, or of a campaign."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.agreement import LEVELS, AgreementInputError, count_scales, read_table
from annotation.agreement.bootstrap import REPLICATES
from annotation.models import Campaign
from annotation.services.agreement import agreement_of

COLUMNS = ("scale", "emotion", "coefficient", "value", "95 % interval", "clips", "ratings")


class Command(BaseCommand):
    help = (
        "Print agreement with bootstrap intervals. FILE holds clip_key, rater, value, or clip_key "
        "and one n_<value> per value; .gz is read too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("file", nargs="?", help="CSV file of ratings or counts")
        source.add_argument("--campaign", metavar="ID", help="public id of a campaign")
        parser.add_argument("--level", choices=LEVELS, help="how to read the values of FILE")
        parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (FILE only)")
        parser.add_argument("--replicates", type=int, default=REPLICATES, help="of the bootstrap")
        parser.add_argument("--json", action="store_true", help="print the rows as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = self._of_campaign(options) if options["campaign"] else self._of_file(options)
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        for line in table(rows):
            self.stdout.write(line)

    def _of_campaign(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        if options["level"]:
            raise CommandError("--level belongs to FILE; the scheme of a campaign decides.")
        campaign = Campaign.objects.filter(public_id=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"No campaign {options['campaign']!r}.")
        return agreement_of(campaign).scales

    def _of_file(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        if not options["level"]:
            raise CommandError(f"Say how to read the values: --level {'|'.join(LEVELS)}.")
        if not 0 <= options["replicates"] <= 100_000:
            raise CommandError(f"--replicates {options['replicates']} is outside 0 to 100000.")
        if options["seed"] < 0:
            raise CommandError(f"--seed {options['seed']} is negative.")
        try:
            counts = read_table(options["file"], options["level"])
            rows = count_scales(
                counts, options["level"], replicates=options["replicates"], seed=options["seed"]
            )
        except AgreementInputError as error:
            raise CommandError(f"{options['file']}{where(error)}: {error.detail}") from error
        return [row.as_json() for row in rows]


def where(error: AgreementInputError) -> str:
    """`, line 3, column value`, as far as it is known."""
    line = f", line {error.line}" if error.line is not None else ""
    return line + (f", column {error.column}" if error.column is not None else "")


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Lines of a table for a terminal; reasons stand below it."""
    cells = [COLUMNS, *(line_of(row) for row in rows)]
    widths = [max(len(cell[i]) for cell in cells) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip()
        for cell in cells
    ]
    reasons = dict.fromkeys(row["reason"] for row in rows if row["reason"])
    return [*lines, *reasons]


def line_of(row: dict[str, Any]) -> tuple[str, ...]:
    interval = "-" if row["ci_low"] is None else f"{row['ci_low']:.3f} to {row['ci_high']:.3f}"
    return (
        row["scale"],
        row["emotion"] or "-",
        row["coefficient"],
        "-" if row["value"] is None else f"{row['value']:.6f}",
        interval,
        str(row["n_items"]),
        str(row["n_ratings"]),
    )
