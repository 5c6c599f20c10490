"""Annotators at work: each asks for a clip, thinks, answers, again and again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from benchmarks.labelling import processes
from benchmarks.labelling.protocol import Annotator, Server

Timing = tuple[float, float | None]  # seconds; CPU ms of the server
Result = TypeVar("Result")


@dataclass
class Calls:
    """One kind of request: seconds until its whole answer was there, and the server's own CPU."""

    seconds: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def percentile_ms(self, q: float) -> float:
        return float(np.percentile(self.seconds, q)) * 1000

    @property
    def mean_cpu_ms(self) -> float | None:
        """CPU per request inside the web process; None where the server does not tell it."""
        return float(np.mean(self.cpu_ms)) if self.cpu_ms else None


@dataclass
class Outcome:
    """What a workload measured. CPU and memory are those of the whole server."""

    labels: int
    wall_s: float
    cpu_s: float
    memory_mb: float
    next: Calls
    submit: Calls

    @property
    def labels_per_s(self) -> float:
        return self.labels / self.wall_s

    @property
    def cpu_ms_per_label(self) -> float:
        return self.cpu_s / self.labels * 1000


def sign_in(server: Server, n: int) -> list[Annotator]:
    return [server.annotator(i) for i in range(n)]


def label(server: Server, people: Sequence[Annotator], n: int, *, think_s: float = 0.0) -> Outcome:
    """Each of `people` labels `n` clips, pausing `think_s` on average over each.

    Raises RuntimeError when a request fails or the work runs out.
    """
    lock = threading.Lock()
    outcome = Outcome(0, 0.0, 0.0, 0.0, Calls(), Calls())

    def work(i: int) -> None:
        rng = random.Random(i)
        for _ in range(n):
            asked, task = _timed(people[i], people[i].next)
            if task is None:
                raise RuntimeError(f"{server.name} has no work left for person {i}.")
            # Spread, for people do not think in step.
            time.sleep(think_s * rng.uniform(0.5, 1.5))
            answered, _ = _timed(people[i], partial(people[i].submit, task))
            with lock:
                outcome.labels += 1
                _add(outcome.next, asked)
                _add(outcome.submit, answered)

    before = processes.cpu_s(server.roots())
    outcome.wall_s = at_once(len(people), work)
    outcome.cpu_s = processes.cpu_s(server.roots()) - before
    outcome.memory_mb = processes.memory_mb(server.roots())
    return outcome


def at_once(n: int, work: Callable[[int], None]) -> float:
    """Run `work(0)` to `work(n - 1)` in threads of their own; wall seconds of the whole."""
    began = time.perf_counter()
    with ThreadPoolExecutor(n) as pool:
        list(pool.map(work, range(n)))
    return time.perf_counter() - began


def _timed(person: Annotator, call: Callable[[], Result]) -> tuple[Timing, Result]:
    began = time.perf_counter()
    result = call()
    took = time.perf_counter() - began
    last = person.connection.last
    return (took, last.cpu_ms if last else None), result


def _add(calls: Calls, one: Timing) -> None:
    took, cpu_ms = one
    calls.seconds.append(took)
    if cpu_ms is not None:
        calls.cpu_ms.append(cpu_ms)
