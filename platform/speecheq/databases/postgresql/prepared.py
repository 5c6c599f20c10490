"""Statements that the server keeps, run straight by libpq.

A cursor of psycopg can do much more than a statement by hand asks for, and takes longer to do it
than the server takes to answer. Only outside of a transaction: psycopg begins those by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer

FORGOTTEN = b"26000"  # invalid_sql_statement_name
DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
Found = tuple[list[tuple[Any, ...]], int]  # rows, and how many were touched


class _Places(dict[str, str]):
    """Places of values as PostgreSQL counts them, in the order in which they are asked for."""

    def __missing__(self, name: str) -> str:
        self[name] = f"${len(self) + 1}"
        return self[name]


class Prepared:
    """One statement, with `%(name)s` for values, as one connection knows it."""

    def __init__(self, connection: psycopg.Connection[Any], statement: str, *, name: str):
        self._wire = connection.pgconn
        self._name = name
        places = _Places()
        self._text = (statement % places).encode()
        self._values = list(places)
        self._formats = [PyFormat.AUTO] * len(self._values)
        self._adapt = Transformer(connection)
        self._by_types: dict[tuple[int, ...], bytes] = {}
        self._n_prepared = 0  # of all types, however often: no name is used again

    def run(self, values: Mapping[str, Any]) -> Found:
        """What it finds or returns, and how many rows it touched. Raises psycopg's errors."""
        adapt = self._adapt
        given = adapt.dump_sequence([values[name] for name in self._values], self._formats)
        types = adapt.types or ()
        name = self._by_types.get(types) or self._prepare(types)
        result = self._wire.exec_prepared(name, given, adapt.formats)  # type: ignore[arg-type]
        status = result.status
        if status not in DONE and _is_forgotten(result):
            # After a rollback psycopg has the server forget all that was prepared, ours too.
            self._by_types.clear()
            name = self._prepare(types)
            result = self._wire.exec_prepared(name, given, adapt.formats)  # type: ignore[arg-type]
            status = result.status
        if status not in DONE:
            raise self._error(result)
        if status == pq.ExecStatus.COMMAND_OK:
            return [], result.command_tuples or 0
        adapt.set_pgresult(result)
        rows = adapt.load_rows(0, result.ntuples, tuple)
        adapt.set_pgresult(None)
        return rows, result.ntuples

    def _prepare(self, types: tuple[int, ...]) -> bytes:
        """Have the server keep it for values of these types; the name by which it does."""
        self._n_prepared += 1
        name = f"{self._name}_{self._n_prepared}".encode()
        result = self._wire.prepare(name, self._text, types)
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise self._error(result)
        self._by_types[types] = name
        return name

    def _error(self, result: pq.abc.PGresult) -> psycopg.Error:
        """What the server says; of a lost connection it says nothing that has a class."""
        if self._wire.status != pq.ConnStatus.OK:
            return psycopg.OperationalError(result.get_error_message())
        return errors.error_from_result(result)


def _is_forgotten(result: pq.abc.PGresult) -> bool:
    """Whether nothing was run, since the server keeps no statement of this name."""
    return result.error_field(pq.DiagnosticField.SQLSTATE) == FORGOTTEN
