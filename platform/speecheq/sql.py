"""Statements written by hand, for the few requests that must cost as little as they can.

Django's ORM writes the SQL of a query anew at each call, which takes several times what the
database takes to answer it. What runs once per label is therefore written once, as text that means
the same to SQLite and PostgreSQL, with `%(name)s` for values. Everything else is the ORM's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Model

M = TypeVar("M", bound=Model)


def _run(statement: str, values: Mapping[str, Any]) -> tuple[list[tuple[Any, ...]], int]:
    """What it finds or returns, and how many rows it touched, at the least cost that the backend
    knows of: see `speecheq.databases`."""
    here: Any = connections[DEFAULT_DB_ALIAS]
    found: tuple[list[tuple[Any, ...]], int] = here.run_by_hand(statement, values)
    return found


def rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a SELECT finds, or what RETURNING tells."""
    return _run(statement, values)[0]


def row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row, if there is one."""
    found = _run(statement, values)[0]
    return found[0] if found else None


def change(statement: str, values: Mapping[str, Any]) -> int:
    """Run an INSERT or UPDATE; how many rows it touched."""
    return _run(statement, values)[1]


@cache
def changes_at_once() -> bool:
    """Whether one statement may change several tables: `WITH a AS (UPDATE ...) INSERT ...`."""
    return connection.vendor == "postgresql"


@contextmanager
def one_statement() -> Iterator[None]:
    """For a statement that is a transaction by itself, and so needs no BEGIN and COMMIT. In a
    larger transaction it gets a savepoint, for what it raises undoes its own changes only."""
    if not connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield


def moment(value: datetime | None) -> Any:
    """A time as this database takes it: SQLite keeps text."""
    return value if changes_at_once() else connection.ops.adapt_datetimefield_value(value)


def when(value: datetime) -> datetime:
    """A time that `rows` gave, in UTC: SQLite's have no zone."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def part_of(model: type[M], **known: Any) -> M:
    """A stored record of which only some columns were read; the others are read when asked for."""
    names = _in_order(model, tuple(known))
    return model.from_db(None, names, [known[name] for name in names])


@cache
def _in_order(model: type[Model], names: tuple[str, ...]) -> list[str]:
    """Columns in the order of the model's fields, as `from_db` needs them."""
    return [f.attname for f in model._meta.concrete_fields if f.attname in names]
