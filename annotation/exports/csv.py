"""CSV after RFC 4180 for programs: values stay true, nothing is put before a leading `=`.

A missing value is an empty field; a field that holds an object holds it as JSON. Who opens the file
in a spreadsheet should import it as text, since transcripts stand in it as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from annotation.exports.formats import Destination, ExportContext, ExportFormat
from annotation.exports.rows import FIELDS, ReleaseRow, canonical_row, dump, in_batches

ROWS_AT_ONCE = 1000


def write(rows: Iterator[ReleaseRow], destination: Destination, context: ExportContext) -> None:
    """A header, then one record a row, in UTF-8 with CRLF line ends."""
    destination.write(_records([list(FIELDS)]))
    for batch in in_batches(rows, ROWS_AT_ONCE):
        cells = ([_cell(value) for value in canonical_row(row).values()] for row in batch)
        destination.write(_records(list(cells)))


def _records(records: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(records)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return dump(value).decode()


FORMAT = ExportFormat("csv", write, "text/csv; charset=utf-8", ".csv")
