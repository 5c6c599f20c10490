"""The supervisor: starts children in order, keeps them running, ends them all."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from speecheq.supervisor import strays
from speecheq.supervisor.child import Child, Spec, describe_exit
from speecheq.supervisor.console import Console

GUARDIAN = Path(__file__).with_name("guardian.py")
GUARDIAN_GRACE_S = 5.0
TICK_S = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs `specs` until told to stop. Later ones start when all earlier ones are ready."""

    def __init__(
        self,
        specs: Sequence[Spec],
        console: Console,
        *,
        guardian_fds: tuple[int, ...] = (),
    ):
        self.children = [Child(spec) for spec in specs]
        self.console = console
        self.announcements: dict[str, str] = {}
        self.guardian_fds = guardian_fds
        self.selector = selectors.DefaultSelector()
        self.guardian: subprocess.Popen[bytes] | None = None
        self.announce_fd = -1
        self.stop_requests = 0
        self.gave_up = False

    def announce(self, name: str, text: str) -> None:
        """Say `text` once, when the child `name` is ready for the first time."""
        self.announcements[name] = text

    def run(self) -> int:
        """Serve until told to stop by a signal (returns 0) or a child keeps failing (1)."""
        wake_receiver, wake_sender = socket.socketpair()
        for end in (wake_receiver, wake_sender):
            end.setblocking(False)
        signal.set_wakeup_fd(wake_sender.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_stop)
        self.selector.register(wake_receiver, selectors.EVENT_READ, None)
        strays.adopt()
        try:
            self._serve()
        finally:
            self._stop_all()
            signal.set_wakeup_fd(-1)
            self._end_guardian()
        return int(self.gave_up)

    def _note_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1

    # Keeping children running

    def _serve(self) -> None:
        while not self.stop_requests and not self.gave_up:
            self._keep_guardian()
            self._start_due()
            self._pump(TICK_S)
            self._restart_dead()
            self._end_strays()

    def _start_due(self) -> None:
        """Start what waits for nothing, and ask those that start whether they are ready."""
        for child in self.children:
            if child.process is None and self._is_due(child):
                self._start(child)
            if not child.is_ready and child.process is not None:
                self._ask_ready(child)
            if not child.is_ready:
                return

    @staticmethod
    def _is_due(child: Child) -> bool:
        return child.restart_at is None or time.monotonic() >= child.restart_at

    def _start(self, child: Child) -> None:
        try:
            fd = child.start(announce_fd=self.announce_fd)
        except OSError as error:
            self.console.line("serve", f"{child.spec.name} cannot start: {error}")
            child.started_at = time.monotonic()
            self._plan_restart(child)
            return
        self.selector.register(fd, selectors.EVENT_READ, child)

    def _ask_ready(self, child: Child) -> None:
        assert child.spec.ready is not None
        if child.spec.ready():
            child.is_ready = True
            if text := self.announcements.pop(child.spec.name, ""):
                self.console.line("serve", text)
        elif time.monotonic() - child.started_at > child.spec.ready_s:
            self.console.line(
                "serve", f"{child.spec.name} was not ready after {child.spec.ready_s:.0f} s."
            )
            child.kill_tree()

    def _restart_dead(self) -> None:
        for child in self.children:
            code = child.exited()
            if code is None or self.stop_requests:
                continue
            self._bury(child)
            self.console.line("serve", f"{child.spec.name} ended ({describe_exit(code)}).")
            self._plan_restart(child)

    def _plan_restart(self, child: Child) -> None:
        wait_s = child.plan_restart()
        if wait_s is not None:
            self.console.line("serve", f"{child.spec.name} starts again in {wait_s:.0f} s.")
            return
        self.gave_up = True
        self.console.line(
            "serve",
            f"{child.spec.name} failed {child.failures} times in a row: giving up. "
            f"Its last lines above say why; stopping everything.",
        )

    # Output

    def _pump(self, timeout_s: float) -> None:
        """Copy what the children print; wakes early when a signal arrives."""
        for key, _ in self.selector.select(timeout_s):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]
                continue
            self._copy_output(key.data, key.fd)

    def _copy_output(self, child: Child, fd: int) -> bool:
        """Print what `fd` holds; False when there is nothing more for now."""
        try:
            data = os.read(fd, 65_536)
        except BlockingIOError:
            return False
        for line in child.lines.feed(data):
            if child.spec.hide is None or not child.spec.hide.search(line):
                self.console.line(child.spec.name, line)
        if not data:
            self.selector.unregister(fd)
        return bool(data)

    def _bury(self, child: Child) -> None:
        """Print the last words of a child that ended, end its descendants, let go of it."""
        assert child.process is not None and child.process.stdout is not None
        child.kill_group()
        fd = child.process.stdout.fileno()
        if fd in self.selector.get_map():
            while self._copy_output(child, fd):
                continue
        if fd in self.selector.get_map():
            self.selector.unregister(fd)
        self._tell_guardian(b"-%d\n" % child.process.pid)
        child.forget()

    # Ending

    def _stop_all(self) -> None:
        """End the children phase by phase: workers still need Redis while they finish."""
        self.console.line("serve", "stopping ...")
        requests = self.stop_requests
        for phase in sorted({child.spec.stop_phase for child in self.children}):
            living = [
                child for child in self.children if child.process and child.spec.stop_phase == phase
            ]
            self._stop(living, requests)
            self._end_strays()
        self.console.line("serve", "stopped.")

    def _end_strays(self) -> None:
        known = {child.pid for child in self.children if child.pid}
        strays.end(known | ({self.guardian.pid} if self.guardian else set()))

    def _stop(self, living: list[Child], requests: int) -> None:
        """Ask all of `living` to end; kill those that take longer than they may."""
        asked_at = time.monotonic()
        for child in living:
            child.signal(signal.SIGTERM)
        while living:
            self._pump(TICK_S)
            waited_s = time.monotonic() - asked_at
            for child in list(living):
                hurry = self.stop_requests > requests  # asked twice: do not wait
                if child.exited() is None and (hurry or waited_s > child.spec.stop_s):
                    self.console.line("serve", f"{child.spec.name} did not end in time: killed.")
                    child.kill_tree()
                if child.exited() is not None:
                    self._bury(child)
                    living.remove(child)

    # The guardian

    def _keep_guardian(self) -> None:
        """Start the process that ends our children should we be killed; again if it was killed."""
        if self.guardian is not None and self.guardian.poll() is None:
            return
        if self.guardian is not None:
            os.close(self.announce_fd)
            self.console.line("serve", "the guardian ended; starting another.")
        receiver, self.announce_fd = os.pipe()
        # Before it starts: whoever sees it run may rely on it, even if we are killed at once.
        for child in self.children:
            if child.pid is not None:
                self._tell_guardian(b"+%d\n" % child.pid)
        self.guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARDIAN), str(receiver), str(GUARDIAN_GRACE_S)],
            pass_fds=(receiver, *self.guardian_fds),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(receiver)

    def _tell_guardian(self, line: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self.announce_fd, line)

    def _end_guardian(self) -> None:
        if self.guardian is None:
            return
        os.close(self.announce_fd)
        try:
            self.guardian.wait(GUARDIAN_GRACE_S + 2)
        except subprocess.TimeoutExpired:
            self.guardian.kill()
            self.guardian.wait()
