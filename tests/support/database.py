"""pytest-django's test database, copied instead of migrated anew by every worker."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.postgresql.base import DatabaseOperations as PostgreSQLOperations
from django.db.backends.sqlite3.base import DatabaseOperations as SQLiteOperations
from django.db.models import Model

from tests.support import migrated

LOCKED_S = 180


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It is there already."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> Iterator[None]:
    """Makes the database under the name that this worker was just given."""
    name = connection.settings_dict["TEST"]["NAME"] or f"test_{connection.settings_dict['NAME']}"
    if connection.vendor == "sqlite":
        # Fifty who write in turns, on a machine that has hardly time for this process.
        connection.settings_dict["OPTIONS"]["timeout"] = LOCKED_S
        migrated.copy_file(Path(name))
        yield
        for suffix in ("", "-wal", "-shm", "-turn"):
            Path(name + suffix).unlink(missing_ok=True)
    else:
        migrated.drop_on_server(name)
        migrated.create_on_server(name)
        yield
        migrated.drop_on_server(name)


@pytest.fixture(autouse=True, scope="session")
def _commits_are_forgotten_quickly() -> Iterator[None]:
    """A test that commits is followed by an emptied database, and preceded by seeding it again.
    Tables that refuse DELETE and UPDATE must let tests, and nobody else, do both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLiteOperations, "sql_flush", _delete_without_triggers)
        patch.setattr(PostgreSQLOperations, "sql_flush", _delete_as_a_replica)
        patch.setattr(BaseDatabaseCreation, "deserialize_db_from_string", _fill_if_emptied)
        yield


_delete = SQLiteOperations.sql_flush
_truncate = PostgreSQLOperations.sql_flush


def _delete_without_triggers(self: Any, *given: Any, **options: Any) -> list[str]:
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    dropped = [f'DROP TRIGGER "{name}"' for name, _made in triggers]
    return [*dropped, *_delete(self, *given, **options), *(made for _name, made in triggers)]


def _delete_as_a_replica(
    self: Any, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, **options: Any
) -> list[str]:
    """A replica asks neither triggers nor foreign keys. TRUNCATE, which asks no trigger either,
    writes every table and index anew, however few rows it had."""
    if reset_sequences:
        return list(_truncate(self, style, tables, reset_sequences=True, **options))
    emptied = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
    return ["SET LOCAL session_replication_role = replica", *emptied]


def _fill_if_emptied(self: Any, data: str) -> None:
    """Until the first test that commits, what migrations seeded is still there. Django would save
    row after row."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM annotation_consenttext")
        if cursor.fetchone() is not None:
            return
    using = self.connection.alias
    with transaction.atomic(using=using):
        for model, rows in _seeded(data).items():
            fields = model._meta.local_concrete_fields
            size = max(1, self.connection.ops.bulk_batch_size(fields, rows))
            for start in range(0, len(rows), size):
                batch = rows[start : start + size]
                model._base_manager._insert(batch, fields=fields, using=using, raw=True)


@functools.cache
def _seeded(data: str) -> dict[type[Model], list[Model]]:
    """The rows that migrations made, by model."""
    rows: dict[type[Model], list[Model]] = {}
    for each in serializers.deserialize("json", data):
        assert not any((each.m2m_data or {}).values()), "rows of many-to-many would be lost"
        rows.setdefault(type(each.object), []).append(each.object)
    return rows
