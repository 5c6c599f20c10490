"""Imports as people ask for them: by path, by archive, or as rows; each becomes a job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from annotation.models import Corpus
from annotation.recipes import RECIPES, Reading, RecipeError, manifest, read
from annotation.recipes.rows import ManifestRow, parse_row
from annotation.services.decoding import decoders
from annotation.services.ingest import Ingest, Progress, Report, mapping_labels
from annotation.services.unpacking import files_of, forget_unpacked
from speecheq import publicids
from speecheq.authorisation import require_role
from speecheq.errors import FieldError, Malformed, NotFound, RuleBroken, TooLarge, field_error
from speecheq.files import store_file
from speecheq.jobs import JobHandle, submit_job
from speecheq.models import Job
from speecheq.names import UnsafeName, path_below, storage_name
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say
from speecheq.texts import made_storable

IMPORT, REGISTER = "annotation.import_corpus", "annotation.register_clips"
MAX_ROWS = 10_000

# A command that runs a job itself shows its progress: job id to what wants to know.
WATCHERS: dict[str, Progress] = {}


# --- asking ----------------------------------------------------------------------------------


def request_import_of_path(*, corpus: Corpus, recipe: str, path: str, by: Any) -> Job:
    """Import what lies at `path` below the import root. Raises RuleBroken, Forbidden."""
    require_role(by, corpus, Role.DATA_MANAGER)
    _check_recipe(recipe)
    try:
        found = path_below(settings.IMPORT_ROOT, path).exists()
    except UnsafeName as error:
        raise field_error("path", error.code, error.detail) from None
    if not found:
        detail = say("There is nothing at {path!r} below the import root.", path=path)
        raise field_error("path", "path_not_found", detail)
    params = {"corpus": corpus.slug, "recipe": recipe, "path": path, "below_import_root": True}
    same = hashlib.sha256(f"{recipe}:{path}".encode()).hexdigest()
    return _submit(IMPORT, params, corpus, by, dedupe_key=f"import:{corpus.slug}:{same}")


def request_import_of_archive(*, corpus: Corpus, recipe: str, archive: File[bytes], by: Any) -> Job:
    """Import an uploaded archive. Raises RuleBroken, TooLarge, Forbidden."""
    require_role(by, corpus, Role.DATA_MANAGER)
    _check_recipe(recipe)
    limit = settings.SPEECHEQ_ARCHIVE_MAX_BYTES
    if archive.size > limit:
        raise TooLarge(
            say(
                "The archive has {size} bytes; the limit is {limit}.",
                size=archive.size,
                limit=limit,
            )
        )
    if not archive.size:
        raise field_error("archive", "empty", say("The archive has no bytes."))
    name = storage_name("import-archive", publicids.random("upl"), ".bin")
    params = {
        "corpus": corpus.slug,
        "recipe": recipe,
        "archive": store_file(name, archive),
        "archive_name": made_storable(archive.name or "")[:200],
    }
    return _submit(IMPORT, params, corpus, by)


def request_clips(*, corpus: Corpus, rows: list[Any], by: Any) -> Job:
    """Register clips from rows that name files below the import root, or are label_only.

    Raises Malformed, with the field of every wrong value, unless all rows are well formed.
    """
    require_role(by, corpus, Role.DATA_MANAGER)
    if not 1 <= len(rows) <= MAX_ROWS:
        detail = say("{n_rows} rows; a call takes 1 to {most}.", n_rows=len(rows), most=MAX_ROWS)
        raise field_error("clips", "row_count", detail, kind=Malformed)
    errors = [error for i, row in enumerate(rows) if (error := _row_error(i, row))]
    if errors:
        raise Malformed(errors[0].detail, errors=errors[:100])
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    name = storage_name("import-rows", publicids.random("upl"), ".jsonl")
    stored = store_file(name, ContentFile(lines.encode()))
    return _submit(REGISTER, {"corpus": corpus.slug, "rows": stored}, corpus, by)


def _row_error(number: int, row: Any) -> FieldError | None:
    if not isinstance(row, dict):
        return FieldError(
            str(number), "not_an_object", say("Row {number} is not an object.", number=number)
        )
    parsed = parse_row(row, number + 1)
    if isinstance(parsed, ManifestRow):
        return None
    return FieldError(f"{number}.{parsed.field}", parsed.code, parsed.detail)


def _check_recipe(recipe: str) -> None:
    if recipe not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        detail = say("No recipe {recipe!r}. Known recipes: {known}.", recipe=recipe, known=known)
        raise field_error("recipe", "unknown_recipe", detail)


def _submit(
    kind: str, params: dict[str, Any], corpus: Corpus, by: Any, *, dedupe_key: str = ""
) -> Job:
    return submit_job(
        kind=kind,
        params=params,
        requested_by=by,
        corpus=corpus.slug,
        dedupe_key=dedupe_key,
    )


# --- doing -----------------------------------------------------------------------------------


def run_import(job: JobHandle) -> dict[str, Any]:
    """The job `annotation.import_corpus`. Safe to run again: what is there is not taken twice."""
    corpus = _corpus(job.params["corpus"])
    with files_of(job.params) as folder, _recipe_errors():
        reading = read(job.params["recipe"], folder)
        report = ingest(corpus, reading, progress=_progress(job), since=_began(job))
    return _finished(job, corpus, report)


def register_clips(job: JobHandle) -> dict[str, Any]:
    """The job `annotation.register_clips`."""
    corpus = _corpus(job.params["corpus"])
    reading = Reading(root=settings.IMPORT_ROOT)
    seen: dict[str, int | None] = {}
    with default_storage.open(job.params["rows"]) as stored, _recipe_errors():
        for row in manifest.read_jsonl(TextIOWrapper(stored, "utf-8")):
            reading.add(row, seen)
    report = ingest(corpus, reading, progress=_progress(job), since=_began(job))
    return _finished(job, corpus, report)


def ingest(
    corpus: Corpus,
    reading: Reading,
    *,
    progress: Progress = lambda done, total: None,
    dry_run: bool = False,
    since: datetime | None = None,
    allow: Callable[[], None] = lambda: None,
) -> Report:
    """Import the rows of a reading. Native labels that are intended are mapped to our scales.

    What was made after `since` counts as made by this import, which then goes on. `allow`: as
    Ingest has it.
    """
    facts = reading.facts
    mapping = mapping_labels(facts.mapping) if facts and facts.native_is_intended else {}
    with decoders() as children:
        how: dict[str, Any] = {"mapping": mapping, "dry_run": dry_run, "since": since}
        return Ingest(corpus, reading, children, allow=allow, **how).run(progress)


def forget_upload(params: dict[str, Any], error: dict[str, Any] | None = None) -> None:
    """Delete what was uploaded for a job that is over."""
    for what in ("archive", "rows"):
        if params.get(what):
            default_storage.delete(params[what])
    forget_unpacked(params)


def ensure_corpus(slug: str, *, facts: dict[str, str], by: Any = None) -> Corpus:
    """The corpus `slug`, made from `facts` (name, language, licence, licence_source) if absent."""
    with transaction.atomic():
        corpus, made = Corpus.objects.get_or_create(slug=slug, defaults={**facts, "created_by": by})
        if made:
            audit(by, "corpus.created", slug)
    return corpus


def _finished(job: JobHandle, corpus: Corpus, report: Report) -> dict[str, Any]:
    job.progress()  # raises when another worker has taken over: the upload is theirs then
    forget_upload(job.params)
    result = report.as_result()
    counts = {k: v for k, v in result.items() if isinstance(v, int)}
    audit(None, "corpus.imported", corpus.slug, job=job.public_id, **counts)
    return result


def _began(job: JobHandle) -> datetime | None:
    """When a job was asked for that goes on after its worker died; None at its first attempt."""
    if job.attempts == 1:
        return None
    return Job.objects.values_list("created_at", flat=True).get(pk=job.pk)


def _progress(job: JobHandle) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        job.progress(done=done, total=total)
        if watcher := WATCHERS.get(job.public_id):
            watcher(done, total)

    return tell


def _corpus(slug: str) -> Corpus:
    corpus = Corpus.objects.filter(slug=slug).first()
    if corpus is None:
        raise NotFound(say("No corpus {slug!r}.", slug=slug))
    return corpus


@contextmanager
def _recipe_errors() -> Iterator[None]:
    """What a recipe cannot read fails the job under the recipe's own code."""
    try:
        yield
    except RecipeError as error:
        raise RuleBroken(error.detail, code=error.code) from None
