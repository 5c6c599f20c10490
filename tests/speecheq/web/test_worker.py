"""Gunicorn's threaded worker as we run it: requests that follow each other stay with a thread."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import TConn

from speecheq.web import worker as worker_module
from speecheq.web.worker import EvenWorker, WholeResponse

ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def worker(monkeypatch) -> EvenWorker:
    # Long enough that a busy machine is no reason to fail, as what follows ends the waiting.
    monkeypatch.setattr(worker_module, "FOLLOWS_MS", 60_000)
    config = Config()
    config.set("threads", 2)
    made = EvenWorker(1, os.getpid(), [], None, 30, config, Logger(config))
    made.wsgi = application
    return made


@pytest.fixture
def line(worker) -> Iterator[tuple[socket.socket, TConn]]:
    """A client's socket, and the connection at the server's end."""
    client, server = socket.socketpair()
    client.settimeout(60)
    here = ("127.0.0.1", 80)
    yield client, TConn(worker.cfg, server, here, here)
    client.close()
    server.close()


def answered(client: socket.socket) -> bool:
    told = b""
    while not told.endswith(b"\r\n\r\nok"):
        told += client.recv(4096)
    return told.startswith(b"HTTP/1.1 200")


def test_requests_that_follow_each_other_are_answered_by_one_thread(worker, line):
    client, conn = line
    client.sendall(ASK)
    kept: list[Any] = []
    thread = threading.Thread(target=lambda: kept.append(worker.handle(conn)))
    thread.start()
    for _ in range(3):
        assert answered(client)
        client.sendall(ASK)
    assert answered(client)
    assert not kept, "the connection was handed back between requests"
    client.sendall(LAST)
    thread.join(60)
    assert kept == [False]


def test_a_connection_that_falls_silent_is_handed_back(worker, line, monkeypatch):
    monkeypatch.setattr(worker_module, "FOLLOWS_MS", 0)
    client, conn = line
    client.sendall(ASK)
    assert worker.handle(conn) is True
    assert answered(client)


def test_only_half_of_the_threads_wait_for_what_follows(worker, line):
    client, conn = line
    assert worker._may_stay.acquire(blocking=False)  # the other one of two threads waits already
    client.sendall(ASK)
    assert worker.handle(conn) is True
    assert answered(client)


def test_a_worker_that_ends_waits_for_nothing(worker, line):
    client, conn = line
    worker.alive = False
    client.sendall(ASK)
    assert worker.handle(conn) in (True, False)
    assert answered(client)


class Wire:
    """A socket that keeps what is sent, each part for itself."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)


def response(*headers: tuple[str, str], method: str = "GET") -> tuple[WholeResponse, Wire]:
    wire = Wire()
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    made = WholeResponse(request, wire, Config())
    made.start_response("200 OK", list(headers))
    return made, wire


def test_a_short_answer_leaves_in_one_piece():
    made, wire = response(("Content-Length", "2"))
    made.write(b"ok")
    made.close()
    assert len(wire.sent) == 1
    assert wire.sent[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert wire.sent[0].endswith(b"\r\n\r\nok")


def test_further_parts_follow_the_head_in_their_order():
    made, wire = response(("Content-Length", "6"))
    for part in (b"ab", b"cd", b"ef"):
        made.write(part)
    assert len(wire.sent) == 3
    assert b"".join(wire.sent).partition(b"\r\n\r\n")[2] == b"abcdef"


def test_chunks_are_framed_as_before():
    made, wire = response()
    made.write(b"ab")
    made.write(b"c")
    made.close()
    assert b"".join(wire.sent).partition(b"\r\n\r\n")[2] == b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"


def test_a_large_part_is_not_copied(monkeypatch):
    monkeypatch.setattr(worker_module, "MOST_WITH_HEAD", 3)
    made, wire = response(("Content-Length", "4"))
    made.write(b"long")
    assert wire.sent[1] == b"long"


def test_an_answer_without_a_body_sends_its_head_only():
    made, wire = response(("Content-Length", "2"), method="HEAD")
    made.write(b"")
    made.close()
    assert len(wire.sent) == 1
    assert wire.sent[0].endswith(b"\r\n\r\n")


def test_a_head_that_cannot_be_sent_leaves_the_socket_as_it_was():
    made, wire = response(("Content-Length", "2"))
    with pytest.raises(TypeError):
        made.write("text")
    assert made.sock is wire
    assert wire.sent == []


def test_the_worker_answers_with_whole_responses(worker, line):
    client, conn = line
    client.sendall(LAST)
    worker.handle(conn)
    assert client.recv(65536).endswith(b"ok")
    assert wsgi.Response is WholeResponse
