"""One request of a process computes at a time, the others wait outside.

Threads that compute side by side hand Python's interpreter lock to each other at every statement
they send to the database, and each handing over costs a switch of the kernel. Short requests are
done sooner one after the other: with eight annotators at once this saves 40 % of the CPU of each.
A request that takes long, since it computes, reads a large body or waits for a lock, loses its
right to be alone, so that it delays the others once and only for `patience_s`.

Who brings a label goes before who asks for something: until it is stored it may be lost, while the
next clips are asked for well before they are needed. Nobody is passed for longer than `patience_s`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

STEP_OUT = "speecheq.step_out"  # in a request's environ: lets the next one in

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PATIENCE_S = 0.05  # ten times what a short request takes


class Ticket:
    """One who wants to be inside, since `came`."""

    def __init__(self, came: float):
        self.came = came
        self.called = threading.Lock()  # locked until it is their turn
        self.called.acquire()


class Gate:
    """Lets one in; the next when that one leaves, or has been inside for `patience_s`.

    Who leaves names the next one, so that nobody slips in before those who wait.
    """

    def __init__(self, patience_s: float = PATIENCE_S):
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._urgent: deque[Ticket] = deque()
        self._usual: deque[Ticket] = deque()
        self._inside: Ticket | None = None
        self._since = 0.0

    @property
    def waiting(self) -> int:
        """How many wait to go in."""
        return len(self._urgent) + len(self._usual)

    def enter(self, *, urgent: bool = False) -> Ticket:
        """Wait, then go in. The ticket is for `leave`."""
        ticket = Ticket(time.monotonic())
        line = self._urgent if urgent else self._usual
        with self._lock:
            if self._inside is None:
                self._let_in(ticket)
                return ticket
            line.append(ticket)
            left_s = self._left_s()
        while not ticket.called.acquire(timeout=left_s):
            with self._lock:
                left_s = self._left_s()
                if not left_s and ticket in line:  # called meanwhile where it is not
                    line.remove(ticket)
                    self._let_in(ticket)
                    break
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Go out, and let the next one in unless it has come in already."""
        with self._lock:
            if self._inside is not ticket:
                return
            self._inside = None
            if self.waiting:
                following = self._line().popleft()
                self._let_in(following)
                following.called.release()

    def _line(self) -> deque[Ticket]:
        """The line whose first one is next."""
        passed = time.monotonic() - self._patience_s
        if self._usual and (not self._urgent or self._usual[0].came < passed):
            return self._usual
        return self._urgent

    def _let_in(self, ticket: Ticket) -> None:
        self._inside, self._since = ticket, time.monotonic()

    def _left_s(self) -> float:
        """How long the one inside still has the right to be alone."""
        return max(0.0, self._since + self._patience_s - time.monotonic())


def brings_a_label(environ: dict[str, Any]) -> bool:
    return environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/submit/")


def step_out(meta: Mapping[str, Any]) -> None:
    """For who is about to wait for a client: nobody else waits with them. `meta`: `request.META`.
    Outside of a gate, and after the first time, nothing happens."""
    leave = meta.get(STEP_OUT)
    if leave is not None:
        leave()


def one_at_a_time(application: WSGIApplication, gate: Gate | None = None) -> WSGIApplication:
    """`application`, with each call behind the gate; its answer is sent outside of it."""
    gate = gate or Gate()

    def behind_gate(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        ticket = gate.enter(urgent=brings_a_label(environ))
        environ[STEP_OUT] = partial(gate.leave, ticket)
        try:
            return application(environ, start_response)
        finally:
            gate.leave(ticket)

    return behind_gate
