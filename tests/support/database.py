"""pytest-django's test database, copied instead of migrated anew by every worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations as OnServer
from django.db.backends.sqlite3.base import DatabaseOperations

from tests.support import migrated


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It is there already."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> Iterator[None]:
    """Makes the database under the name that this worker was just given."""
    name = connection.settings_dict["TEST"]["NAME"] or f"test_{connection.settings_dict['NAME']}"
    if connection.vendor == "sqlite":
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
def _append_only_tables_start_anew() -> Iterator[None]:
    """A test that commits is followed by an emptied database, and preceded by seeding it again:
    tables that refuse DELETE and UPDATE must let tests, and nobody else, do both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _flush_without_triggers)
        patch.setattr(OnServer, "sql_flush", _truncate_without_triggers)
        patch.setattr(BaseDatabaseCreation, "deserialize_db_from_string", _fill_if_emptied)
        yield


_sql_flush = DatabaseOperations.sql_flush
_sql_truncate = OnServer.sql_flush
_deserialize = BaseDatabaseCreation.deserialize_db_from_string


def _flush_without_triggers(self: Any, *given: Any, **options: Any) -> list[str]:
    """SQLite is emptied by DELETE: its triggers go, and come back."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    dropped = [f'DROP TRIGGER "{name}"' for name, _made in triggers]
    return [*dropped, *_sql_flush(self, *given, **options), *(made for _name, made in triggers)]


def _truncate_without_triggers(self: Any, *given: Any, **options: Any) -> list[str]:
    """PostgreSQL is emptied by TRUNCATE: triggers on it sleep meanwhile."""
    with self.connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_no_truncate'"
        )
        tables = [table for (table,) in cursor.fetchall()]
    asleep = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
    awake = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
    return [*asleep, *_sql_truncate(self, *given, **options), *awake]


def _fill_if_emptied(self: Any, data: str) -> None:
    """Until the first test that commits, what migrations seeded is still there: saving it once
    more would be an UPDATE."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM annotation_consenttext")
        is_seeded = cursor.fetchone() is not None
    if not is_seeded:
        _deserialize(self, data)
