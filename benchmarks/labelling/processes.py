"""What a server's processes cost: CPU seconds and memory of whole trees."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence

import psutil

WINDOW_S = 1.5
IDLE_SHARE = 0.1  # of one core


def tree(roots: Sequence[int]) -> list[psutil.Process]:
    """The roots that still run and all their descendants, each once."""
    found: dict[int, psutil.Process] = {}
    for pid in roots:
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            found |= {p.pid: p for p in (root, *root.children(recursive=True))}
    return list(found.values())


def cpu_s(roots: Sequence[int]) -> float:
    """CPU seconds used so far, children that ended included. Only differences mean anything."""
    return sum(_each(tree(roots), lambda p: sum(p.cpu_times()[:4])))


def settle(roots: Sequence[int], *, patience_s: float = 60.0) -> None:
    """Wait until a server that has just started, its workers too, leaves the cores alone."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        before = cpu_s(roots)
        time.sleep(WINDOW_S)
        if cpu_s(roots) - before < IDLE_SHARE * WINDOW_S:
            return


def memory_mb(roots: Sequence[int]) -> float:
    """Memory of all processes, what they share counted once (PSS); RSS where that is not told."""
    return sum(_each(tree(roots), _memory)) / 2**20


def largest_mb(roots: Sequence[int], word: str) -> float:
    """Resident size of the largest process whose command holds `word`; 0 when there is none."""
    sizes = _each(
        tree(roots), lambda p: p.memory_info().rss if word in " ".join(p.cmdline()) else 0
    )
    return max(sizes, default=0) / 2**20


def _memory(process: psutil.Process) -> float:
    whole = process.memory_full_info()
    return getattr(whole, "pss", 0) or whole.rss


def _each(
    processes: Iterable[psutil.Process], measure: Callable[[psutil.Process], float]
) -> list[float]:
    """The measure of each process; one that ended meanwhile has none."""
    values = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            values.append(measure(process))
    return values
