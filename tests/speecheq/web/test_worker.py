"""Gunicorn's threaded worker as we run it: requests that follow each other stay with a thread."""

from __future__ import annotations

import json
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
from gunicorn.workers.gthread import _DEFER, TConn

from speecheq.error_codes import catalogue
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
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=60)
        server, _ = listener.accept()
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


@pytest.fixture
def in_two_parts(worker, line, monkeypatch):
    """A connection whose request came in two parts and was answered; and its client."""
    monkeypatch.setattr(worker_module, "FOLLOWS_MS", 0)
    client, conn = line
    client.sendall(ASK[:20])
    assert worker.handle(conn) is _DEFER
    client.sendall(ASK[20:])
    assert worker.handle(conn) is True
    return client, conn


def test_a_half_sent_request_waits_without_a_thread(in_two_parts):
    client, _conn = in_two_parts
    assert answered(client)


def test_a_request_that_stays_half_is_given_up(worker, line, monkeypatch):
    client, conn = line
    client.sendall(ASK[:20])
    assert worker.handle(conn) is _DEFER
    monkeypatch.setattr(worker_module, "REQUEST_S", 0.0)
    assert worker.handle(conn) is False


def test_each_request_of_a_connection_has_its_own_time(in_two_parts):
    _client, conn = in_two_parts
    assert conn.asked_since is None


@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        (b"GARBAGE\r\n\r\n", 400, "malformed"),
        (b"GET / HTTP/1.1\r\nX: \x7f\r\n\r\n", 400, "malformed"),
        (b"GET /?" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414, "head_too_large"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "head_too_large"),
    ],
)
def test_what_is_no_request_is_told_so_as_a_problem(worker, line, ask, status, code):
    client, conn = line
    client.sendall(ask)
    assert worker.handle(conn) is False
    head, _, body = client.recv(8192).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in head
    problem = json.loads(body)
    assert (problem["code"], problem["errors"]) == (code, [])
    assert code in catalogue()


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
