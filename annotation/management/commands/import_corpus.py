"""manage.py import_corpus RECIPE PATH --corpus SLUG [--dry-run]"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from tqdm import tqdm

from annotation.models import Corpus
from annotation.recipes import RECIPES, Reading, RecipeError, read
from annotation.services import imports
from speecheq.jobs import run_job
from speecheq.models import Job
from speecheq.models.job import OPEN_STATES, JobState
from speecheq.names import SLUG

FACTS = ("name", "language", "licence", "licence_source")


class Command(BaseCommand):
    help = "Import a corpus from a folder or a manifest. Running it again adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recipe", choices=sorted(RECIPES))
        parser.add_argument("path", type=Path)
        parser.add_argument("--corpus", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="Report, and write nothing.")
        for name in FACTS:
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, default="", help="Of a corpus that is to be made.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"].resolve()
        try:
            reading = read(options["recipe"], path)
        except RecipeError as error:
            raise CommandError(error.detail) from None
        corpus = self._corpus(options, reading)
        if options["dry_run"]:
            with self._bar() as bar:
                report = imports.ingest(corpus, reading, progress=bar.show, dry_run=True)
            result = report.as_result()
        else:
            corpus.save()
            result = self._run(corpus, options["recipe"], path)
        self._tell(result, dry_run=options["dry_run"])

    def _corpus(self, options: dict[str, Any], reading: Reading) -> Corpus:
        """The corpus, unsaved where it does not exist yet."""
        slug = options["corpus"]
        corpus = Corpus.objects.filter(slug=slug).first()
        if corpus is not None:
            return corpus
        if not SLUG.fullmatch(slug):
            raise CommandError(f"{slug!r} is no slug: lower-case letters, digits and dashes.")
        facts = {name: options[name] or getattr(reading.facts, name, "") for name in FACTS}
        if not (facts["name"] and facts["language"] and facts["licence"]):
            known = ", ".join(Corpus.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(
                f"No corpus {slug!r}. Known corpora: {known}. "
                "To make it, give --name, --language and --licence."
            )
        return Corpus(slug=slug, **facts)

    def _run(self, corpus: Corpus, recipe: str, path: Path) -> dict[str, Any]:
        """Do the import as a job of this process; the row shows it to everybody else."""
        params = {"corpus": corpus.slug, "recipe": recipe, "path": str(path)}
        key = f"import:{corpus.slug}:{recipe}:{path}"[:200]
        job = self._job(params, corpus, key)
        with self._bar() as bar:
            imports.WATCHERS[job.public_id] = bar.show
            try:
                run_job(job.pk)
                job.refresh_from_db()
                while job.state in OPEN_STATES:  # a worker has it: look on, and go on if it died
                    time.sleep(0.5)
                    run_job(job.pk)
                    job.refresh_from_db()
                    bar.show(job.done, job.total or 0)
            finally:
                del imports.WATCHERS[job.public_id]
        if job.state != JobState.SUCCEEDED:
            raise CommandError((job.error or {}).get("detail", f"The job was {job.state}."))
        return job.result or {}

    def _job(self, params: dict[str, Any], corpus: Corpus, key: str) -> Job:
        unfinished = Job.objects.filter(dedupe_key=key, state__in=OPEN_STATES).first()
        if unfinished:
            return unfinished
        try:
            return Job.objects.create(
                kind=imports.IMPORT, params=params, corpus=corpus.slug, dedupe_key=key
            )
        except IntegrityError:
            raise CommandError("The same import has just been started elsewhere.") from None

    def _bar(self) -> Bar:
        return Bar(self.stderr)

    def _tell(self, result: dict[str, Any], *, dry_run: bool) -> None:
        for row in result["refused"]:
            line = f"line {row['line']}: " if row["line"] else ""
            self.stderr.write(f"refused {line}{row['key']}: {row['detail']} ({row['code']})")
        for row in result["duplicate_rows"]:
            self.stdout.write(f"duplicate {row['key']} is {row['same_as']}")
        refused = result.get("refused_total", len(result["refused"]))
        counts = (
            f"{result['imported']} imported, {result['duplicates']} duplicates, "
            f"{result['already']} already there, {refused} refused"
        )
        self.stdout.write(f"Would be: {counts}" if dry_run else counts)


class Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self, stream: Any):
        self.bar = tqdm(total=0, unit="clip", disable=not sys.stderr.isatty(), leave=False)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def show(self, done: int, total: int) -> None:
        self.bar.total = total
        self.bar.update(done - self.bar.n)
