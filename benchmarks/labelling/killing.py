"""A served platform whose processes can be killed, and which comes back each time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

import psutil

from benchmarks.labelling.connection import Connection
from tests.e2e.platform_process import Serving, starting
from tests.support.processes import running, tree, wait_until
from tests.support.servers import free_port

# What tells the supervisor's children apart, by a word of their command.
VICTIMS = {"web": "gunicorn", "worker": "worker@", "redis": "redis-server"}
BACK_S = 300.0


class Mortal:
    """`manage.py serve` on one port for good, whatever happens to its processes."""

    def __init__(self, env: Mapping[str, str]):
        self.env = env
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.stack = contextlib.ExitStack()
        self.outages_s: list[float] = []
        self.serving: Serving

    def __enter__(self) -> Mortal:
        self._start()
        self._until_all_run()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()

    def _start(self) -> None:
        self.serving = self.stack.enter_context(starting(self.env, port=self.port))

    def kill_children(self) -> list[str]:
        """SIGKILL web, worker and Redis with all their descendants; the supervisor mends it.

        Waits until all three run, and afterwards until pages are answered again. Returns the names.
        """
        self._until_all_run()
        doomed = self.victims()
        families = [each for child in doomed.values() for each in tree(child.pid)]
        for process in families:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._wait(families)
        return sorted(doomed)

    def _until_all_run(self) -> None:
        """The worker is started once pages are answered."""
        wait_until(lambda: len(self.victims()) == len(VICTIMS), "all three run", patience_s=BACK_S)

    def victims(self) -> dict[str, psutil.Process]:
        """Those of the three that run now, by name."""
        children = psutil.Process(self.serving.pid).children()
        return {name: child for child in children if (name := victim(child))}

    def kill_everything(self) -> None:
        """SIGKILL the supervisor itself, and start another in its place, as after a crash."""
        old = psutil.Process(self.serving.pid)
        family = tree(old.pid)
        old.kill()
        began = time.monotonic()
        wait_until(lambda: not running(family[1:]), "the guardian ended what was left")
        self._start()
        self.outages_s.append(time.monotonic() - began)

    def _wait(self, doomed: list[psutil.Process]) -> None:
        began = time.monotonic()
        wait_until(lambda: not running(doomed), "the killed processes are gone")
        wait_until(self.answers, "pages are answered again", patience_s=BACK_S)
        self.outages_s.append(time.monotonic() - began)

    def answers(self) -> bool:
        """Whether the web process answers."""
        with contextlib.suppress(OSError):
            return Connection(self.base, timeout_s=5).get("/health/live").status == 200
        return False


def victim(process: psutil.Process) -> str | None:
    """Which of the three this child of the supervisor is, if any."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return victim_of(process.cmdline())
    return None


def victim_of(command: Sequence[str]) -> str | None:
    """Which of the three such a command starts."""
    text = " ".join(command)
    return next((name for name, word in VICTIMS.items() if word in text), None)
