"""The child's side of `speecheq.limits`: read a request, run the function, write the answer.

Run by path, with the standard library alone, so that the limits stand before anything else is
imported. A frame is a 4-byte big-endian length, that many bytes of JSON, then the binary parts
whose lengths the JSON lists under "blobs" (name to number of bytes), in that order.
"""

import importlib
import json
import math
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import IO, Any

LENGTH = struct.Struct(">I")
# The parent kills first; this alarm is for a child whose parent is gone or stuck.
ALARM_GRACE_S = 5.0


def write_frame(stream: IO[bytes], head: dict[str, Any], blobs: dict[str, bytes]) -> None:
    """Send one frame: `head` (JSON) and its binary parts."""
    sizes = {name: len(blob) for name, blob in blobs.items()}
    body = json.dumps({**head, "blobs": sizes}, allow_nan=False).encode()
    stream.write(LENGTH.pack(len(body)) + body)
    for blob in blobs.values():
        stream.write(blob)
    stream.flush()


def read_request(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next request's JSON, or None once the parent has closed the pipe."""
    prefix = stream.read(LENGTH.size)
    if len(prefix) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(prefix)[0])
    return json.loads(body) if body else None


def limit_process(memory_bytes: int, output_bytes: int) -> None:
    """Set the limits that last as long as the process."""
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))


def limit_job(cpu_s: float, wall_s: float) -> None:
    """Allow this job `cpu_s` more CPU seconds, and an alarm well after `wall_s` seconds."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(used + cpu_s)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    signal.setitimer(signal.ITIMER_REAL, wall_s + ALARM_GRACE_S)


def load(target: str) -> Callable[..., Any]:
    """The function that "package.module:name" names."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def answer(function: Callable[..., Any], arguments: dict[str, Any]) -> tuple[dict, dict]:
    """Call the function; what it returns or raises as (head, blobs)."""
    try:
        value = function(**arguments)
    except MemoryError:
        return {"error": {"code": "memory_limit", "type": "MemoryError", "detail": ""}}, {}
    except Exception as error:
        code = str(getattr(error, "code", "") or "")
        detail = str(getattr(error, "detail", "") or error)
        return {"error": {"code": code, "type": type(error).__name__, "detail": detail}}, {}
    value, blobs = value if isinstance(value, tuple) else (value, {})
    return {"value": value}, blobs


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    target, limits = sys.argv[1], json.loads(sys.argv[2])
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # A library that prints must not write into the answers, nor one that reads take a request.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    limit_process(limits["memory_bytes"], limits["output_bytes"])
    function = load(target)
    while (request := read_request(requests)) is not None:
        limit_job(limits["cpu_s"], limits["wall_s"])
        head, blobs = answer(function, request["arguments"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_frame(answers, head, blobs)


if __name__ == "__main__":
    main()
