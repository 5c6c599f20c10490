"""Static files, collected for whitenoise once per change of their sources."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from speecheq.supervisor.errors import CannotServe

STAMP = ".collected"


def fingerprint() -> str:
    """A digest of every source file's name, size and time of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect(root: Path, env: dict[str, str]) -> bool:
    """Collect into STATIC_ROOT unless that was done for just these files. True when it was not.

    A child process does it: which storage is used is settled when settings are loaded, and that
    depends on whether STATIC_ROOT exists.
    """
    target = Path(settings.STATIC_ROOT)
    stamp = target / STAMP
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return False
    target.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(root / "manage.py"), "collectstatic", "--noinput", "--clear"]
    done = subprocess.run(
        [*command, "--verbosity", "0"], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotServe(f"Cannot collect static files into {target}: {done.stderr.strip()}")
    stamp.write_text(wanted, encoding="ascii")
    return True
