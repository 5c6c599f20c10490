"""Everything that can cut an upload off, and what is there then."""

from __future__ import annotations

from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from django.conf import settings

from annotation.services.recording import uploads
from speecheq.roles import Role
from tests import factories
from tests.annotation.services.test_queue_concurrency import at_once
from tests.tus_client import (
    WHOLE,
    Cut,
    b64,
    begin,
    offset_of,
    on_disk,
    patch,
    sha256,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def cut(content: bytes, promised: int) -> dict:
    return {"CONTENT_LENGTH": str(promised), "wsgi.input": Cut(content)}


def test_a_piece_cut_off_midway_keeps_what_arrived(api):
    address = begin(api)
    patch(api, address, b"", **cut(WHOLE[:3000], len(WHOLE)))
    assert offset_of(api, address) == 3000
    assert patch(api, address, WHOLE[3000:], offset=3000).status_code == 204
    assert on_disk(address) == WHOLE


def test_a_piece_with_a_hash_that_is_cut_off_is_not_counted(api):
    address = begin(api)
    checksum = f"sha256 {b64(sha256(WHOLE))}"
    patch(api, address, b"", HTTP_UPLOAD_CHECKSUM=checksum, **cut(WHOLE[:3000], len(WHOLE)))
    assert (offset_of(api, address), on_disk(address)) == (0, b"")


def test_bytes_that_a_killed_process_did_not_live_to_count_are_none(api):
    address = begin(api)
    patch(api, address, WHOLE[:1000])
    path = Path(settings.SPEECHEQ_UPLOADS) / f"{address.split('/')[-2]}.part"
    path.write_bytes(WHOLE[:1000] + b"x" * 20_000)
    assert offset_of(api, address) == 1000
    assert patch(api, address, WHOLE[1000:], offset=1000).status_code == 204
    assert on_disk(address) == WHOLE


def test_a_row_that_cannot_be_written_counts_nothing(api, monkeypatch):
    address = begin(api)

    def broken(*_args, **_more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(uploads, "_count", broken)
        assert patch(api, address, WHOLE[:5000]).status_code == 507
    assert (offset_of(api, address), on_disk(address)) == (0, b"")


@pytest.mark.parametrize("left", [None, WHOLE[:500]], ids=["no file", "a part"])
def test_an_upload_whose_bytes_are_lost_is_told_so_and_begun_anew(api, left):
    address = begin(api)
    patch(api, address, WHOLE[:1000])
    path = Path(settings.SPEECHEQ_UPLOADS) / f"{address.split('/')[-2]}.part"
    path.unlink() if left is None else path.write_bytes(left)
    assert api.head(address, HTTP_TUS_RESUMABLE="1.0.0").status_code == 404
    answer = patch(api, address, WHOLE[1000:], offset=1000)
    assert (answer.status_code, answer.json()["code"]) == (404, "upload_unknown")


def test_a_full_disk_is_507_and_counts_nothing_of_the_piece(api, monkeypatch):
    address = begin(api)
    patch(api, address, WHOLE[:1000])

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(uploads.os, "fsync", full)
        answer = patch(api, address, WHOLE[1000:], offset=1000)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert (offset_of(api, address), on_disk(address)) == (1000, WHOLE[:1000])
    assert patch(api, address, WHOLE[1000:], offset=1000).status_code == 204


def test_while_one_writes_another_waits_its_turn(api):
    address = begin(api)
    with (Path(settings.SPEECHEQ_UPLOADS) / f"{address.split('/')[-2]}.part").open("r+b") as file:
        flock(file, LOCK_EX)
        answer = patch(api, address, WHOLE)
        assert (answer.status_code, answer.json()["code"]) == (423, "upload_locked")
        assert api.delete(address, HTTP_TUS_RESUMABLE="1.0.0").status_code == 423
    assert patch(api, address, WHOLE).status_code == 204


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_who_send_the_same_piece_one_wins():
    operator = factories.member(factories.CorpusFactory(), Role.SESSION_OPERATOR)
    api = factories.client(operator)
    address = begin(api)
    clients = [factories.client(operator) for _ in range(8)]
    answers = at_once(lambda one: patch(one, address, WHOLE[:5000]).status_code, clients)
    assert answers.count(204) == 1
    assert set(answers) <= {204, 409, 423}
    assert (offset_of(api, address), on_disk(address)) == (5000, WHOLE[:5000])
