"""PostgreSQL: statements written by hand are prepared; a server that went away is noticed."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import dj_database_url
import pytest
from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    DataError,
    OperationalError,
    ProgrammingError,
    connections,
)
from django.db.backends.postgresql import base
from django.db.backends.signals import connection_created

from speecheq.databases.postgresql import base as ours
from speecheq.databases.postgresql.base import DatabaseWrapper
from speecheq.databases.postgresql.waiting import limit_waiting
from speecheq.errors import Unavailable, answerable_error
from tests.support import postgres
from tests.support.processes import PATIENCE_S, wait_until

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
    [(answer,)], _ = connection.run_by_hand(ASK, {"n": n})
    return int(answer)


def test_a_statement_by_hand_is_prepared_once_and_the_others_are_not(connection):
    assert [ask(connection, n) for n in (1, 2, 3)] == [2, 3, 4]
    with connection.cursor() as cursor:
        for _ in range(8):
            cursor.execute("SELECT %s", [5])
    assert prepared(connection) == ["SELECT $1 + 1"]


def test_a_statement_tells_rows_and_how_many_it_touched(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE few (n bigint)")
    into = "INSERT INTO few SELECT %(n)s UNION ALL SELECT %(n)s + %(more)s"
    assert connection.run_by_hand(into, {"n": 1, "more": 1, "unused": 5}) == ([], 2)
    assert connection.run_by_hand("UPDATE few SET n = 0 WHERE n > %(n)s", {"n": 7}) == ([], 0)
    read = "SELECT n, n %% 2 = 1 FROM few WHERE n >= %(n)s ORDER BY n"
    assert connection.run_by_hand(read, {"n": 1}) == ([(1, True), (2, False)], 2)
    gone = "DELETE FROM few WHERE n = %(n)s RETURNING n"
    assert connection.run_by_hand(gone, {"n": 2}) == ([(2,)], 1)
    assert connection.run_by_hand(gone, {"n": 2}) == ([], 0)


VALUES = [
    (True, "bool"),
    (None, "text"),
    (2.5, "float8"),
    ("Ä%s'\\", "text"),
    ([1, None, 3], "bigint[]"),
    (["a", "b"], "text[]"),
    (datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "timestamptz"),
]


@pytest.mark.parametrize(("value", "kind"), VALUES, ids=[kind for _, kind in VALUES])
def test_values_come_back_as_they_went_in_a_transaction_or_not(connection, value, kind):
    echo = f"SELECT %(value)s::{kind}"
    assert connection.run_by_hand(echo, {"value": value}) == ([(value,)], 1)
    connection.set_autocommit(False)
    assert connection.run_by_hand(echo, {"value": value}) == ([(value,)], 1)
    connection.rollback()
    connection.set_autocommit(True)


def test_values_of_several_types_are_told_apart(connection):
    half = "SELECT COALESCE(%(given)s::float8, 0.5)"
    given = [None, 2, None, 0.25, "7"]
    found = [connection.run_by_hand(half, {"given": each})[0] for each in given]
    assert found == [[(each,)] for each in (0.5, 2.0, 0.5, 0.25, 7.0)]


def test_an_error_has_its_django_class_and_harms_nothing_after_it(connection):
    divide = "SELECT 1 / %(n)s"
    with pytest.raises(DataError, match="division by zero"):
        connection.run_by_hand(divide, {"n": 0})
    assert connection.run_by_hand(divide, {"n": 1}) == ([(1,)], 1)
    with pytest.raises(ProgrammingError, match="nowhere"):
        connection.run_by_hand("SELECT %(n)s FROM nowhere", {"n": 1})
    assert ask(connection, 1) == 2


def test_what_runs_in_a_transaction_is_undone_with_it(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept (n bigint)")
    for n, is_kept in ((1, True), (2, False)):
        connection.set_autocommit(False)
        connection.run_by_hand("INSERT INTO kept SELECT %(n)s", {"n": n})
        (connection.commit if is_kept else connection.rollback)()
        connection.set_autocommit(True)
    assert connection.run_by_hand("SELECT n FROM kept", {})[0] == [(1,)]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_statement_is_found_again_after_a_transaction(connection, end):
    """At a rollback psycopg has the server forget every statement."""
    assert ask(connection, 1) == 2
    for n in (2, 3):
        connection.set_autocommit(False)
        assert ask(connection, n) == n + 1
        getattr(connection, end)()
        connection.set_autocommit(True)
        assert ask(connection, n) == n + 1


def test_others_go_on_while_a_statement_waits_for_the_server(connection, url):
    def wait() -> None:
        mine = connection_to(url)
        mine.run_by_hand("SELECT pg_advisory_lock(%(n)s)", {"n": 5})
        mine.close()

    connection.run_by_hand("SELECT pg_advisory_lock(%(n)s)", {"n": 5})
    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND locktype = %(kind)s"
    wait_until(
        lambda: connection.run_by_hand(waiting, {"kind": "advisory"})[0] == [(1,)],
        "the other connection waits for the lock",
    )
    connection.run_by_hand("SELECT pg_advisory_unlock(%(n)s)", {"n": 5})
    thread.join(60)
    assert not thread.is_alive()


def test_numbers_of_all_sizes_are_one_statement(connection):
    sizes = [1, 40_000, 3_000_000_000]
    assert [ask(connection, n) for n in sizes] == [n + 1 for n in sizes]
    assert len(prepared(connection)) == 1


def test_a_statement_that_fits_its_table_no_more_fails_once(connection, url):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE changing (n integer)")
        cursor.execute("INSERT INTO changing VALUES (1)")

    def read() -> str:
        [(found,)], _ = connection.run_by_hand("SELECT n FROM changing", {})
        return str(found)

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
    monkeypatch.setattr(ours, "QUIET_S", 3600)  # however long this process is held up
    ask(connection, 1)
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda _: pytest.fail("it was asked"))
    assert connection.is_usable()


def end(connection: DatabaseWrapper, url: str) -> None:
    """Let the server end a connection, as when it starts again."""
    other = connection_to(url)
    with other.cursor() as cursor:
        pid = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, %s)", [pid, int(PATIENCE_S * 1000)])
        assert cursor.fetchone() == (True,), "it does not end"
    other.close()


def test_a_connection_that_the_server_ended_is_not_usable(connection, url):
    ask(connection, 1)
    end(connection, url)
    assert not connection.is_usable()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_connection_that_ends_under_a_statement_is_an_operational_error(
    connection, url, is_known
):
    ask(connection, 1)
    end(connection, url)
    with pytest.raises(OperationalError, match=r"server closed|terminat"):
        connection.run_by_hand(ASK if is_known else "SELECT %(n)s + 2", {"n": 1})
    assert not connection.is_usable()


def test_a_connection_with_news_from_the_server_is_asked_and_stays_usable(connection, url):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN somebody")
    other = connection_to(url)
    with other.cursor() as cursor:
        cursor.execute("NOTIFY somebody")
    other.close()
    news = connection.connection.fileno()
    assert select.select([news], [], [], PATIENCE_S)[0] == [news]
    assert connection.is_usable()


def test_a_server_that_came_back_is_found_by_the_first_statement_of_a_request(url):
    connection = connection_to(url)
    ask(connection, 1)
    connection.health_check_done = False  # as at the beginning of a request
    end(connection, url)
    assert ask(connection, 2) == 3
    connection.close()


def test_after_a_long_silence_the_server_is_asked(connection, monkeypatch):
    monkeypatch.setattr(ours, "QUIET_S", 3600)  # however long this process is held up
    ask(connection, 1)
    asked = []
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda _: not asked.append(1))
    connection._alive_at -= 2 * 3600
    assert [connection.is_usable(), connection.is_usable()] == [True, True]
    assert asked == [1]


def test_a_connection_never_made_or_closed_is_not_usable(connection):
    assert not connection.is_usable()
    ask(connection, 1)
    connection.connection.close()
    assert not connection.is_usable()


def test_a_web_process_gives_up_a_lock_that_is_not_to_be_had(url, monkeypatch):
    monkeypatch.setattr("speecheq.databases.postgresql.waiting.LOCK_WAIT_S", 1)
    receivers = list(connection_created.receivers)
    limit_waiting()
    holder, asker = connection_to(url), connection_to(url)
    try:
        with holder.cursor() as cursor:
            cursor.execute("CREATE TABLE held (n integer)")
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE held")
        with pytest.raises(OperationalError) as raised, asker.cursor() as cursor:
            cursor.execute("SELECT n FROM held")
        assert isinstance(answerable_error(raised.value), Unavailable)
    finally:
        connection_created.receivers = receivers
        connection_created.sender_receivers_cache.clear()
        holder.close()
        asker.close()
