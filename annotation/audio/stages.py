"""Seconds per stage, where somebody asked for them.

Elapsed, not CPU time: a clip takes 3 ms, and kernels charge CPU time in steps larger than that.
One thread that waits for nothing spends as much CPU time as passes, while the machine is idle.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Stages:
    """Adds up elapsed seconds under a name per stage; costs nothing when switched off."""

    def __init__(self, *, on: bool = False):
        self.on = on
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count what happens inside for `stage`."""
        if not self.on:
            yield
            return
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - begun

    def each(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """The items, counting what it takes to get each of them."""
        source = iter(items)
        while True:
            with self.time(stage):
                item = next(source, None)
            if item is None:
                return
            yield item
