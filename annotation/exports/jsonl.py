"""JSON Lines: the canonical rows themselves, so the file's SHA-256 is the release's hash."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.exports.formats import Destination, ExportContext, ExportFormat
from annotation.exports.rows import ReleaseRow, row_bytes


def write(rows: Iterator[ReleaseRow], destination: Destination, context: ExportContext) -> None:
    """One canonical row a line."""
    for row in rows:
        destination.write(row_bytes(row))


FORMAT = ExportFormat("jsonl", write, "application/jsonl", ".jsonl")
