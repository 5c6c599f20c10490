"""Migrated databases, copied: migrating takes longer than most of what is done with them.

DATABASE_URL decides their kind.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from tests.support import templates
from tests.support.processes import PATIENCE_S

TEMPLATE = "migrated_"


def database(home: Path) -> str:
    """DATABASE_URL of a new, migrated database: a file in `home`, or beside the one in use."""
    if not _server():
        made = home / "db.sqlite3"
        copy_file(made)
        return f"sqlite:///{made}"
    name = f"server_{os.getpid()}_{os.urandom(3).hex()}"
    create_on_server(name)
    return _url(name)


def copy_file(path: Path) -> None:
    """Make `path` a migrated SQLite file."""
    template = templates.folder() / "migrated.sqlite3"
    with templates.alone("sqlite"):
        if not template.exists():
            making = templates.folder() / "making.sqlite3"
            _migrate(f"sqlite:///{making}")
            making.rename(template)
    shutil.copyfile(template, path)


def create_on_server(name: str) -> None:
    """Create the migrated PostgreSQL database `name`."""
    template = TEMPLATE + hashlib.sha256(str(templates.folder()).encode()).hexdigest()[:12]
    with templates.alone("postgres"), _administrator() as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if not known.fetchone():
            making = sql.Identifier(template + "_making")
            connection.execute(sql.SQL("CREATE DATABASE {}").format(making))
            _migrate(_url(template + "_making"))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            _once_unused(connection, rename.format(making, sql.Identifier(template)))
            if templates.FOLDER not in os.environ:
                atexit.register(drop_on_server, template)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        _once_unused(connection, create.format(sql.Identifier(name), sql.Identifier(template)))


def _once_unused(connection: psycopg.Connection[Any], statement: sql.Composed) -> None:
    """Run a statement that wants a database for itself. Whoever migrated or vacuums it may take a
    moment to leave: the server waits for five seconds, we as long as for anything else."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute(statement)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
        else:
            return


def drop_on_server(name: str) -> None:
    """Remove a PostgreSQL database, if it exists."""
    with _administrator() as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))


def _server() -> str:
    """The PostgreSQL database of this run; empty where it is on SQLite."""
    given = os.environ.get("DATABASE_URL", "")
    return given if given.startswith("postgres") else ""


def _url(name: str) -> str:
    return _server().rpartition("/")[0] + f"/{name}"


def _administrator() -> psycopg.Connection[tuple[object, ...]]:
    parts = urlsplit(_server())
    host = unquote(parts.netloc.rpartition("@")[2])  # a folder: `hostname` would lower its case
    server = {"host": host, "user": parts.username or "", "dbname": "postgres"}
    return psycopg.connect(**server, autocommit=True)


def _migrate(url: str) -> None:
    templates.manage("migrate", "--verbosity", "0", DATABASE_URL=url)
