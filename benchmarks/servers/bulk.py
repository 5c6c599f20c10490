"""Rows by the million: what an installation holds after months, made in seconds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

BATCH = 5000


def insert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[tuple], **constant: Any
) -> None:
    """Insert `rows` of the columns `names`; `constant` and the fields' defaults fill the others.

    Texts in `rows` may hold no tab, newline or backslash: they are written as they are. Foreign
    keys are not looked up, which would be most of the work.
    """
    rest = _constants(model, set(names), constant)
    columns = [*names, *rest]
    with connection.constraint_checks_disabled(), transaction.atomic():  # SQLite's way
        if connection.vendor == "postgresql":
            _copy(model, columns, rows, list(rest.values()))
        else:
            _insert_many(model, columns, rows, tuple(rest.values()))


def _constants(
    model: type[models.Model], given: set[str], constant: dict[str, Any]
) -> dict[str, Any]:
    """The value of every column that no row gives, as the database takes it."""
    values = {}
    for column in model._meta.concrete_fields:
        if column.primary_key or column.attname in given:
            continue
        value = constant.get(column.attname, column.get_default())
        if getattr(column, "auto_now_add", False):
            value = timezone.now()
        is_json = isinstance(column, models.JSONField)
        values[column.attname] = (
            json.dumps(value) if is_json else column.get_db_prep_save(value, connection)
        )
    return values


def _copy(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple], rest: list[Any]
) -> None:
    """PostgreSQL's own way in. The text format, since it is joined faster than values adapt."""
    end = "".join(f"\t{_text(value)}" for value in rest) + "\n"
    into = f"COPY {model._meta.db_table} ({', '.join(map(_quoted, columns))}) FROM STDIN"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy(into) as sink:
            for batch in _batches(rows):
                sink.write("".join("\t".join(map(_text, row)) + end for row in batch))
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _insert_many(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple], rest: tuple
) -> None:
    marks = ", ".join(["%s"] * len(columns))
    into = f"INSERT INTO {model._meta.db_table} ({', '.join(map(_quoted, columns))})"
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            cursor.executemany(f"{into} VALUES ({marks})", [row + rest for row in batch])


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _text(value: Any) -> str:
    """A value in COPY's text format."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def _batches(rows: Iterable[tuple]) -> Iterator[list[tuple]]:
    """Lists of rows, so that a million are never held at once."""
    source = iter(rows)
    while batch := list(itertools.islice(source, BATCH)):
        yield batch
