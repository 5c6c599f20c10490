"""Whether a request has arrived whole, seen without taking anything from its connection.

A request that was cut off on its way (a phone in a tunnel, a laptop that was closed) would hold the
thread that reads it for as long as its connection seems to live: a few of them stop a process.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
import time
from typing import Any

MOST_PEEKED = 32 * 1024  # bytes of head and body that are waited for together
ENDS = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
# Who expects "100 Continue" sends no body before it, and chunks do not say how many there are.
UNSAID = re.compile(rb"\r\n(?:expect|transfer-encoding):", re.IGNORECASE)


def is_whole(seen: bytes) -> bool:
    """Whether `seen`, the first bytes that wait to be read, can be read without waiting for more.

    A body that is too large to be waited for counts as there: whoever reads it limits the time.
    """
    head = seen.find(ENDS)
    if head < 0:
        return len(seen) >= MOST_PEEKED  # too long: it is refused as it is read
    fields = seen[: head + 2]
    length = LENGTH.search(fields)
    if length is None or UNSAID.search(fields):
        return True
    wanted = head + len(ENDS) + int(length[1])
    return wanted > MOST_PEEKED or len(seen) >= wanted


def has_arrived(sock: Any, *, within_s: float) -> bool:
    """Whether the request on `sock` arrives whole within `within_s`.

    Where it does not, the socket counts as readable only once more of it has come, and may be given
    to a selector. A connection that has ended, or is broken, counts as arrived: reading tells it.
    """
    until = time.monotonic() + within_s
    before = -1
    while (seen := _peeked(sock)) is not None and not is_whole(seen) and len(seen) > before:
        before = len(seen)
        readable_at(sock, before + 1)
        if not _readable(sock, until - time.monotonic()):
            return False
    readable_at(sock, 1)
    return True


def readable_at(sock: Any, count: int) -> None:
    """Let `sock` count as readable from `count` bytes on."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)


def limit_silence(sock: Any, silence_s: float) -> None:
    """Let reading fail where nothing comes for so long. Sending may take its time."""
    limit = struct.pack("@ll", int(silence_s), 0)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def _readable(sock: Any, within_s: float) -> bool:
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(max(0.0, within_s) * 1000))


def _peeked(sock: Any) -> bytes | None:
    """What waits to be read; None where nothing more will come."""
    try:
        seen: bytes = sock.recv(MOST_PEEKED, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""
    except OSError:
        return None
    return seen or None
