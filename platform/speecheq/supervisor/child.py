"""One supervised process: how it is started, ended and started again."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from speecheq.supervisor import guardian
from speecheq.supervisor.console import LineSplitter

# A child that ran this long was well: its earlier failures are forgotten.
STEADY_S = 60.0
MAX_FAILURES = 5
MAX_BACKOFF_S = 16.0


@dataclass(frozen=True)
class Spec:
    """What to run. `ready` is asked now and then until it is True; later specs wait for it."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    ready: Callable[[], bool] | None = None
    ready_s: float = 60.0
    stop_s: float = 10.0
    # Children of a lower phase end first.
    stop_phase: int = 0
    nice: int = 0
    # Lines that match are not shown: noise that helps nobody.
    hide: re.Pattern[str] | None = None


class Child:
    """A spec and the process that runs it now, if one does."""

    def __init__(self, spec: Spec):
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.lines = LineSplitter()
        self.failures = 0
        self.started_at = 0.0
        self.restart_at: float | None = None
        self.is_ready = False

    @property
    def pid(self) -> int | None:
        """PID, also of the process group and session, while the process has not been reaped."""
        return self.process.pid if self.process else None

    def start(self, *, announce_fd: int) -> int:
        """Start the process; returns the descriptor of its output.

        The child tells the guardian its own PID before it becomes its program: were the supervisor
        killed in between, the guardian would know of it all the same.
        """
        nice = self.spec.nice

        def announce() -> None:
            os.write(announce_fd, b"+%d\n" % os.getpid())
            if nice:
                os.nice(nice)

        self.process = subprocess.Popen(
            list(self.spec.command),
            env={**os.environ, **self.spec.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.spec.pass_fds,
            start_new_session=True,
            preexec_fn=announce,  # safe: the supervisor has a single thread
        )
        self.lines = LineSplitter()
        self.started_at = time.monotonic()
        self.restart_at = None
        self.is_ready = self.spec.ready is None
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout.fileno()

    def signal(self, number: signal.Signals) -> None:
        """Signal the process alone; it passes the wish on to its own children."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kill the process and everything it started that stayed in its group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def kill_tree(self) -> None:
        """Kill the process and all its descendants, whatever their session; reap it."""
        if not self.process:
            return
        members = guardian.family({self.process.pid})
        self.kill_group()
        for pid, _ in guardian.alive(members):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def exited(self) -> int | None:
        """The exit code once the process has ended, else None."""
        return self.process.poll() if self.process else None

    def forget(self) -> None:
        """Close the output of a process that ended."""
        if self.process and self.process.stdout:
            self.process.stdout.close()
        self.process = None
        self.is_ready = False

    def plan_restart(self) -> float | None:
        """Seconds until the next start, doubling; None after MAX_FAILURES in a row."""
        if time.monotonic() - self.started_at > STEADY_S:
            self.failures = 0
        self.failures += 1
        if self.failures >= MAX_FAILURES:
            return None
        wait_s = min(2.0 ** (self.failures - 1), MAX_BACKOFF_S)
        self.restart_at = time.monotonic() + wait_s
        return wait_s


def describe_exit(code: int) -> str:
    """An exit code in words: 'exit code 1', or 'killed by SIGKILL'."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
