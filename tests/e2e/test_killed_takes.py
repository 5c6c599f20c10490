"""Takes while web processes are killed: whatever is cut off, sent again each take is there once."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests import recording
from tests.support.processes import PATIENCE_S, named, running, tree, wait_until

pytestmark = [pytest.mark.e2e]

RATE_HZ = 16_000
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {"Content-Type": "application/offset+octet-stream"}
PIECE_BYTES = 12_000
CLIENTS, TAKES, ROUNDS = 4, 6, 5
SEED = """
from tests import factories, recording
session = recording.session()
name = f"boss-of-{session.public_id}"
boss = factories.member(session.corpus, "data_manager", username=name)
prompts = [place.prompt.public_id for place in session.places.all()]
print(session.public_id, factories.token(boss), *prompts)
"""
# Whoever would write to the session waits for this: on SQLite everybody who writes.
HOLD = """
import pathlib, time
from django.db import transaction
from annotation.models import Session, Upload
folder = pathlib.Path({folder!r})
with transaction.atomic():
    list(Session.objects.select_for_update().filter(public_id={session!r}))
    list(Upload.objects.select_for_update())
    (folder / "held").touch()
    while not (folder / "let-go").exists():
        time.sleep(0.01)
"""
# A file that nobody names goes when it is old enough.
CLEAN = """
import os, pathlib, time
from django.conf import settings
from annotation.services.recording import leftovers
for folder in (pathlib.Path(settings.MEDIA_ROOT, "takes"), pathlib.Path(settings.SPEECHEQ_UPLOADS)):
    for path in folder.rglob("*.*"):
        os.utime(path, (time.time() - 31 * 86400,) * 2)
print(leftovers.remove_orphan_takes(), leftovers.remove_expired_uploads())
"""
STORED = """
from annotation.models import Take
for take in Take.objects.filter(session__public_id={session!r}):
    print(take.file.name, take.sha256)
"""


def sound(seed: int) -> bytes:
    return recording.wav(recording.speech(1.2, seed=seed, rate_hz=RATE_HZ), rate_hz=RATE_HZ)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Place:
    """A session on a served platform, and a client that records in it."""

    def __init__(self, server):
        self.server = server
        self.session, token, *self.prompts = server.run(SEED).split()
        headers = {"Authorization": f"Bearer {token}"}
        self.api = httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S)
        self.lost = 0  # requests that were never answered
        self.takes()  # the first use of a token is written down, which would wait

    def post_take(self, content: bytes, prompt: str) -> httpx.Response:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        path = f"/api/v1/sessions/{self.session}/takes/?prompt={prompt}"
        told = {"Content-Type": "audio/wav", "Content-Digest": f"sha-256=:{digest}:"}
        return self.api.post(path, headers=told, content=content)

    def begin(self, content: bytes) -> str:
        metadata = f"sha256 {base64.b64encode(sha256(content).encode()).decode()}"
        told = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata}
        answer = self.api.post("/api/v1/uploads/", headers=TUS | told)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def offset(self, address: str) -> int:
        return int(self.api.head(address, headers=TUS).headers["Upload-Offset"])

    def append(self, address: str, content: bytes, at: int) -> httpx.Response:
        piece = content[at : at + PIECE_BYTES]
        told = TUS | PIECE | {"Upload-Offset": str(at)}
        return self.api.patch(address, headers=told, content=piece)

    def place_upload(self, address: str, prompt: str) -> httpx.Response:
        body = {"upload": address.split("/")[-2], "prompt": prompt}
        return self.api.post(f"/api/v1/sessions/{self.session}/takes/", json=body)

    def again(self, ask: Callable[[], Any]) -> Any:
        """Ask until there is an answer."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return ask()
            except httpx.TransportError:
                self.lost += 1
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def deliver(self, content: bytes, prompt: str) -> None:
        """In one request, until the server says that it has it."""
        answer = self.again(lambda: self.post_take(content, prompt))
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["sha256"] == sha256(content)

    def deliver_in_pieces(self, content: bytes, prompt: str) -> None:
        """As a tus client does: after each cut it asks how much is there."""
        address = self.again(lambda: self.begin(content))
        while (at := self.again(lambda: self.offset(address))) < len(content):
            assert self.again(lambda: self.append(address, content, at)).status_code in (
                204,
                409,
                423,
            )
        answer = self.again(lambda: self.place_upload(address, prompt))
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["sha256"] == sha256(content)

    # --- what there is ---------------------------------------------------------------------

    def takes(self) -> list[dict]:
        rows, path = [], f"/api/v1/sessions/{self.session}/takes/"
        while path:
            page = self.api.get(path).json()
            rows += page["results"]
            path = page["next"]
        return rows

    def files(self) -> list[str]:
        """Hashes of all stored files of takes, whether or not a row names them."""
        found = (self.server.home / "media" / "takes").rglob("*.wav")
        return sorted(sha256(path.read_bytes()) for path in found)

    def named_files(self) -> list[str]:
        """Hashes of the files that rows of the session name, as they are now."""
        rows = [
            line.split()
            for line in self.server.run(STORED.format(session=self.session)).splitlines()
        ]
        folder = self.server.home / "media"
        assert all(sha256((folder / name).read_bytes()) == told for name, told in rows)
        return sorted(told for _name, told in rows)


