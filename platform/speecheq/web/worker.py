"""Gunicorn's threaded worker, with the people spread evenly over the processes."""

from __future__ import annotations

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

PER_CONNECTION_S = 0.0003
MOST_S = 0.003


class EvenWorker(ThreadWorker):
    """The process with the fewest open connections takes a new one.

    All processes wake up for it and, as they come, one may take most of them: browsers keep their
    connections, so some people would wait for each other beside a process that is idle.
    """

    def accept(self, listener: Any) -> None:
        """Take a connection that waits, unless a process that has fewer did meanwhile."""
        time.sleep(min(self.nr_conns * PER_CONNECTION_S, MOST_S))
        super().accept(listener)
