"""The benchmark's HTTP: answers of every length, and those that break off."""

from __future__ import annotations

import socket
import threading

import pytest

from benchmarks.labelling.wire import BrokenAnswer, Wire


@pytest.fixture
def answering():
    """A wire to a server that sends these bytes to each connection and ends it; what it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def serve(said: bytes) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                received.append(connection.recv(65536))
                connection.sendall(said)

    def start(said: bytes) -> tuple[Wire, list[bytes]]:
        threading.Thread(target=serve, args=(said,), daemon=True).start()
        return Wire("127.0.0.1", listener.getsockname()[1], timeout_s=60), received

    yield start
    listener.close()


HEAD = b"HTTP/1.1 200 OK\r\nA: one\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        b"\r\nhello",  # until it ends
    ],
)
def test_a_body_is_read_whole_however_its_length_is_told(answering, rest):
    wire, _ = answering(HEAD + rest)
    answer = wire.request("GET", "/", {}, b"")
    assert (answer.status, answer.body, answer.header("a")) == (200, b"hello", "one")
    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=1", "b=2"]


def test_an_answer_without_a_body_is_not_waited_for(answering):
    wire, _ = answering(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert wire.request("GET", "/", {}, b"").body == b""


def test_a_request_leaves_in_one_piece(answering):
    wire, received = answering(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    wire.request("POST", "/a/", {"X-A": "b"}, b"{}")
    host = f"Host: 127.0.0.1:{wire.port}".encode()
    assert received == [
        b"POST /a/ HTTP/1.1\r\n" + host + b"\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}"
    ]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 O",
        b"SSH-2.0-x\r\n\r\n",
        HEAD,
        HEAD + b"Content-Length: 6\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
def test_an_answer_that_breaks_off_is_an_error_and_the_next_begins_afresh(answering, said):
    wire, received = answering(said)
    for _ in range(2):
        with pytest.raises(BrokenAnswer):
            wire.request("GET", "/", {}, b"")
    assert len(received) == 2


def test_a_connection_that_the_server_closes_is_opened_again(answering):
    wire, received = answering(HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n")
    for _ in range(2):
        assert wire.request("GET", "/", {}, b"").status == 200
    assert len(received) == 2
