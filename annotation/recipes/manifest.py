"""The generic recipe: a CSV or JSONL file whose columns are the fields of a clip.

`key, audio, speaker` are required. Audio paths are relative to the manifest's folder. UTF-8, with
or without a byte order mark. A wrong row is an error with its line; a wrong column ends the
reading, since every row would be wrong.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from annotation.recipes.rows import (
    FIELDS,
    REQUIRED,
    ManifestRow,
    Reading,
    RecipeError,
    RowError,
    parse_row,
    shown,
)
from annotation.recipes.tables import csv_records, json_lines, open_list
from speecheq.sentences import say

NAMES = ("manifest.csv", "manifest.jsonl")
OTHER_SEPARATORS = (";", "\t")  # as spreadsheets write them in many languages
MAX_ROWS = 2_000_000
MAX_ERRORS = 100_000


def read(path: Path) -> Reading:
    """The manifest in the folder `path`, or the manifest that is `path`."""
    file = _find(path)
    reading = Reading(root=file.parent)
    seen: dict[str, int | None] = {}
    read_rows = read_jsonl if file.suffix == ".jsonl" else read_csv
    with open_list(file) as text:
        for row in read_rows(text):
            reading.add(row, seen)
            if len(seen) > MAX_ROWS:
                detail = say(
                    "{name} has more than {most} rows. Split it.", name=file.name, most=MAX_ROWS
                )
                raise RecipeError("too_many_rows", detail)
            if len(reading.errors) > MAX_ERRORS:
                detail = say(
                    "More than {most} rows of {name} are wrong: is it the right one?",
                    most=MAX_ERRORS,
                    name=file.name,
                )
                raise RecipeError("too_many_errors", detail)
    if not reading.rows and not reading.errors:
        raise RecipeError("no_rows", say("{name} has no rows.", name=file.name))
    return reading


def _find(path: Path) -> Path:
    if path.is_file():
        if path.suffix not in (".csv", ".jsonl"):
            detail = say("{name!r} is neither a .csv nor a .jsonl manifest.", name=path.name)
            raise RecipeError("not_a_manifest", detail)
        return path
    found = [path / name for name in NAMES if (path / name).is_file()] or _only_list(path)
    if len(found) != 1:
        names = dict(zip(("first", "second"), NAMES, strict=True))
        detail = (
            say("The folder or archive holds both of {first} and {second}; it needs one.", **names)
            if found
            else say(
                "The folder or archive holds neither of {first} and {second}; it needs one.",
                **names,
            )
        )
        raise RecipeError("no_manifest", detail)
    return found[0]


def _only_list(folder: Path) -> list[Path]:
    """The list in a folder that holds one, by any name; nothing where several may be meant."""
    lists = [each for each in folder.iterdir() if each.suffix in (".csv", ".jsonl")]
    return lists if len(lists) == 1 and lists[0].is_file() else []


def read_csv(text: TextIO) -> Iterator[ManifestRow | RowError]:
    """Rows of a CSV manifest. Raises RecipeError for columns that are unknown or missing."""
    records = csv_records(text)
    header = [name.strip() for name in next(records, (0, []))[1]]
    _check_header(header)
    for line, cells in records:
        if any(cell.strip() for cell in cells):
            yield _csv_row(header, cells, line)


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in FIELDS]
    if unknown:
        raise RecipeError("unknown_column", _unknown_columns(header, unknown))
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise RecipeError(
            "missing_column", say("The manifest has no column {missing!r}.", missing=missing[0])
        )
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise RecipeError(
            "repeated_column", say("The column {column!r} stands twice.", column=twice.pop())
        )


def _unknown_columns(header: list[str], unknown: list[str]) -> str:
    others = [mark for mark in OTHER_SEPARATORS if mark in header[0]]
    if len(header) == 1 and others:
        return say(
            "The columns are separated by {others!r}. Save the manifest with commas.",
            others=others[0],
        )
    return say(
        "Columns that are not known: {unknown}. Rename them or take them out. "
        "Known columns: {fields}.",
        unknown=", ".join(map(shown, unknown[:10])),
        fields=", ".join(FIELDS),
    )


def _csv_row(header: list[str], cells: list[str], line: int) -> ManifestRow | RowError:
    if len(cells) != len(header):
        key = dict(zip(header, cells, strict=False)).get("key", "")
        detail = say(
            "The row has {n_cells} cells, the header {n_header}.",
            n_cells=len(cells),
            n_header=len(header),
        )
        return RowError(line, key, "wrong_cell_count", detail)
    return parse_row(dict(zip(header, cells, strict=True)), line)


def read_jsonl(text: TextIO) -> Iterator[ManifestRow | RowError]:
    """Rows of a manifest with one JSON object a line."""
    for number, line in json_lines(text):
        try:
            values: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield RowError(
                number, "", "bad_json", say("The line is not JSON: {error}.", error=str(error))
            )
            continue
        if not isinstance(values, Mapping):
            yield RowError(number, "", "bad_json", say("The line is not a JSON object."))
            continue
        yield parse_row(values, number)
