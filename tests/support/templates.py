"""Where a test run keeps what its workers and platforms get copies of.

A run of `make test` names the folder in `SPEECHEQ_TEST_TEMPLATES`, for all its suites and their
workers; a pytest started by hand makes its own.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import surroundings

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = "SPEECHEQ_TEST_TEMPLATES"


@functools.cache
def folder() -> Path:
    """The folder of this run's templates."""
    given = os.environ.get(FOLDER)
    if given:
        return Path(given)
    made = tempfile.mkdtemp(prefix="speecheq-templates-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


@contextmanager
def alone(what: str) -> Iterator[None]:
    """One process at a time makes or copies the template `what`."""
    with open(folder() / f"{what}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def manage(*arguments: str, **env: str) -> None:
    """Run a management command; nothing of a real installation leaks in."""
    with tempfile.TemporaryDirectory() as home:
        full = surroundings.plain() | {"SPEECHEQ_HOME": home, "OMP_NUM_THREADS": "1"} | env
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        subprocess.run(command, env=full, cwd=ROOT, check=True)
