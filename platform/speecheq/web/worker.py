"""Gunicorn's threaded worker, with the people spread evenly over the processes, and a connection
that stays with its thread while its requests follow each other."""

from __future__ import annotations

import json
import select
import threading
import time
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from speecheq.web.arrival import has_arrived, limit_silence

PER_CONNECTION_S = 0.0003
MOST_S = 0.003
MOST_WITH_HEAD = 64 * 1024  # bytes that are copied to stand behind a head
FOLLOWS_MS = 4  # a page asks for the next clip as soon as its label is stored
ARRIVES_S = 0.02  # head and body leave a client one after the other
SILENCE_S = 30.0  # in the middle of a body
REQUEST_S = 60.0  # from its first byte to its last, where it is short


class _Parts:
    """Takes what a socket would send."""

    def __init__(self) -> None:
        self._sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self._sent.append(data)

    def joined(self) -> bytes:
        return b"".join(self._sent)


class WholeResponse(wsgi.Response):
    """An answer whose head leaves together with the first of its body.

    Gunicorn sends the head alone: a second packet for each short answer, and who waits for it is
    woken twice.
    """

    sock: Any

    def write(self, arg: bytes) -> None:
        """Send a part of the body, and the head before the first."""
        if self.headers_sent or len(arg) > MOST_WITH_HEAD:
            super().write(arg)
            return
        parts = _Parts()
        wire: Any = self.sock
        self.sock = parts
        try:
            super().write(arg)
        finally:
            self.sock = wire
        wire.sendall(parts.joined())


HEAD_TOO_LARGE = (414, 431)


def write_problem(sock: Any, status: int, reason: str, told: str) -> None:
    """The answer to what gunicorn could not read as a request: it never reaches Django."""
    detail = f"The server could not read this request ({reason}). {told}".strip()
    problem: dict[str, Any] = {
        "code": "head_too_large" if status in HEAD_TOO_LARGE else "malformed",
        "detail": detail,
        "errors": [],
    }
    body = json.dumps(problem).encode()
    head = [f"HTTP/1.1 {status} {reason}", "Connection: close", f"Content-Length: {len(body)}"]
    head += ["Content-Type: application/problem+json", "X-Content-Type-Options: nosniff"]
    util.write_nonblock(sock, "\r\n".join([*head, "", ""]).encode("latin-1") + body)


# The threaded worker offers no other way to name them.
wsgi.Response = WholeResponse
util.write_error = write_problem


class EvenWorker(ThreadWorker):
    """The process with the fewest open connections takes a new one.

    All processes wake up for it and, as they come, one may take most of them: browsers keep their
    connections, so some people would wait for each other beside a process that is idle.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        # The other threads are there for those who come meanwhile.
        self._may_stay = threading.Semaphore(max(1, self.cfg.threads // 2))

    def accept(self, listener: Any) -> None:
        """Take a connection that waits, unless a process that has fewer did meanwhile."""
        time.sleep(min(self.nr_conns * PER_CONNECTION_S, MOST_S))
        super().accept(listener)

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow it at once.

        Gunicorn hands a connection to its main thread after each request and takes it back for
        the next: three wake-ups of threads, which cost more than to wait for a moment.
        """
        kept = self._handle_whole(conn)
        while kept is True and self._follows(conn):
            kept = self._handle_whole(conn)
        return kept

    def _handle_whole(self, conn: Any) -> Any:
        """Answer the request that waits; until it is whole the connection waits without a thread.

        Gunicorn reads for as long as a connection lives: a few requests that were cut off on their
        way would take all threads.
        """
        read_ahead = conn.parser is not None and conn.parser.unreader.buf.getvalue()
        if not read_ahead and not has_arrived(conn.sock, within_s=ARRIVES_S):
            return self._later(conn)
        conn.data_ready, conn.asked_since = True, None
        limit_silence(conn.sock, SILENCE_S)
        return super().handle(conn)

    def _later(self, conn: Any) -> Any:
        """Back to the selector, unless the request has been on its way for too long."""
        now = time.monotonic()
        since = getattr(conn, "asked_since", None)
        conn.asked_since = since or now
        return _DEFER if now - conn.asked_since < REQUEST_S else False

    def _follows(self, conn: Any) -> bool:
        """Whether the next request on this connection comes within FOLLOWS_MS."""
        if not self.alive or conn.is_http2 or not self._may_stay.acquire(blocking=False):
            return False
        try:
            ready = select.poll()
            ready.register(conn.sock, select.POLLIN)
            return bool(ready.poll(FOLLOWS_MS))
        finally:
            self._may_stay.release()
