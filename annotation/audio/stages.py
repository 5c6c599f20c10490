"""CPU seconds per stage, where somebody asked for them."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Stages:
    """Adds up process CPU seconds under a name per stage; costs nothing when switched off."""

    def __init__(self, *, on: bool = False):
        self.on = on
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count what happens inside for `stage`."""
        if not self.on:
            yield
            return
        begun = time.process_time()
        try:
            yield
        finally:
            self.seconds[stage] += time.process_time() - begun

    def each(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """The items, counting what it takes to get each of them."""
        source = iter(items)
        while True:
            with self.time(stage):
                item = next(source, None)
            if item is None:
                return
            yield item
