"""PostgreSQL: statements written by hand are prepared, and a healthy connection costs nothing.

Django parses and plans every statement anew. For those of `speecheq.sql`, which run with each
label, that is most of what the server does for them; prepared, they are planned once a connection.
"""

from __future__ import annotations

import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangosOperations
from psycopg.types.numeric import Int8Dumper

from speecheq.databases.postgresql.prepared import Found, Prepared

# Only what asks for it is prepared: the ORM's texts differ with every list of ids.
ON_REQUEST = 2**31 - 1
QUIET_S = 60  # a lost machine or a router says no goodbye: after this long the server is asked
# A statement kept by the server that no longer fits: its table was changed, or a pooler forgot it
# or gave us a server that somebody else's is kept by.
OUTDATED = (
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
)


class PreparedCursor(psycopg.Cursor[Any]):
    """Binds values on the server, and has it keep each statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> PreparedCursor:
        try:
            return super().execute(query, params, prepare=True, **options)
        except OUTDATED:
            self.connection.close()  # a new one prepares anew; this one would go on failing
            raise


class DatabaseOperations(DjangosOperations):
    """As Django's."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """What query logs show: for a prepared statement, which is sent by name, its text."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    ops_class = DatabaseOperations
    _alive_at = 0.0
    _statements: dict[str, Prepared]
    _prepares = True

    def get_connection_params(self) -> dict[str, Any]:
        """As Django, but with the `prepare` of OPTIONS: whether the server may keep statements."""
        values = super().get_connection_params()
        self._prepares = values.pop("prepare", True)
        values["prepare_threshold"] = ON_REQUEST if self._prepares else None
        return values

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django. A number has one type whatever its size: each type would be prepared apart."""
        made = super().get_new_connection(conn_params)
        made.adapters.register_dumper(int, Int8Dumper)
        self._statements = {}
        self._alive_at = time.monotonic()
        return made

    def run_by_hand(self, statement: str, values: Mapping[str, Any]) -> Found:
        """Run one of the few statements that run again and again: rows, and how many it touched."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        is_watched = self.queries_logged or self.execute_wrappers
        if self._prepares and self.autocommit and not is_watched:
            with self.wrap_database_errors:
                return self._run_straight(statement, values)
        with self._prepared_cursor() as cursor:
            cursor.execute(statement, values)
            return (cursor.fetchall() if cursor.description else []), cursor.rowcount

    def _prepared_cursor(self) -> Any:
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))  # type: ignore[attr-defined]

    def _run_straight(self, statement: str, values: Mapping[str, Any]) -> Found:
        known = self._statements.get(statement)
        if known is None:
            name = f"by_hand_{len(self._statements)}"
            known = Prepared(self.connection, statement, name=name)
            self._statements[statement] = known
        try:
            return known.run(values)
        except OUTDATED:
            self.connection.close()  # a new one prepares anew; this one would go on failing
            raise

    def is_usable(self) -> bool:
        """Whether the server is still there, asked before each request.

        A server that went away closes the socket, which makes it readable; an idle one has nothing
        to read. Only where there is something, or after a long silence, is a query worth its round
        trip.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        is_quiet = time.monotonic() - self._alive_at > QUIET_S
        if (is_quiet or waiting.poll(0)) and not super().is_usable():
            return False
        self._alive_at = time.monotonic()
        return True
