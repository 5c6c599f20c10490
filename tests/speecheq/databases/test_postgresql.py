"""PostgreSQL: statements written by hand are prepared; a server that went away is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import dj_database_url
import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql import base

from speecheq.databases.postgresql.base import DatabaseWrapper
from tests.support import postgres

pytestmark = pytest.mark.processes

ASK = "SELECT %(n)s + 1"


@pytest.fixture(autouse=True)
def _own_connections(django_db_blocker) -> Iterator[None]:
    """These are to a server of this file, not to the tests' database."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres.running() as cluster:
        yield cluster.url


def connection_to(url: str, **options: object) -> DatabaseWrapper:
    known = connections.configure_settings({DEFAULT_DB_ALIAS: dict(dj_database_url.parse(url))})
    values = {**known[DEFAULT_DB_ALIAS], "TIME_ZONE": settings.TIME_ZONE, "OPTIONS": options}
    return DatabaseWrapper(values, DEFAULT_DB_ALIAS)


@pytest.fixture
def connection(url) -> Iterator[DatabaseWrapper]:
    made = connection_to(url)
    yield made
    made.close()


def prepared(connection: DatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall()]


def ask(connection: DatabaseWrapper, n: int) -> int:
    with connection.prepared_cursor() as cursor:
        cursor.execute(ASK, {"n": n})
        return int(cursor.fetchone()[0])


def test_a_statement_by_hand_is_prepared_once_and_the_others_are_not(connection):
    assert [ask(connection, n) for n in (1, 2, 3)] == [2, 3, 4]
    with connection.cursor() as cursor:
        for _ in range(8):
            cursor.execute("SELECT %s", [5])
    assert prepared(connection) == ["SELECT $1 + 1"]


def test_a_pooler_without_prepared_statements_can_be_served(url):
    connection = connection_to(url, prepare=False)
    assert ask(connection, 1) == 2
    assert prepared(connection) == []
    connection.close()


def test_the_log_of_queries_shows_the_text_of_prepared_ones(connection):
    connection.force_debug_cursor = True
    assert [ask(connection, n) for n in (1, 2)] == [2, 3]
    logged = [query["sql"] for query in connection.queries_log if "+ 1" in query["sql"]]
    assert len(logged) == 2


def test_an_idle_connection_is_usable_without_a_query(connection, monkeypatch):
    ask(connection, 1)
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda _: pytest.fail("it was asked"))
    assert connection.is_usable()


def test_a_connection_that_the_server_ended_is_not_usable(connection, url):
    ask(connection, 1)
    other = connection_to(url)
    with other.cursor() as cursor:
        pid = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    assert not connection.is_usable()


def test_a_connection_with_news_from_the_server_is_asked_and_stays_usable(connection, url):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN somebody")
    other = connection_to(url)
    with other.cursor() as cursor:
        cursor.execute("NOTIFY somebody")
    other.close()
    assert connection.is_usable()


def test_a_connection_never_made_or_closed_is_not_usable(connection):
    assert not connection.is_usable()
    ask(connection, 1)
    connection.connection.close()
    assert not connection.is_usable()
