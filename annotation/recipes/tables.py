"""Lists that came from outside, read line by line: no line and no record too long to hold.

Manifests come in archives, where a file of gigabytes costs its sender some kilobytes.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from annotation.recipes.rows import RecipeError
from speecheq.sentences import say

MAX_BYTES = 1 << 30
MAX_RECORD = 1 << 20
"""Characters of a line, or of a CSV record that goes over several."""


@contextmanager
def open_list(file: Path) -> Iterator[TextIO]:
    """The file as UTF-8 text, with or without a byte order mark. Raises RecipeError."""
    size = file.stat().st_size
    if size > MAX_BYTES:
        detail = say(
            "{name} has {size} bytes; a list has at most {most}. Split it.",
            name=file.name,
            size=size,
            most=MAX_BYTES,
        )
        raise RecipeError("list_too_large", detail)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield text
    except UnicodeDecodeError as error:
        bad = error.object[error.start : error.start + 1].hex()
        detail = say(
            "{name} is not UTF-8: byte 0x{bad} cannot be read. Save it as UTF-8.",
            name=file.name,
            bad=bad,
        )
        raise RecipeError("bad_encoding", detail) from None


class Lines:
    """The lines of a text. Raises RecipeError where they grow beyond MAX_RECORD."""

    def __init__(self, text: TextIO):
        self._text = text
        self._held = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_RECORD + 1):
            self._held += len(line)
            if self._held > MAX_RECORD:
                detail = say(
                    "A line has more than {most} characters: this is no such list.", most=MAX_RECORD
                )
                raise RecipeError("line_too_long", detail)
            yield line

    def forget(self) -> None:
        """The lines so far made a whole record; the next may be as long again."""
        self._held = 0


def json_lines(text: TextIO) -> Iterator[tuple[int, str]]:
    """(number, line) of each line that is not blank."""
    lines = Lines(text)
    for number, line in enumerate(lines, 1):
        lines.forget()
        if line.strip():
            yield number, line


def csv_records(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """(number of its last line, cells) of each record, blank ones too."""
    lines = Lines(text)
    records = csv.reader(lines, strict=True)
    try:
        for cells in records:
            lines.forget()
            yield records.line_num, cells
    except csv.Error as error:
        detail = say(
            "Line {line_num} is not CSV: {error}.", line_num=records.line_num, error=str(error)
        )
        raise RecipeError("bad_csv", detail) from None
