"""A large body, read piece by piece: never whole in memory, and nobody waits while it comes."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest

from speecheq.errors import Malformed
from speecheq.sentences import say
from speecheq.web.gate import step_out

BLOCK = 64 * 1024
SILENCE_S = 30.0  # a client that says nothing for so long is gone, whatever its connection says


class LengthMissing(Malformed):
    """A body without a length cannot be bounded before it is read."""

    status, code = 411, "length_missing"


def announced_length(request: HttpRequest) -> int:
    """How many bytes the body has, by its header. Raises LengthMissing."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text.isdecimal():
        raise LengthMissing(say("Say with Content-Length how many bytes the body has."))
    return int(text)


def blocks(request: HttpRequest, length: int) -> Iterator[bytes]:
    """The body in blocks of at most 64 KiB, `length` bytes in all.

    Ends early when the client has gone, or has been silent for SILENCE_S: whoever reads counts what
    came. The request leaves its process to others while it waits.
    """
    step_out(request.META)
    socket = request.META.get("gunicorn.socket")
    if socket is not None:
        socket.settimeout(SILENCE_S)
    left = length
    while left > 0:
        try:
            part = request.read(min(left, BLOCK))
        except OSError:
            return  # the time limit stays: what reads the rest shall not wait either
        if not part:
            return
        left -= len(part)
        yield part
    if socket is not None:
        socket.settimeout(None)
