"""What a platform needs for itself alone: its home folder and its port."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO

from speecheq.supervisor.errors import CannotServe

# Longer than the guardian of a killed supervisor needs to end its children.
LOCK_WAIT_S = 8.0

MAX_PORT = 65_535


def lock_home(folder: Path) -> IO[str]:
    """Hold `folder` against a second supervisor until the returned file is closed.

    The guardian holds the same lock, so a new supervisor waits for a killed one's children to go.

    Raises:
        CannotServe: another supervisor is running there.
    """
    file = open(folder / "serve.lock", "a+", encoding="ascii")  # noqa: SIM115 (held while serving)
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        file.seek(0)
        owner = file.read().strip()
        if _is_running(owner) or time.monotonic() > deadline:
            file.close()
            raise CannotServe(
                f"SpeechEQ already runs on {folder} (process {owner or 'unknown'}): "
                "stop that one, or set SPEECHEQ_HOME to another folder."
            )
        time.sleep(0.1)
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _is_running(pid: str) -> bool:
    """Whether a process has this number; another user's counts."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket, held by the supervisor so that a web restart refuses nobody.

    Raises:
        CannotServe: the port is none, busy, reserved or the address is not this machine's.
    """
    if not 0 <= port <= MAX_PORT:
        raise CannotServe(f"{port} is no port: choose one from 1024 to {MAX_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(512)
    except OSError as error:
        sock.close()
        raise CannotServe(_why_not(host, port, error)) from error
    return sock


def _why_not(host: str, port: int, error: OSError) -> str:
    """One sentence about a port that cannot be had."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: choose another, such as PORT={port + 1}."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} needs more rights than this user has: choose one above 1023."
    return f"Cannot listen on {host} port {port}: {error.strerror}."
