"""A database that is held or away is told as 503, to be asked again, and not as a fault of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from speecheq import authentication, sessions
from speecheq.errors import Unavailable, answerable_error, known_error

TOKEN = {"HTTP_AUTHORIZATION": "Bearer seq_any"}


def caused(cause: Exception, kind: type[Exception] = OperationalError) -> Exception:
    try:
        raise kind(str(cause)) from cause
    except kind as error:
        return error


def held(path) -> sqlite3.OperationalError:
    """What SQLite says to a second writer."""
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    second = sqlite3.connect(path, isolation_level=None, timeout=0)
    with pytest.raises(sqlite3.OperationalError) as raised:
        second.execute("BEGIN IMMEDIATE")
    first.close()
    second.close()
    return raised.value


def test_a_database_of_sqlite_that_somebody_else_holds_is_away(tmp_path):
    error = caused(held(tmp_path / "held.sqlite3"))
    assert isinstance(answerable_error(error), Unavailable)
    assert known_error(error) is None, "a job is not told that it was its own doing"


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.OperationalError("connection refused"),
        psycopg.errors.AdminShutdown("terminating"),
        psycopg.errors.CannotConnectNow("starting up"),
        psycopg.errors.TooManyConnections("too many clients"),
        psycopg.errors.LockNotAvailable("lock timeout"),
        psycopg.errors.DeadlockDetected("deadlock"),
    ],
)
def test_a_server_of_postgresql_that_cannot_be_had_is_away(cause):
    assert isinstance(answerable_error(caused(cause)), Unavailable)


def test_a_connection_closed_under_our_hands_is_away():
    assert isinstance(answerable_error(InterfaceError("connection already closed")), Unavailable)


@pytest.mark.parametrize(
    "error",
    [
        caused(sqlite3.OperationalError("no such table: clip")),
        caused(psycopg.errors.OutOfMemory("out of memory")),
        caused(psycopg.errors.UndefinedTable("no such table"), DatabaseError),
        ValueError("ours"),
    ],
)
def test_any_other_fault_stays_ours(error):
    assert answerable_error(error) is None


@pytest.fixture
def away(monkeypatch) -> Iterator[Client]:
    """A client of a platform whose database has gone."""

    def gone(*args: object, **kwargs: object) -> None:
        raise caused(psycopg.OperationalError("server closed the connection unexpectedly"))

    monkeypatch.setattr(authentication.BearerAuthentication, "authenticate", gone)
    monkeypatch.setattr(sessions.AccountMiddleware, "__call__", gone)
    yield Client(raise_request_exception=False)


def test_rest_says_when_to_ask_again(away):
    answer = away.get("/api/v1/me/", **TOKEN)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "2"


def test_a_page_says_so_as_well(away):
    answer = away.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
