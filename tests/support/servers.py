"""The whole platform, for real: Redis, gunicorn, both workers and beat under `manage.py serve`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import migrated
from tests.support.processes import ROOT, Talker, python, talking, wait_until

QUIET = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@dataclass
class Server:
    """A running platform of its own: nothing is shared with other tests' databases or files."""

    url: str
    home: Path
    env: dict[str, str]
    talker: Talker

    def manage(self, *arguments: str) -> str:
        """Run a management command against this platform; its standard output."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def get(self, path: str, **headers: str) -> Any:
        """GET a JSON document."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A served platform with an empty, migrated database, shared by a session's tests.

    Files to import go below `server.home / "import"`. DATABASE_URL decides the kind of database.
    """
    home = Path(tempfile.mkdtemp(prefix="sq-", dir="/tmp"))
    env = platform_env(home, DATABASE_URL=migrated.database(home))
    port = free_port()
    try:
        with talking(python("manage.py", "serve", "--port", str(port)), env=env) as talker:
            talker.wait_for(r"ready: http", patience_s=120)
            made = Server(f"http://127.0.0.1:{port}", home, env, talker)
            wait_until(lambda: made.get("/health/ready")["status"] == "ok", "the platform is ready")
            yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)
