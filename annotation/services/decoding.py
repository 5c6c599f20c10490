"""Sound files, read in limited children: several at a time, none of them able to hurt a worker."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from annotation.audio.errors import AudioRefused
from speecheq.limits import ChildRaised, LimitedWorker, LimitExceeded, Limits
from speecheq.sentences import restored, say

TARGET = "annotation.audio.prepare:prepare_clip"
LIMITS = Limits(cpu_s=60, wall_s=180)


@dataclass(frozen=True)
class Prepared:
    """A sound that may become a clip: its facts (`prepare_clip`) and its derivatives by name."""

    path: Path
    facts: dict[str, Any]
    blobs: dict[str, bytes]

    @property
    def sha256(self) -> str:
        return str(self.facts["pcm_sha256"])


Outcome = Prepared | AudioRefused


class Decoders:
    """Children that prepare files. Each serves many files and is replaced when it dies."""

    def __init__(self, children: int, *, time_stages: bool = False):
        self._pool = ThreadPoolExecutor(children, thread_name_prefix="decoder")
        self._free: queue.SimpleQueue[LimitedWorker] = queue.SimpleQueue()
        self._all = [LimitedWorker(TARGET, limits=LIMITS) for _ in range(children)]
        self._time_stages = time_stages
        for child in self._all:
            self._free.put(child)

    def submit(self, path: Path, *, derivatives: bool = True) -> Future[Outcome]:
        """Prepare `path` soon. A refused file is an answer, not an exception."""
        return self._pool.submit(self._prepare, path, derivatives)

    def close(self) -> None:
        """Drop what has not begun and end the children."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for child in self._all:
            child.close()

    def _prepare(self, path: Path, derivatives: bool) -> Outcome:
        child = self._free.get()
        try:
            answer = child.call(
                path=str(path), derivatives=derivatives, time_stages=self._time_stages
            )
        except LimitExceeded as error:
            detail = say("Reading the file was stopped. {why}", why=error.detail)
            return AudioRefused(error.code, detail)
        except ChildRaised as error:
            detail = say("The file cannot be read: {error}", error=str(error))
            return AudioRefused("unreadable", detail)
        finally:
            self._free.put(child)
        refused = answer.value.get("refused")
        if refused:
            return AudioRefused(refused["code"], restored(refused))
        return Prepared(path, answer.value, answer.blobs)


@contextmanager
def decoders(*, children: int | None = None, time_stages: bool = False) -> Iterator[Decoders]:
    """Decoding children for a piece of work; SPEECHEQ_DECODERS of them unless told otherwise."""
    pool = Decoders(children or settings.SPEECHEQ_DECODERS, time_stages=time_stages)
    try:
        yield pool
    finally:
        pool.close()
