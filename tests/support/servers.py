"""The whole platform, for real: Redis, gunicorn, both workers and beat under `manage.py serve`."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import collected, migrated, surroundings
from tests.support.processes import PATIENCE_S, Talker, python, talking, wait_until
from tests.support.shell import Shell

START_PATIENCE_S = 300.0
QUIET = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@dataclass
class Server:
    """A running platform of its own: nothing is shared with other tests' databases or files."""

    url: str
    home: Path
    env: dict[str, str]
    talker: Talker
    shell: Shell

    def run(self, code: str) -> str:
        """Run Python inside this platform's Django; what it printed."""
        return self.shell.run(code)

    def is_ready(self) -> bool:
        with contextlib.suppress(urllib.error.HTTPError):  # 503: its Redis took too long to answer
            return bool(self.get("/health/ready")["status"] == "ok")
        return False

    def get(self, path: str, **headers: str) -> Any:
        """GET a JSON document."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)


_reserved: list[socket.socket] = []


def free_port() -> int:
    """A port for a server that is started later, perhaps again and again. While this process lives
    the system gives it to nobody: a socket has it without listening, and as that one says only
    afterwards that it would share, Linux lets a server have it too that reuses addresses."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = int(holder.getsockname()[1])
    if sys.platform == "linux":
        _reserved.append(holder)
    else:
        holder.close()
    return port


def platform_env(home: Path, **more: str) -> dict[str, str]:
    """Environment of a platform at `home`; nothing of a real installation leaks in, nor the
    database of this run."""
    return surroundings.plain() | QUIET | {"SPEECHEQ_HOME": str(home)} | more


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="sq-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def new_server() -> Iterator[Server]:
    """A served platform with an empty, migrated database. DATABASE_URL decides the kind of it."""
    home = Path(tempfile.mkdtemp(prefix="sq-", dir="/tmp"))
    env = platform_env(home, DATABASE_URL=migrated.database(home))
    collected.copy_to(home)
    port = free_port()
    try:
        with talking(python("manage.py", "serve", "--port", str(port)), env=env) as talker:
            talker.wait_for(r"ready: http", patience_s=START_PATIENCE_S)
            with contextlib.closing(Shell(env)) as shell:
                made = Server(f"http://127.0.0.1:{port}", home, env, talker, shell)
                wait_until(made.is_ready, "the platform is ready")
                yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A platform shared by a session's tests. Files to import go below `server.home / "import"`."""
    with new_server() as made:
        yield made
