"""Large bodies piece by piece, from clients that stop in the middle."""

from __future__ import annotations

import socket

import pytest
from django.core.handlers.wsgi import WSGIRequest

from speecheq import bodies


class Line:
    """A client's connection: gives its parts one after the other, then raises or ends."""

    def __init__(self, *parts: bytes, breaks: bool = False):
        self.parts = list(parts)
        self.breaks = breaks

    def readline(self, size: int = -1) -> bytes:
        raise NotImplementedError  # Django asks that there is one

    def read(self, size: int) -> bytes:
        if self.parts:
            part = self.parts.pop(0)
            assert len(part) <= size
            return part
        if self.breaks:
            raise TimeoutError
        return b""


def request(line: Line, length: str = "10", **more) -> WSGIRequest:
    environ = {"REQUEST_METHOD": "PATCH", "CONTENT_LENGTH": length, "wsgi.input": line}
    return WSGIRequest({**environ, **more})


def test_a_body_comes_as_it_was_sent():
    assert b"".join(bodies.blocks(request(Line(b"01234", b"56789")), 10)) == b"0123456789"


@pytest.mark.parametrize("breaks", [True, False])
def test_a_client_that_goes_leaves_what_it_had_sent(breaks):
    line = Line(b"0123", breaks=breaks)
    assert b"".join(bodies.blocks(request(line), 10)) == b"0123"


def test_a_silent_client_is_waited_for_only_so_long():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sent = request(Line(b"0123456789"), **{"gunicorn.socket": ours})
        reading = bodies.blocks(sent, 10)
        next(reading)
        assert ours.gettimeout() == bodies.SILENCE_S
        assert list(reading) == []
        assert ours.gettimeout() is None


def test_one_that_broke_off_is_not_waited_for_while_the_rest_is_drained():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        list(bodies.blocks(request(Line(b"0", breaks=True), **{"gunicorn.socket": ours}), 10))
        assert ours.gettimeout() == bodies.SILENCE_S


@pytest.mark.parametrize("length", ["", "many", "-1"])
def test_a_body_without_a_length_is_refused(length):
    with pytest.raises(bodies.LengthMissing):
        bodies.announced_length(request(Line(), length))
