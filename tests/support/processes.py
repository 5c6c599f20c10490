"""Helpers to watch real processes: trees of them, and what they print."""

from __future__ import annotations

import contextlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 120.0
END_PATIENCE_S = 60.0  # a supervisor gives its children 10 s, twice, and its guardian 7 s


def wait_until(
    question: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S
) -> None:
    """Poll until `question` is true. The patience bounds a broken run, it measures nothing."""
    deadline = time.monotonic() + patience_s
    while not question():
        assert time.monotonic() < deadline, f"gave up waiting until {what}"
        time.sleep(0.02)


def tree(pid: int) -> list[psutil.Process]:
    """A process and all its descendants; empty when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def named(processes: Sequence[psutil.Process], *words: str) -> list[psutil.Process]:
    """Those whose command line holds all the words. One that is being started may not bear its
    program's name yet, and one that ended since it was listed has none any more."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie, too
            if all(word in " ".join(process.cmdline()) for word in words):
                found.append(process)
    return found


def running(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those still running. A zombie runs no more; a reused number is another process."""
    left = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                left.append(process)
    return left


class Talker:
    """A started process whose output can be waited for."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path):
        self.process = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.seen: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    @property
    def text(self) -> str:
        """Everything it printed so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                line = self._lines.get_nowait()
                if line is None:
                    self._lines.put(None)
                    break
                self.seen.append(line)
        return "\n".join(self.seen)

    def wait_for(self, pattern: str, *, patience_s: float = PATIENCE_S) -> re.Match[str]:
        """The first match of `pattern` in what it prints."""
        deadline = time.monotonic() + patience_s
        while True:
            is_all = not self._reader.is_alive()  # asked before the text is looked at
            found = re.search(pattern, self.text, re.MULTILINE)
            if found:
                return found
            assert not is_all, f"it ended without printing {pattern!r}:\n{self.text}"
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.text}"
            time.sleep(0.02)

    def wait(self, *, patience_s: float = PATIENCE_S) -> int:
        """Its exit code, once `text` holds all that it printed: the reader may lag behind."""
        code = self.process.wait(patience_s)
        self._reader.join(patience_s)
        return code


@contextlib.contextmanager
def talking(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT
) -> Iterator[Talker]:
    """Run a command, with no other environment than `env`; whatever is left of its tree at the end
    is killed, and gone when this returns."""
    talker = Talker(command, env={"PYTHONUNBUFFERED": "1", **env}, cwd=cwd)
    try:
        yield talker
    finally:
        left = tree(talker.process.pid)
        if talker.process.poll() is None:
            talker.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                talker.process.wait(END_PATIENCE_S)
        for process in running(left):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        talker.process.wait()
        # Else one of them might yet write into a folder that is being removed.
        wait_until(lambda: not running(left), "what was killed is gone")


def python(*arguments: str) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *arguments]
