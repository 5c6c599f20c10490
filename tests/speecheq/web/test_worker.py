"""Gunicorn's threaded worker as we run it: requests that follow each other stay with a thread."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from speecheq.web import worker as worker_module
from speecheq.web.worker import EvenWorker

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
