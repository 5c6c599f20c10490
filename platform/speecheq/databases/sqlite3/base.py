"""SQLite: whoever wants to write takes their turn, instead of asking again and again."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.creation import DatabaseCreation as DjangosCreation
from django.db.utils import OperationalError

from speecheq.databases.sqlite3 import turns
from speecheq.databases.sqlite3.turns import Turn


class _Named(dict[str, str]):
    """`:name` for every name."""

    def __missing__(self, name: str) -> str:
        return f":{name}"


@lru_cache(maxsize=200)
def _as_named(statement: str) -> str:
    """The same text each time, which sqlite3 knows its prepared statements by."""
    return statement % _Named()


def _held() -> sqlite3.OperationalError:
    """What SQLite says after its own timeout."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


class DatabaseCreation(DjangosCreation):
    """As Django's, for the databases of tests."""

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc]
        turns.remove(test_database_name)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to SQLite. Its transactions begin with the right to write."""

    creation_class = DatabaseCreation

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._turn: Turn | None = None

    def run_by_hand(
        self, statement: str, values: Mapping[str, Any]
    ) -> tuple[list[tuple[Any, ...]], int]:
        """Run one of the few statements that run again and again: rows, and how many it touched."""
        self.ensure_connection()
        if self.queries_logged or self.execute_wrappers:
            with self.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall(), cursor.rowcount
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            cursor = self.connection.execute(_as_named(statement), values)
            return cursor.fetchall(), cursor.rowcount

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _take_turn(self) -> None:
        turn = None if self.is_in_memory_db() else turns.turn_at(str(self.settings_dict["NAME"]))
        if turn is None:
            return
        if not turn.take(timeout_s=self.settings_dict["OPTIONS"].get("timeout", 5.0)):
            held = _held()
            raise OperationalError(str(held)) from held
        self._turn = turn

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.end()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Django comes here after COMMIT and ROLLBACK of the outermost block, and at no other
        time while a turn is held."""
        try:
            super()._set_autocommit(autocommit)  # type: ignore[misc]
        finally:
            if autocommit:
                self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()
