"""HTTP/1.1 over one socket, kept alive: as lean as a load generator must be that shares its cores
with the server. A request leaves in one piece, as browsers send small ones."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

BODILESS = (204, 304)


class BrokenAnswer(OSError):
    """The other side ended before its answer did, or what came is no HTTP."""


@dataclass(frozen=True)
class Answer:
    """A whole answer; the names of its headers in lower case, in the order they came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The value of the first header of this name; empty without one."""
        return next((value for known, value in self.headers if known == name), "")


class Wire:
    """One connection, opened when it is first needed. Not for two threads at once."""

    def __init__(self, host: str, port: int, *, timeout_s: float):
        self.host, self.port, self.timeout_s = host, port, timeout_s
        self._socket: socket.socket | None = None

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send and wait for the whole answer. Raises OSError, and the connection is closed."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        try:
            self._open().sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            answer = self._read()
        except BaseException:
            self.close()
            raise
        if answer.header("connection").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._file.close()
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            made = socket.create_connection((self.host, self.port), timeout=self.timeout_s)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket, self._file = made, made.makefile("rb")
        return self._socket

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise BrokenAnswer(f"{self.host}:{self.port} ended its answer after {line!r}.")
        return line.rstrip(b"\r\n")

    def _exactly(self, n: int) -> bytes:
        data = self._file.read(n)
        if len(data) < n:
            raise BrokenAnswer(f"{self.host}:{self.port} sent {len(data)} of {n} bytes.")
        return data

    def _read(self) -> Answer:
        protocol, _, rest = self._line().partition(b" ")
        if not protocol.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise BrokenAnswer(f"{self.host}:{self.port} answered {protocol + b' ' + rest!r}.")
        status, headers = int(rest[:3]), []
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name.lower(), value.strip()))
        found = Answer(status, headers, b"")
        return Answer(status, headers, b"" if status in BODILESS else self._body(found))

    def _body(self, head: Answer) -> bytes:
        if head.header("transfer-encoding").lower() == "chunked":
            return b"".join(self._chunks())
        length = head.header("content-length")
        return self._exactly(int(length)) if length else self._file.read()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._line().partition(b";")[0], 16):
            yield self._exactly(size)
            self._line()
        while self._line():  # trailers
            pass
