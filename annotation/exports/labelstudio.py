"""Label Studio JSON: a list of tasks, one per clip, to import into a project with our config."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.exports.formats import Destination, ExportContext, ExportFormat
from annotation.exports.rows import ReleaseRow, dump
from annotation.labelstudio.mapping import task


def write(rows: Iterator[ReleaseRow], destination: Destination, context: ExportContext) -> None:
    """One JSON list, a task a line. Clips without audio are left out: there is nothing to hear."""
    separator = b"[\n"
    for row in rows:
        if row["audio_sha256"] is None:
            continue
        destination.write(separator + dump(task(row, audio_url=context.audio_url(row))))
        separator = b",\n"
    destination.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


FORMAT = ExportFormat("labelstudio", write, "application/json", ".json")
