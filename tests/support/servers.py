"""The whole platform, for real: Redis, gunicorn, both workers and beat under `manage.py serve`."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import collected, migrated
from tests.support.processes import PATIENCE_S, Talker, python, talking, wait_until
from tests.support.shell import Shell

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST_PORT = 11_000
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


def free_port() -> int:
    """A port nobody listens on now. It lies below those that the system gives to whoever connects:
    of these, one may be taken before a server that takes seconds to start has it, or between two
    servers on one port."""
    low = min(int(EPHEMERAL.read_text().split()[0]), 32_768) if EPHEMERAL.exists() else 0
    for _ in range(100):
        port = secrets.choice(range(LOWEST_PORT, low)) if low > LOWEST_PORT + 1000 else 0
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def platform_env(home: Path, **more: str) -> dict[str, str]:
    """Environment of a platform at `home`; nothing of a real installation leaks in."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("SPEECHEQ_", "DJANGO_"))}
    mine.pop("REDIS_URL", None)
    return mine | QUIET | {"SPEECHEQ_HOME": str(home)} | more


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
