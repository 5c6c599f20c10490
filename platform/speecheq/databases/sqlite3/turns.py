"""Whose turn it is to write, among the threads of this process and among processes.

SQLite makes whoever finds the file locked sleep and ask again, for up to 100 ms at a time: with a
few people labelling, the lock is free while they sleep. Here the threads of a process wait for each
other in memory, where they are woken at once, and the one in front asks for a lock on a file
beside the database. The kernel lets go of that when its process dies, however it dies. SQLite's
own lock still decides; a program that knows nothing of turns is only slower.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time

ASK_AGAIN_S = 0.0005  # by one thread a process


class Turn:
    """The right to write to one database file."""

    def __init__(self, path: str):
        self._threads = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, *, timeout_s: float) -> bool:
        """Wait for the turn; False where it did not come in time."""
        until = time.monotonic() + timeout_s
        if not self._threads.acquire(timeout=timeout_s):
            return False
        try:
            while not self._lock_file():
                if time.monotonic() > until:
                    self._threads.release()
                    return False
                time.sleep(ASK_AGAIN_S)
        except BaseException:
            self._threads.release()
            raise
        return True

    def _lock_file(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def end(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        os.close(self._file)


_turns: dict[str, Turn | None] = {}
_making = threading.Lock()


def turn_at(database: str) -> Turn | None:
    """The turns of this database file; None where no file can stand beside it."""
    known = _turns.get(database, ...)
    if known is not ...:
        return known
    with _making:
        if database not in _turns:
            try:
                _turns[database] = Turn(f"{database}-turn")
            except OSError:  # SQLite says itself what is wrong with the folder
                _turns[database] = None
        return _turns[database]


def _forget() -> None:
    """A forked child has the parent's open file, and would hold its lock: it opens its own."""
    global _making
    for turn in _turns.values():
        if turn is not None:
            turn.close()
    _turns.clear()
    _making = threading.Lock()


os.register_at_fork(after_in_child=_forget)