@pytest.fixture
def place(server) -> Iterator[Place]:
    made = Place(server)
    with contextlib.closing(made.api):
        yield made


def web(server) -> list[psutil.Process]:
    """Gunicorn's processes, the one that starts the others first."""
    return named(tree(server.talker.process.pid), "gunicorn")


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(lambda: not running(processes), "they are gone")


@contextlib.contextmanager
def nobody_writes(server, place: Place, folder: Path) -> Iterator[None]:
    """While this lasts, a request can store a file and cannot commit its row."""
    code = HOLD.format(folder=str(folder), session=place.session)
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(server.run, code)
        try:
            wait_until(lambda: holding.done() or (folder / "held").exists(), "the lock is held")
            yield
        finally:
            (folder / "let-go").touch()
            holding.result()


def cut_off(
    server, place: Place, folder: Path, ask, reached: Callable[[], bool], *, all_of_it: bool = False
) -> None:
    """Ask, and kill every web process once `reached`, before anything can be committed; with
    `all_of_it` also the one that would start others, so that the supervisor has to."""
    with nobody_writes(server, place, folder), ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        wait_until(lambda: reached() or asking.done(), "the file is there")
        kill(web(server) if all_of_it else web(server)[1:])
        with pytest.raises(httpx.TransportError):
            asking.result()
    wait_until(lambda: is_live(server), "the web process is back")


def is_live(server) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{server.url}/health/live").status_code == 200
    return False


def test_a_kill_between_the_file_of_a_take_and_its_row_leaves_nothing_for_ever(
    server, place, tmp_path
):
    content, prompt = sound(1), place.prompts[0]
    cut_off(
        server,
        place,
        tmp_path,
        lambda: place.post_take(content, prompt),
        lambda: sha256(content) in place.files(),  # and not a part of it
        all_of_it=True,
    )
    assert place.takes() == []
    assert place.files().count(sha256(content)) == 1  # without a row
    place.deliver(content, prompt)
    place.deliver(content, prompt)
    assert [take["sha256"] for take in place.takes()] == [sha256(content)]
    assert place.files().count(sha256(content)) == 2
    server.run(CLEAN)
    assert place.files().count(sha256(content)) == 1
    assert place.named_files() == [sha256(content)]
    assert list((server.home / "uploads").glob("*.incoming")) == []


def test_a_kill_between_a_piece_and_its_count_costs_that_piece_at_most(server, place, tmp_path):
    content, prompt = sound(2), place.prompts[0]
    address = place.begin(content)
    assert place.append(address, content, 0).status_code == 204
    part = server.home / "uploads" / f"{address.split('/')[-2]}.part"
    cut_off(
        server,
        place,
        tmp_path,
        lambda: place.append(address, content, PIECE_BYTES),
        lambda: part.stat().st_size == 2 * PIECE_BYTES,
    )
    assert place.offset(address) == PIECE_BYTES
    assert part.stat().st_size == 2 * PIECE_BYTES
    while (at := place.offset(address)) < len(content):
        place.append(address, content, at)
    assert place.place_upload(address, prompt).status_code == 201
    assert place.named_files() == [sha256(content)]


def test_of_takes_sent_while_web_processes_are_killed_each_is_there_once(server, place):
    sent = [[sound(100 + TAKES * c + n) for n in range(TAKES)] for c in range(CLIENTS)]
    over = threading.Event()

    def record(client: int) -> None:
        """Each take, and those that are there already once more while processes are killed."""
        deliver = place.deliver_in_pieces if client % 2 else place.deliver
        try:
            for n in itertools.count():
                if n >= TAKES and over.is_set():
                    break
                deliver(sent[client][n % TAKES], place.prompts[n % 2])
        finally:
            over.set()

    def murder() -> int:
        moments, kills = random.Random(4), 0
        try:
            while not over.wait(moments.uniform(0.05, 0.4)):
                kill(web(server)[1:])
                kills += 1
                if kills >= ROUNDS and place.lost:
                    break
                # Who waits outside loses nothing: somebody has to be let in before the next one.
                wait_until(lambda: is_live(server), "somebody is answered")
        finally:
            over.set()
        return kills

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        killing = pool.submit(murder)
        clients = [pool.submit(record, n) for n in range(CLIENTS)]
        for client in clients:
            client.result()
        kills = killing.result()
    every = sorted(sha256(content) for mine in sent for content in mine)
    print(f"{len(every)} takes through {kills} kills, {place.lost} requests without an answer")
    assert kills >= ROUNDS
    assert place.lost > 0
    assert sorted(take["sha256"] for take in place.takes()) == every
    assert place.named_files() == every
    server.run(CLEAN)
    assert [one for one in place.files() if one in every] == every
