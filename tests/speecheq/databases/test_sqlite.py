"""SQLite: a transaction holds the turn to write from its beginning to its end, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import OperationalError, connections, transaction
from django.db.transaction import TransactionManagementError

from speecheq.databases.sqlite3.base import DatabaseWrapper
from speecheq.databases.sqlite3.turns import turn_at
from speecheq.errors import Unavailable, answerable_error

ALIAS = "of_one_test"


@pytest.fixture
def database(tmp_path, django_db_blocker) -> Iterator[str]:
    """A file of its own under the alias `of_one_test`, whatever the tests' own database is."""
    name = str(tmp_path / "db.sqlite3")
    known = connections.configure_settings(dict(connections.settings))
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 0.2,
        "init_command": "PRAGMA journal_mode=WAL",
    }
    backend = "speecheq.databases.sqlite3"
    known[ALIAS] = {**known["default"], "ENGINE": backend, "NAME": name, "OPTIONS": options}
    known[ALIAS]["CONN_HEALTH_CHECKS"] = False
    with django_db_blocker.unblock():
        connections.settings[ALIAS] = known[ALIAS]
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("CREATE TABLE counted (n integer)")
            cursor.execute("INSERT INTO counted VALUES (0)")
        yield name
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def is_free(name: str) -> bool:
    """Whether somebody else could write now."""
    turn = turn_at(name)
    assert turn is not None
    if not turn.take(timeout_s=0):
        return False
    turn.end()
    return True


def add_one() -> None:
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT n FROM counted")
        cursor.execute("UPDATE counted SET n = %s", [cursor.fetchone()[0] + 1])


def counted() -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT n FROM counted")
        return int(cursor.fetchone()[0])


def test_the_settings_name_our_backends():
    assert settings.DATABASES["default"]["ENGINE"].startswith("speecheq.databases.")


def test_a_transaction_holds_the_turn_until_it_commits(database):
    assert isinstance(connections[ALIAS], DatabaseWrapper)
    with transaction.atomic(using=ALIAS):
        with transaction.atomic(using=ALIAS):
            pass
        assert not is_free(database)
    assert is_free(database)


def test_what_runs_on_commit_holds_up_nobody(database):
    free = []
    with transaction.atomic(using=ALIAS):
        transaction.on_commit(lambda: free.append(is_free(database)), using=ALIAS)
    assert free == [True]


def test_an_error_ends_the_turn(database):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=ALIAS):
        1 / 0  # noqa: B018
    assert is_free(database)


def test_a_connection_closed_in_a_transaction_ends_the_turn(database):
    with transaction.atomic(using=ALIAS):
        connections[ALIAS].close()
        assert is_free(database)
    assert is_free(database)


def test_a_transaction_that_cannot_begin_keeps_no_turn(database):
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")  # by hand, as a program that knows nothing of turns
    with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="locked"):
        pool.submit(in_thread, add_one).result()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("ROLLBACK")
    assert is_free(database)


def test_who_waits_longer_than_the_timeout_is_told_that_the_database_is_locked(database):
    locked = pytest.raises(OperationalError, match="database is locked")
    with transaction.atomic(using=ALIAS), ThreadPoolExecutor(1) as pool, locked as raised:
        pool.submit(in_thread, add_one).result()
    assert isinstance(answerable_error(raised.value), Unavailable)


def test_nothing_written_at_once_is_lost(database):
    connections.settings[ALIAS]["OPTIONS"]["timeout"] = 180
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: in_thread(lambda: [add_one() for _ in range(10)]), range(8)))
    assert counted() == 80


def in_thread(work) -> None:
    try:
        work()
    finally:
        connections[ALIAS].close()


def test_a_statement_by_hand_tells_rows_and_how_many_it_touched(database):
    here = connections[ALIAS]
    add = "UPDATE counted SET n = n + %(n)s WHERE n < %(most)s"
    assert here.run_by_hand(add, {"n": 2, "most": 9, "unused": 1}) == ([], 1)
    assert here.run_by_hand(add, {"n": 2, "most": 0}) == ([], 0)
    [(n, odd)], _ = here.run_by_hand("SELECT n, n %% 2 FROM counted WHERE n > %(n)s", {"n": 0})
    assert (n, odd) == (2, 0)
    gone = "DELETE FROM counted WHERE n = %(n)s RETURNING n"
    assert here.run_by_hand(gone, {"n": 2}) == ([(2,)], 1)


def test_a_statement_by_hand_is_logged_where_queries_are(database):
    here = connections[ALIAS]
    here.force_debug_cursor = True
    try:
        assert here.run_by_hand("SELECT n FROM counted WHERE n = %(n)s", {"n": 0})[0] == [(0,)]
        assert "counted" in here.queries_log[-1]["sql"]
    finally:
        here.force_debug_cursor = False


def test_an_error_of_a_statement_by_hand_has_its_django_class(database):
    with pytest.raises(OperationalError, match="nowhere"):
        connections[ALIAS].run_by_hand("SELECT %(n)s FROM nowhere", {"n": 1})


def test_nothing_runs_by_hand_in_a_transaction_that_is_broken(database):
    with transaction.atomic(using=ALIAS):
        transaction.set_rollback(True, using=ALIAS)
        with pytest.raises(TransactionManagementError):
            connections[ALIAS].run_by_hand("SELECT %(n)s", {"n": 1})
