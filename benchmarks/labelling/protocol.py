"""What the workload asks of a server under test: one adapter each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchmarks.labelling.connection import Connection


class Annotator(Protocol):
    """One signed-in person with a connection of their own."""

    connection: Connection

    def next(self) -> str | None:
        """Ask for work; what `submit` needs to answer it, or None when there is none left."""

    def submit(self, task: str) -> None:
        """Answer it. Raises RuntimeError unless the server stored the answer."""


class Server(Protocol):
    """A running server, filled with work, whose processes can be told from all others."""

    name: str
    behind: str  # the HTTP server it ships with

    def roots(self) -> Sequence[int]:
        """PIDs whose trees make up the server, its database included."""

    def annotator(self, i: int) -> Annotator:
        """Sign the i-th person in, from 0."""
