"""Run a function in a child process with limits on CPU, memory and wall-clock time.

Whatever parses files that came from outside (decoders above all) runs here, so that a file that
crashes, hangs or swells a decoder costs one child and one refused file, never a worker or the
web process. One child serves many calls and is replaced when it dies: an interpreter start per
file would cost more than the decoding.

The child is a plain subprocess that speaks length-prefixed JSON over pipes (`limits_child`):
`multiprocessing` may not have children inside a Celery worker, and nothing the child sends is
ever unpickled. It inherits no environment but the paths it needs, so no secret either.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from speecheq import limits_child
from speecheq.sentences import say

MIB = 1 << 20
# A fresh child imports its libraries before its first answer; a busy machine makes that slow.
START_S = 60.0
STDERR_TAIL = 400
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


@dataclass(frozen=True)
class Limits:
    """What one call may use. Memory is address space, libraries included."""

    cpu_s: float = 60.0
    wall_s: float = 120.0
    memory_bytes: int = 2048 * MIB
    output_bytes: int = 1024 * MIB


@dataclass(frozen=True)
class Answer:
    """What the function returned: a JSON value and named binary parts."""

    value: Any
    blobs: dict[str, bytes] = field(default_factory=dict)


class LimitExceeded(Exception):
    """The call was stopped. `code`: cpu_limit, memory_limit, wall_limit, output_limit or died."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code = code
        self.detail = detail


class ChildRaised(Exception):
    """The function raised. `code` is the error's own `code` attribute, or empty."""

    def __init__(self, code: str, detail: str, type_name: str):
        super().__init__(f"{type_name}: {detail}")
        self.code = code
        self.detail = detail
        self.type_name = type_name


