"""Whether a request has come whole, on real connections."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest

from speecheq.web.arrival import MOST_PEEKED, has_arrived, is_whole, limit_silence

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\ncontent-LENGTH: 4\r\n\r\n"


@pytest.mark.parametrize(
    ("seen", "whole"),
    [
        (b"", False),
        (GET[:-1], False),
        (GET, True),
        (POST, False),
        (POST + b'{"a', False),
        (POST + b"{   }", True),
        (POST.replace(b"4", b"0"), True),
        (POST.replace(b"Host", b"Expect") + b"{", True),
        (POST.replace(b"content-LENGTH: 4", b"Transfer-Encoding: chunked"), True),
        (POST.replace(b"4", b"%d" % MOST_PEEKED), True),  # whoever reads it limits the time
        (POST.replace(b"4", b"four"), True),  # refused as it is read
        (b"a" * MOST_PEEKED, True),
    ],
)
def test_a_request_is_whole_once_it_can_be_read_without_waiting(seen, whole):
    assert is_whole(seen) is whole


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client's end and the server's, over TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    yield client, server
    client.close()
    server.close()


def readable(sock: socket.socket, within_s: float) -> bool:
    return bool(select.select([sock], [], [], within_s)[0])


def test_a_half_sent_request_has_not_arrived_and_wakes_nobody(line):
    client, server = line
    client.sendall(POST)
    assert readable(server, 60)
    assert not has_arrived(server, within_s=0)
    assert not readable(server, 0), "what was seen already would be looked at again and again"


def test_more_of_it_wakes_who_waits_and_nothing_was_taken(line):
    client, server = line
    client.sendall(POST)
    assert readable(server, 60)
    assert not has_arrived(server, within_s=0)
    client.sendall(b"{  }")
    assert readable(server, 60)
    assert has_arrived(server, within_s=60)
    assert server.recv(MOST_PEEKED) == POST + b"{  }"


def test_a_body_right_behind_its_head_is_waited_for(line):
    client, server = line
    client.sendall(POST[:10])
    assert readable(server, 60)
    client.sendall(POST[10:])
    client.sendall(b"{  }")
    assert has_arrived(server, within_s=60)
    client.sendall(b"a")
    server.recv(len(POST) + 4)
    assert server.recv(1) == b"a"  # one byte is enough again


def test_a_connection_that_ended_is_left_to_who_reads(line):
    client, server = line
    client.sendall(POST)
    assert readable(server, 60)
    assert not has_arrived(server, within_s=0)
    client.close()
    assert readable(server, 60)
    assert has_arrived(server, within_s=60)


def test_reading_ends_where_nothing_comes(line):
    _, server = line
    limit_silence(server, 1)
    with pytest.raises(BlockingIOError):
        server.recv(1)
