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

ASK_AGAIN_S = (0.0005, 0.004)  # at first, and at most; by one thread a process
SUFFIX = "-turn"
CLOSED = -1


class Turn:
    """The right to write to one database file. Raises OSError where no lock can stand beside it."""

    def __init__(self, database: str):
        self._threads = threading.Lock()
        self._file = os.open(database + SUFFIX, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _allow_whom(database, self._file)
            # Some network file systems refuse it, and none should find out with work in hand.
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(self._file, fcntl.LOCK_UN)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            raise

    def take(self, *, timeout_s: float) -> bool:
        """Wait for the turn; False where it did not come in time."""
        until = time.monotonic() + timeout_s
        if not self._threads.acquire(timeout=timeout_s):
            return False
        pause_s, most_s = ASK_AGAIN_S
        try:
            while not self._lock_file():
                if time.monotonic() > until:
                    self._threads.release()
                    return False
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, most_s)
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
        try:
            if self._file != CLOSED:  # a forked child had its copy closed
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        file, self._file = self._file, CLOSED
        os.close(file)


def _allow_whom(database: str, file: int) -> None:
    """Whoever may write to the database may take turns, whoever came first."""
    try:
        known = os.stat(database)
    except FileNotFoundError:
        return
    mine = os.fstat(file)
    if mine.st_uid == os.geteuid() and mine.st_mode & 0o777 != known.st_mode & 0o666:
        os.fchmod(file, known.st_mode & 0o666)
    if os.geteuid() == 0 and (mine.st_uid, mine.st_gid) != (known.st_uid, known.st_gid):
        os.fchown(file, known.st_uid, known.st_gid)


_turns: dict[str, Turn] = {}
_making = threading.Lock()


def turn_at(database: str) -> Turn | None:
    """The turns of this database file; None where no file can stand beside it."""
    known = _turns.get(database)
    if known is not None:
        return known
    with _making:
        if database not in _turns:
            try:
                _turns[database] = Turn(database)
            except OSError:  # SQLite says itself what is wrong with the folder
                return None
        return _turns[database]


def remove(database: str) -> None:
    """Take away the file of a database that is no more."""
    turn = _turns.pop(database, None)
    if turn is not None:
        turn.close()
        os.unlink(database + SUFFIX)


def _forget() -> None:
    """A forked child has the parent's open file, and would hold its lock: it opens its own."""
    global _making
    for turn in _turns.values():
        turn.close()
    _turns.clear()
    _making = threading.Lock()


os.register_at_fork(after_in_child=_forget)
