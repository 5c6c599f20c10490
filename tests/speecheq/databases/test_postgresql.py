"""PostgreSQL: statements written by hand are prepared; a server that went away is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import dj_database_url
import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.postgresql import base

from speecheq.databases.postgresql.base import QUIET_S, DatabaseWrapper
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
    values["CONN_HEALTH_CHECKS"] = True
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


def test_numbers_of_all_sizes_are_one_statement(connection):
    sizes = [1, 40_000, 3_000_000_000]
    assert [ask(connection, n) for n in sizes] == [n + 1 for n in sizes]
    assert len(prepared(connection)) == 1


def test_a_statement_that_fits_its_table_no_more_fails_once(connection, url):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE changing (n integer)")
        cursor.execute("INSERT INTO changing VALUES (1)")

    def read() -> str:
        with connection.prepared_cursor() as cursor:
            cursor.execute("SELECT n FROM changing", {})
            return str(cursor.fetchone()[0])

    read()
    other = connection_to(url)
    with other.cursor() as cursor:
        cursor.execute("ALTER TABLE changing ALTER n TYPE text")
    other.close()
    with pytest.raises(DatabaseError, match="cached plan"):
        read()
    connection.close_if_unusable_or_obsolete()  # as at the end of a request
    assert read() == "1"


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


def end(connection: DatabaseWrapper, url: str) -> None:
    """Let the server end a connection, as when it starts again."""
    other = connection_to(url)
    with other.cursor() as cursor:
        pid = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


def test_a_connection_that_the_server_ended_is_not_usable(connection, url):
    ask(connection, 1)
    end(connection, url)
    assert not connection.is_usable()


def test_a_connection_with_news_from_the_server_is_asked_and_stays_usable(connection, url):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN somebody")
    other = connection_to(url)
    with other.cursor() as cursor:
        cursor.execute("NOTIFY somebody")
    other.close()
    assert connection.is_usable()


def test_a_server_that_came_back_is_found_by_the_first_statement_of_a_request(url):
    connection = connection_to(url)
    ask(connection, 1)
    connection.health_check_done = False  # as at the beginning of a request
    end(connection, url)
    assert ask(connection, 2) == 3
    connection.close()


def test_after_a_long_silence_the_server_is_asked(connection, monkeypatch):
    ask(connection, 1)
    asked = []
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda _: not asked.append(1))
    connection._alive_at -= 2 * QUIET_S
    assert [connection.is_usable(), connection.is_usable()] == [True, True]
    assert asked == [1]


def test_a_connection_never_made_or_closed_is_not_usable(connection):
    assert not connection.is_usable()
    ask(connection, 1)
    connection.connection.close()
    assert not connection.is_usable()
