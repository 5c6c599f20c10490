"""Takes and uploads over a line that is slow or breaks, against the real web processes."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import select
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests import recording
from tests.support.processes import PATIENCE_S, wait_until

pytestmark = [pytest.mark.e2e]

SOUND = recording.wav(recording.speech(2.6))
SLOW_LINES = 6  # more than there are web processes
CUT_OFF = 60  # more than all their threads
HALF = len(SOUND) // 2
CALLS = 20
LOCKED = 423
TUS = {"Tus-Resumable": "1.0.0"}
SEED = """
from tests import factories, recording
session = recording.session()
boss = factories.member(session.corpus, "data_manager", username="boss-of-a-bad-line")
prompt = session.places.first().prompt
print(session.public_id, prompt.public_id, factories.token(boss))
"""


class Line:
    """A client that says what it wants, byte by byte if need be."""

    def __init__(self, base: str, token: str):
        where = urlsplit(base)
        self.socket = socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S)
        self.token = token

    def ask(self, method: str, path: str, length: int, **headers: str) -> None:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Authorization: Bearer {self.token}", "Connection: close", "", ""]
        self.socket.sendall("\r\n".join(lines).encode())

    def status(self) -> int:
        with self.socket.makefile("rb") as answer:
            return int(answer.readline().split()[1])

    def cut(self) -> None:
        self.socket.close()


@pytest.fixture(scope="module")
def place(server):
    """Ids of a session and a prompt, and a token of its data manager."""
    return server.run(SEED).split()[-3:]


@pytest.fixture
def api(server, place) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {place[2]}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S) as client:
        yield client


def begin(api) -> str:
    answer = api.post("/api/v1/uploads/", headers={**TUS, "Upload-Length": str(len(SOUND))})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def offset(api, address: str) -> int:
    return int(api.head(address, headers=TUS).headers["Upload-Offset"])


def part_of(server, address: str) -> int:
    """Bytes of this upload that a web process wrote down, counted or not."""
    return int((server.home / "uploads" / f"{address.split('/')[-2]}.part").stat().st_size)


def sending(server, token: str, address: str) -> Line:
    """A line on which SOUND was announced."""
    line = Line(server.url, token)
    line.ask(
        "PATCH",
        address,
        len(SOUND),
        Tus_Resumable="1.0.0",
        Upload_Offset="0",
        Content_Type="application/offset+octet-stream",
    )
    return line


def test_slow_uploads_in_every_process_hold_nobody_up(server, place, api):
    """Everybody is answered, whichever process they come to, before one of the uploads ends."""
    addresses = [begin(api) for _ in range(SLOW_LINES)]
    with contextlib.ExitStack() as lines:
        slow = [sending(server, place[2], each) for each in addresses]
        for line in slow:
            lines.callback(line.cut)
            line.socket.sendall(SOUND[:HALF])
        for each in addresses:
            wait_until(lambda each=each: part_of(server, each), "a process reads from each line")
        for n in range(CALLS):
            me = httpx.get(f"{server.url}/api/v1/me/", headers=api.headers, timeout=PATIENCE_S)
            assert me.status_code == 200
            for line in slow:
                line.socket.sendall(SOUND[HALF + n : HALF + n + 1])
        assert select.select([line.socket for line in slow], [], [], 0)[0] == []
        for line in slow:
            line.socket.sendall(SOUND[HALF + CALLS :])
        assert [line.status() for line in slow] == [204] * SLOW_LINES


@pytest.mark.parametrize("sent", ["", "POST /api/v1/tokens/ HTTP/1.1\r\nHost: loc", None])
def test_requests_that_never_come_whole_hold_nobody_up(server, place, api, sent):
    """Phones in a tunnel: silent, cut off in the head, or in the body (None)."""
    with contextlib.ExitStack() as lines:
        for _ in range(CUT_OFF):
            line = Line(server.url, place[2])
            lines.callback(line.cut)
            if sent is None:
                line.ask("POST", "/api/v1/tokens/", 100, Content_Type="application/json")
            line.socket.sendall((sent or "{").encode() if sent != "" else b"")
        assert [api.get("/api/v1/me/").status_code for _ in range(CALLS)] == [200] * CALLS


def test_a_request_cut_off_and_then_ended_is_answered(server, place):
    line = Line(server.url, place[2])
    line.ask("POST", "/api/v1/tokens/", 2, Content_Type="application/json")
    line.socket.sendall(b"{")
    line.socket.sendall(b"}")
    assert line.status() == 400  # without a name


def test_json_in_chunks_is_read(server, place, api):
    body = iter([b'{"name": ', b'""}'])
    answer = api.post("/api/v1/tokens/", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert {each["field"]: each["code"] for each in answer.json()["errors"]}["name"] == "blank"


def test_a_line_that_breaks_keeps_what_arrived_and_the_take_comes_whole(server, place, api):
    session, prompt, token = place
    address = begin(api)
    line = sending(server, token, address)
    line.socket.sendall(SOUND[:100_000])
    wait_until(lambda: part_of(server, address), "some of it arrived")
    line.cut()
    wait_until(lambda: offset(api, address) > 0, "what arrived is counted")
    arrived = offset(api, address)
    assert arrived <= 100_000
    rest = {"Upload-Offset": str(arrived), "Content-Type": "application/offset+octet-stream"}
    answers: list[int] = []

    def is_decided() -> bool:
        """The request that broke off may hold its file for a moment more."""
        answers.append(api.patch(address, headers=TUS | rest, content=SOUND[arrived:]).status_code)
        return answers[-1] != LOCKED

    wait_until(is_decided, "the upload is free")
    assert answers[-1] == 204
    body = {"upload": address.split("/")[-2], "prompt": prompt}
    take = api.post(f"/api/v1/sessions/{session}/takes/", json=body).json()
    assert take["sha256"] == hashlib.sha256(SOUND).hexdigest()
    assert api.get(f"/api/v1/takes/{take['id']}/audio/").content == SOUND


def test_a_take_whose_line_breaks_is_no_take_and_is_sent_again(server, place, api):
    session, prompt, token = place
    content = recording.wav(recording.speech(2.6, seed=7))
    told = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
    path = f"/api/v1/sessions/{session}/takes/?prompt={prompt}"
    before = len(api.get(f"/api/v1/sessions/{session}/takes/").json()["results"])
    line = Line(server.url, token)
    line.ask("POST", path, len(content), Content_Type="audio/wav", Content_Digest=told)
    line.socket.sendall(content[:50_000])
    line.cut()
    headers = {"Content-Type": "audio/wav", "Content-Digest": told}
    barrier = threading.Barrier(4)

    def send(_n: int) -> int:
        barrier.wait()
        return api.post(path, headers=headers, content=content).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [200, 200, 200, 201]
    assert len(api.get(f"/api/v1/sessions/{session}/takes/").json()["results"]) == before + 1