class LimitedWorker:
    """A persistent limited child that runs one function, call by call.

    Args:
        target: "package.module:function"; the function takes JSON keyword arguments and returns
            a JSON value, or a pair of a JSON value and a dict of name to bytes.
        limits: what each call may use.
        max_calls: the child is replaced after this many calls, so that leaks do not add up.

    Safe to share between threads (calls wait for each other) and across a fork (the forked
    process gets a child of its own). Close it, or use it as a context manager.
    """

    def __init__(self, target: str, *, limits: Limits | None = None, max_calls: int = 5000):
        self.target = target
        self.limits = limits or Limits()
        self.max_calls = max_calls
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._owner = 0
        self._calls = 0

    def __enter__(self) -> "LimitedWorker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is no child."""
        return self._child.pid if self._child else None

    def call(self, **arguments: Any) -> Answer:
        """Run the function once.

        Raises:
            LimitExceeded: a limit stopped the call, or the child died; the next call gets a
                fresh child.
            ChildRaised: the function raised.
        """
        with self._lock:
            child, allowance = self._ready_child()
            self._calls += 1
            try:
                head, blobs = self._exchange(child, arguments, allowance)
            except LimitExceeded:
                self._stop()
                raise
            except BaseException:
                # Interrupted in mid-answer: the pipe no longer starts at a frame.
                self._stop()
                raise
        return self._unwrap(head, blobs)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._stop()

    def _unwrap(self, head: dict[str, Any], blobs: dict[str, bytes]) -> Answer:
        error = head.get("error")
        if error is None:
            return Answer(head["value"], blobs)
        if error["code"] == "memory_limit":
            self.close()  # what a failed allocation left behind is not trusted
            raise LimitExceeded("memory_limit", self._reason("memory_limit"))
        raise ChildRaised(error["code"], error["detail"], error["type"])

    def _ready_child(self) -> tuple[subprocess.Popen[bytes], float]:
        """The child to use and how many seconds beyond the limit its answer may take."""
        forked = self._owner != os.getpid()
        if self._child and not forked:
            if self._child.poll() is None and self._calls < self.max_calls:
                return self._child, 0.0
            self._stop()
        self._child = self._start()  # after a fork the old one stays the parent's
        self._owner, self._calls = os.getpid(), 0
        return self._child, START_S

    def _start(self) -> subprocess.Popen[bytes]:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- read when the child has died
        environment = {k: os.environ[k] for k in KEPT_ENVIRONMENT if k in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
        limits = json.dumps(asdict(self.limits))
        return subprocess.Popen(
            # -P: the script's own folder holds a celery.py, which must not shadow the library.
            [sys.executable, "-P", limits_child.__file__, self.target, limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=environment | ONE_THREAD,
            start_new_session=True,
        )

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout, self._stderr):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # a request the dead child never read was still buffered

    def _exchange(
        self, child: subprocess.Popen[bytes], arguments: dict[str, Any], allowance: float
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        assert child.stdin is not None and child.stdout is not None  # both are PIPE
        try:
            limits_child.write_frame(child.stdin, {"arguments": arguments}, {})
        except BrokenPipeError:
            raise self._death(child) from None
        deadline = time.monotonic() + self.limits.wall_s + allowance
        read = _Reader(child.stdout.fileno(), deadline)
        try:
            (length,) = limits_child.LENGTH.unpack(read.exactly(limits_child.LENGTH.size))
            self._check_size(length)
            head = json.loads(read.exactly(length))
            self._check_size(sum(head["blobs"].values()))
            return head, {name: read.exactly(size) for name, size in head["blobs"].items()}
        except EOFError:
            raise self._death(child) from None
        except TimeoutError:
            raise LimitExceeded("wall_limit", self._reason("wall_limit")) from None

    def _check_size(self, size: int) -> None:
        if size > self.limits.output_bytes:
            raise LimitExceeded("output_limit", self._reason("output_limit"))

    def _death(self, child: subprocess.Popen[bytes]) -> LimitExceeded:
        """Why the child is gone, from its exit status and the end of what it printed."""
        status = child.wait()
        if status == -signal.SIGXCPU:
            return LimitExceeded("cpu_limit", self._reason("cpu_limit"))
        if status == -signal.SIGALRM:
            return LimitExceeded("wall_limit", self._reason("wall_limit"))
        how = say("signal {n}", n=-status) if status < 0 else say("exit status {n}", n=status)
        if said := self._last_words():
            told = say("The limited process died with {how}. It said: {said}", how=how, said=said)
        else:
            told = say("The limited process died with {how}.", how=how)
        return LimitExceeded("died", told)

    def _last_words(self) -> str:
        if self._stderr is None:
            return ""
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - STDERR_TAIL))
        said = self._stderr.read().decode(errors="replace").strip()
        return said.splitlines()[-1] if said else ""

    def _reason(self, code: str) -> str:
        limits = self.limits
        return {
            "cpu_limit": say("It used more than {cpu_s:g} s of CPU time.", cpu_s=limits.cpu_s),
            "wall_limit": say("It took longer than {wall_s:g} s.", wall_s=limits.wall_s),
            "memory_limit": say(
                "It needed more than {memory_bytes} MiB of memory.",
                memory_bytes=limits.memory_bytes // MIB,
            ),
            "output_limit": say(
                "It answered with more than {output_bytes} MiB.",
                output_bytes=limits.output_bytes // MIB,
            ),
        }[code]


class _Reader:
    """Reads whole parts from a pipe, never past a deadline (`time.monotonic` seconds)."""

    def __init__(self, descriptor: int, deadline: float):
        self.descriptor = descriptor
        self.deadline = deadline
        self.poll = select.poll()
        self.poll.register(descriptor, select.POLLIN)

    def exactly(self, size: int) -> bytes:
        """`size` bytes. EOFError when the pipe ends first, TimeoutError at the deadline."""
        parts, missing = [], size
        while missing:
            left_ms = (self.deadline - time.monotonic()) * 1000
            if left_ms <= 0 or not self.poll.poll(left_ms):
                raise TimeoutError
            part = os.read(self.descriptor, min(missing, MIB))
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def run_limited(target: str, /, *, limits: Limits | None = None, **arguments: Any) -> Answer:
    """Run a function once in a limited child of its own. See `LimitedWorker` for the errors."""
    with LimitedWorker(target, limits=limits) as worker:
        return worker.call(**arguments)
