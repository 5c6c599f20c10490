"""A full disk is told as one, wherever it was noticed."""

from __future__ import annotations

import errno
import sqlite3

import psycopg
import pytest
from django.db import OperationalError

from speecheq.errors import StorageFull, known_error


def caused(cause: Exception) -> OperationalError:
    try:
        raise OperationalError(str(cause)) from cause
    except OperationalError as error:
        return error


def test_a_file_that_cannot_be_written_is_a_full_disk():
    assert isinstance(known_error(OSError(errno.ENOSPC, "no space")), StorageFull)


def test_a_database_of_postgresql_that_cannot_grow_is_a_full_disk():
    assert isinstance(known_error(caused(psycopg.errors.DiskFull("could not extend"))), StorageFull)


@pytest.mark.parametrize("cause", [sqlite3.OperationalError("locked"), psycopg.Error("gone")])
def test_another_fault_of_the_database_is_our_own(cause):
    assert known_error(caused(cause)) is None


def test_a_database_of_sqlite_that_cannot_grow_is_a_full_disk(tmp_path):
    file = sqlite3.connect(tmp_path / "full.sqlite3")
    file.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as raised:
        for n in range(50):
            file.execute(f"CREATE TABLE t{n} (x)")
    file.close()
    assert isinstance(known_error(caused(raised.value)), StorageFull)
