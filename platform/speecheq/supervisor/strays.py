"""Processes whose parent died: they become the supervisor's, so that it can end them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

from speecheq.supervisor import guardian

PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """From now on orphaned descendants become children of this process. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def adopted(known: set[int]) -> set[int]:
    """Children of this process that it did not start itself, zombies included."""
    listing = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    with contextlib.suppress(OSError):
        return {int(pid) for pid in listing.read_text().split()} - known
    return set()


def end(known: set[int]) -> None:
    """Kill and reap what was adopted, with its descendants: nobody works with it any more."""
    while pids := adopted(known):
        for pid, _ in guardian.alive(guardian.family(pids)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
