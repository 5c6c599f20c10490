"""Ratings from a CSV file: one row per rating, or one row of counts per clip."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from annotation.agreement.errors import AgreementInputError
from annotation.agreement.scales import LEVELS, Level
from annotation.agreement.table import CountTable

LONG_COLUMNS = ("clip_key", "rater", "value")
COUNT_PREFIX = "n_"
MAX_COUNT = 1_000_000
LARGEST = 1e100
"""Beyond it squared distances overflow, and with them the coefficient."""

_GZIP_MAGIC = b"\x1f\x8b"

Row = tuple[int, dict[str, str]]
"""Line number in the file, counting from 1, and the fields without surrounding blanks."""


def read_table(source: str | Path | IO[bytes], level: Level) -> CountTable:
    """Read ratings for agreement. Gzip is recognised by its content.

    The header decides the form: `clip_key, rater, value` has one row per rating, an empty value
    (or NaN, where values are numbers) being no rating; `clip_key, n_<value>...` has one row of
    counts per clip. At level ordinal and interval values are numbers.

    Args:
        source: path of a CSV file in UTF-8, or a seekable file opened for reading bytes.
        level: nominal, ordinal or interval.

    Raises:
        AgreementInputError: with code, line and column; nothing is read in part.
    """
    if level not in LEVELS:
        raise AgreementInputError(
            "unknown_level", f"No level {level!r}. Known levels: {', '.join(LEVELS)}."
        )
    with _text(source) as stream:
        header, rows = _open_rows(stream)
        parse = str if level == "nominal" else _number
        if "value" in header:
            return _read_long(header, rows, parse)
        return _read_counts(header, rows, parse)


@contextmanager
def _text(source: str | Path | IO[bytes]) -> Iterator[IO[str]]:
    raw: IO[bytes]
    if isinstance(source, str | Path):
        try:
            raw = open(source, "rb")  # noqa: SIM115 - closed below, as is what wraps it
        except OSError as error:
            reason = f"Cannot read {source}: {error.strerror}."
            raise AgreementInputError("unreadable", reason) from error
    else:
        raw = source
    try:
        start = raw.read(2)
        raw.seek(0)
        plain: Any = gzip.GzipFile(fileobj=raw) if start == _GZIP_MAGIC else raw
        stream = io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")
        yield stream
        stream.detach()  # a file the caller opened stays open
    except UnicodeDecodeError as error:
        raise AgreementInputError("not_utf8", "The file is not UTF-8 text.") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise AgreementInputError("bad_gzip", f"The gzip file is damaged: {error}.") from error
    finally:
        if raw is not source:
            raw.close()


def _open_rows(stream: IO[str]) -> tuple[list[str], Iterator[Row]]:
    reader = csv.reader(stream, strict=True)
    _, names = next(_lines(reader), (1, []))
    header = [name.strip() for name in names]
    if not any(header):
        raise AgreementInputError(
            "no_header", "The file is empty. Its first line must name the columns.", line=1
        )
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise AgreementInputError(
            "duplicate_column", f"Column '{twice}' is there twice.", line=1, column=twice
        )
    return header, _fields(reader, header)


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1  # where the row starts; quoted fields may span lines
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise AgreementInputError("bad_csv", f"Not CSV: {error}.", line=line) from error


def _fields(reader: Any, header: list[str]) -> Iterator[Row]:
    for line, fields in _lines(reader):
        if not any(fields):
            continue
        if len(fields) != len(header):
            raise AgreementInputError(
                "bad_row", f"{len(fields)} fields, but {len(header)} columns.", line=line
            )
        row = {name: field.strip() for name, field in zip(header, fields, strict=True)}
        if not row.get("clip_key", "-"):
            raise AgreementInputError(
                "missing_clip", "clip_key is empty.", line=line, column="clip_key"
            )
        yield line, row


def _read_long(header: list[str], rows: Iterator[Row], parse: Callable[[str], Any]) -> CountTable:
    _refuse_columns(header, set(LONG_COLUMNS))
    clips, raters, values = [], [], []
    first_line: dict[tuple[str, str], int] = {}
    for line, row in rows:
        clip, rater = row["clip_key"], row["rater"]
        if not rater:
            raise AgreementInputError("missing_rater", "rater is empty.", line=line, column="rater")
        earlier = first_line.setdefault((clip, rater), line)
        if earlier != line:
            raise AgreementInputError(
                "duplicate_rating",
                f"Rater '{rater}' rated clip '{clip}' on lines {earlier} and {line}. "
                "Keep one of them.",
                line=line,
                column="value",
            )
        value = None if _is_missing(row["value"], parse) else _parse(parse, row, "value", line)
        clips.append(clip)
        raters.append(rater)
        values.append(value)
    return CountTable.from_ratings(clips, raters, values)


def _read_counts(header: list[str], rows: Iterator[Row], parse: Callable[[str], Any]) -> CountTable:
    columns = [name for name in header if name.startswith(COUNT_PREFIX)]
    if not columns or "rater" in header:
        raise AgreementInputError(
            "missing_column",
            "Columns must be clip_key, rater, value, or clip_key and one n_<value> per value.",
            line=1,
        )
    _refuse_columns(header, {"clip_key", *columns})
    values = {
        name: _parse(parse, {name: name.removeprefix(COUNT_PREFIX)}, name, 1) for name in columns
    }
    columns.sort(key=values.__getitem__)
    counts = []
    first_line: dict[str, int] = {}
    for line, row in rows:
        earlier = first_line.setdefault(row["clip_key"], line)
        if earlier != line:
            raise AgreementInputError(
                "duplicate_clip",
                f"Clip '{row['clip_key']}' is on lines {earlier} and {line}. Add them up first.",
                line=line,
                column="clip_key",
            )
        counts.append([_count(row, name, line) for name in columns])
    return CountTable.from_counts(counts, [values[name] for name in columns])


def _refuse_columns(header: list[str], wanted: set[str]) -> None:
    missing = sorted(wanted - set(header))
    if missing:
        raise AgreementInputError(
            "missing_column", f"Column '{missing[0]}' is missing.", line=1, column=missing[0]
        )
    unknown = [name for name in header if name not in wanted]
    if unknown:
        raise AgreementInputError(
            "unknown_column",
            f"Column '{unknown[0]}' is not one of {', '.join(sorted(wanted))}. Remove it.",
            line=1,
            column=unknown[0],
        )


def _parse(parse: Callable[[str], Any], row: dict[str, str], name: str, line: int) -> Any:
    try:
        return parse(row[name])
    except ValueError:
        raise AgreementInputError(
            "not_a_number",
            f"'{row[name]}' is not a number below {LARGEST:g}. "
            "At level nominal any text is a value.",
            line=line,
            column=name,
        ) from None


def _number(text: str) -> float:
    number = float(text)
    if not abs(number) <= LARGEST or "_" in text:  # as Python alone writes 1_000
        raise ValueError(text)
    return number


def _is_missing(text: str, parse: Callable[[str], Any]) -> bool:
    return not text or (parse is _number and text.lower() == "nan")


def _count(row: dict[str, str], name: str, line: int) -> int:
    text = row[name]
    if not (text.isascii() and text.isdigit()) or len(text) > 7 or int(text) > MAX_COUNT:
        raise AgreementInputError(
            "bad_count",
            f"'{text}' is not a count: a whole number from 0 to {MAX_COUNT}.",
            line=line,
            column=name,
        )
    return int(text)
