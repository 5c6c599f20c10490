"""Known clips from a table: a row for each clip and label."""

from __future__ import annotations

import csv
import io

from annotation.models.reference import Purpose
from annotation.services.references import MAX_FEEDBACK, MAX_REFERENCES, Reference
from speecheq.errors import FieldError, Malformed, RuleBroken, field_error
from speecheq.sentences import say

COLUMNS = ("clip", "purpose", "esc", "eis", "feedback")
NEEDED = ("clip", "purpose", "esc")
MAX_ROWS = 20 * MAX_REFERENCES
MAX_BYTES = 8 * 1024 * 1024


def read_references(content: bytes) -> list[Reference]:
    """The clips of a CSV with COLUMNS; several rows of one clip are its several emotions.

    Places are lines of the file. Raises Malformed where it is no such table, RuleBroken with the
    lines that cannot be read.
    """
    rows = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        _check_header(header)
        found: dict[str, Reference] = {}
        errors: list[FieldError] = []
        for cells in rows:
            if any(cell.strip() for cell in cells):
                _read_row(header, cells, f"line {rows.line_num}", found, errors)
            if rows.line_num > MAX_ROWS:
                detail = say(
                    "More than {most} lines: too many for a list of known clips.", most=MAX_ROWS
                )
                raise field_error("file", "too_many_references", detail)
    except csv.Error as error:
        detail = say(
            "Line {line_num} is not CSV: {error}.", line_num=rows.line_num, error=str(error)
        )
        raise field_error("file", "bad_csv", detail, kind=Malformed) from error
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors[:50], code=errors[0].code)
    if not found:
        raise field_error("file", "no_clips", say("The file has no row below its header."))
    return list(found.values())


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        detail = say(
            "The file has {n_content} bytes; {most} are the most.",
            n_content=len(content),
            most=MAX_BYTES,
        )
        raise field_error("file", "list_too_large", detail, kind=Malformed)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = say("The file is not UTF-8. Save it as UTF-8.")
        raise field_error("file", "bad_encoding", detail, kind=Malformed) from error


def _check_header(header: list[str]) -> None:
    missing = [name for name in NEEDED if name not in header]
    unknown = [name for name in header if name not in COLUMNS or header.count(name) > 1]
    if missing or unknown:
        detail = say(
            "The first line names columns: {columns}. It has {header}.",
            columns=", ".join(COLUMNS),
            header=", ".join(header),
        )
        raise field_error("file", "bad_table", detail, kind=Malformed)


def _read_row(
    header: list[str],
    cells: list[str],
    place: str,
    found: dict[str, Reference],
    errors: list[FieldError],
) -> None:
    if len(cells) != len(header):
        detail = say(
            "{place}: {n_cells} cells below {n_header} columns.",
            place=place,
            n_cells=len(cells),
            n_header=len(header),
        )
        errors.append(FieldError(place, "wrong_cell_count", detail))
        return
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    earlier = found.get(row["clip"])
    problem = _problem(row, earlier, place)
    if problem is not None:
        errors.append(problem)
        return
    label = (row["esc"], int(row["eis"]) if row.get("eis") else None)
    found[row["clip"]] = Reference(
        clip=row["clip"],
        purpose=row["purpose"],
        labels=[*(earlier.labels if earlier else []), label],
        feedback=row.get("feedback") or (earlier.feedback if earlier else ""),
        place=earlier.place if earlier else place,
    )


def _problem(row: dict[str, str], earlier: Reference | None, place: str) -> FieldError | None:
    """What cannot be read; what the scheme offers is checked later."""
    purpose, eis = row["purpose"], row.get("eis", "")
    if purpose not in Purpose.values:
        detail = say(
            "{place}: no purpose {purpose!r}. Known: {values}.",
            place=place,
            purpose=purpose,
            values=", ".join(Purpose.values),
        )
        return FieldError(place, "unknown_purpose", detail)
    if earlier and earlier.purpose != purpose:
        detail = say(
            "{place}: {clip} is {purpose} above: one purpose a clip.",
            place=place,
            clip=row["clip"],
            purpose=earlier.purpose,
        )
        return FieldError(place, "repeated_clip", detail)
    if eis and not (eis.isascii() and eis.isdecimal() and len(eis) < 4):
        return FieldError(
            place,
            "not_an_integer",
            say("{place}: EIS {eis!r} is not a whole number.", place=place, eis=eis),
        )
    if len(row.get("feedback", "")) > MAX_FEEDBACK:
        detail = say(
            "{place}: the feedback is longer than {most} characters.",
            place=place,
            most=MAX_FEEDBACK,
        )
        return FieldError(place, "too_long", detail)
    return None
