"""Rows that somebody deletes their own copy for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection, transaction


@contextmanager
def durable() -> Iterator[None]:
    """A transaction that is on disk when it ends, whatever happens to the power then.

    PostgreSQL commits so anyway. Our SQLite syncs at checkpoints only, which is faster for labels;
    within another transaction that one decides.
    """
    lone = connection.vendor == "sqlite" and not connection.in_atomic_block
    if not lone:
        with transaction.atomic():
            yield
        return
    _synchronous("FULL")
    try:
        with transaction.atomic():
            yield
    finally:
        _synchronous("NORMAL")


def _synchronous(level: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")


def settle(name: str) -> None:
    """Wait until a stored file and its name are on disk; other storages than a folder answer once
    they have it."""
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:
        return
    sync(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
