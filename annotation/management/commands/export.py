"""manage.py export RELEASE FORMAT [--output FILE] [--dry-run]"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotation.exports import FORMATS
from annotation.exports.rows import ReleaseRow
from annotation.models import Release
from annotation.services.exports import HashingFile, release_file_name, write_export
from annotation.services.releases import READY
from speecheq.outbox import audit


class Command(BaseCommand):
    help = "Write a release as a file. Running it again gives the same bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="Its id, or NAME@VERSION.")
        parser.add_argument("format", choices=list(FORMATS))
        parser.add_argument("--output", type=Path, metavar="FILE")
        parser.add_argument("--no-audio", action="store_true", help="Leave the audio out.")
        parser.add_argument("--dry-run", action="store_true", help="Report, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        release = _find(options["release"])
        path = options["output"] or Path(release_file_name(release, options["format"]))
        total = release.manifest["counts"]["all"]["clips"]
        if options["dry_run"]:
            self.stdout.write(f"{path} would hold {total} clips of {release}")
            return
        digest = self._write(release, options["format"], path, audio=not options["no_audio"])
        audit(None, "export.written", release.public_id, format=options["format"], sha256=digest)
        self.stdout.write(f"{path}: {total} clips, {path.stat().st_size} bytes, sha256 {digest}")

    def _write(self, release: Release, format: str, path: Path, *, audio: bool) -> str:
        """Write beside the goal and move there: whoever looks sees a whole file or none."""
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with partial.open("wb") as file:
                hashed = HashingFile(file)
                write_export(release, format, hashed, audio=audio, watch=_bar(release))
            partial.replace(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}") from error
        finally:
            partial.unlink(missing_ok=True)
        return hashed.sha256


def _bar(release: Release) -> Any:
    """Shows the rows as they go by, on a terminal."""
    total = release.manifest["counts"]["all"]["clips"]

    def watch(rows: Iterator[ReleaseRow]) -> Iterator[ReleaseRow]:
        yield from tqdm(rows, total=total, unit="clip", disable=not sys.stderr.isatty())

    return watch


def _find(name: str) -> Release:
    code, _, version = name.rpartition("@")
    named = Release.objects.filter(name=code, version=version)
    found = (Release.objects.filter(public_id=name) | named).filter(state__in=READY)
    release = found.select_related("label_space").first()
    if release is None:
        ready = Release.objects.ready().order_by("name", "-pk")
        known = ", ".join(f"{each.name}@{each.version}" for each in ready[:20]) or "none"
        raise CommandError(f"No frozen release {name!r}. Known: {known}.")
    return release
