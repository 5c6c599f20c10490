"""Uploads as a tus client makes them, and everything that can cut one off."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import time
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from annotation.models import Take, Upload
from annotation.services.recording import leftovers, takes, uploads
from speecheq.roles import Role
from tests import factories, recording
from tests.annotation.api.recording.test_takes import by_link
from tests.annotation.services.test_queue_concurrency import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIST = "/api/v1/uploads/"
PIECE = "application/offset+octet-stream"
WHOLE = bytes(range(256)) * 40
N_BYTES = len(WHOLE)


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


@pytest.fixture
def operator(corpus):
    return factories.member(corpus, Role.SESSION_OPERATOR)


@pytest.fixture
def api(operator):
    return factories.client(operator)


def b64(content: bytes | str) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return base64.b64encode(raw).decode()


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def create(api, length=N_BYTES, **headers):
    headers = {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": str(length), **headers}
    return api.post(LIST, **{name: value for name, value in headers.items() if value is not None})


def begin(api, length=N_BYTES, **metadata):
    """The address of a new upload."""
    pairs = ",".join(f"{name} {b64(text)}" for name, text in metadata.items())
    answer = create(api, length, HTTP_UPLOAD_METADATA=pairs)
    assert answer.status_code == 201, answer.json()
    return answer.headers["Location"]


def patch(api, address, content, *, offset=0, **headers):
    given = {
        "HTTP_TUS_RESUMABLE": "1.0.0",
        "HTTP_UPLOAD_OFFSET": str(offset),
        "content_type": PIECE,
        **headers,
    }
    return api.generic("PATCH", address, content, **given)


def offset_of(api, address) -> int:
    answer = api.head(address, HTTP_TUS_RESUMABLE="1.0.0")
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def on_disk(address) -> bytes:
    return (Path(settings.SPEECHEQ_UPLOADS) / f"{address.split('/')[-2]}.part").read_bytes()


class Cut(io.BytesIO):
    """A connection that breaks after `n` bytes."""

    def read(self, size=-1):
        part = super().read(size)
        if not part:
            raise OSError("The client has gone.")
        return part


# --- the protocol ------------------------------------------------------------------------------


def test_options_tell_what_is_spoken(api):
    answer = api.options(LIST)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(settings.SPEECHEQ_UPLOAD_MAX_BYTES)
    assert answer.headers["Tus-Extension"] == "creation,checksum,expiration,termination"
    assert "sha256" in answer.headers["Tus-Checksum-Algorithm"]


def test_a_file_comes_in_pieces(api):
    address = begin(api, filename="会话.wav")
    for start in range(0, len(WHOLE), 4000):
        piece = WHOLE[start : start + 4000]
        answer = patch(api, address, piece, offset=start)
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(start + len(piece))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert "Upload-Expires" in answer.headers
    told = api.get(address).json()
    assert (told["state"], told["offset"], told["name"]) == ("complete", len(WHOLE), "会话.wav")
    assert on_disk(address) == WHOLE


def test_head_says_where_it_goes_on_and_is_kept_nowhere(api):
    address = begin(api)
    patch(api, address, WHOLE[:1000])
    answer = api.head(address, HTTP_TUS_RESUMABLE="1.0.0")
    assert answer.headers["Upload-Offset"] == "1000"
    assert answer.headers["Upload-Length"] == str(len(WHOLE))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_piece_that_begins_elsewhere_is_a_conflict(api):
    address = begin(api)
    patch(api, address, WHOLE[:1000])
    for offset in (0, 999, 1001):
        answer = patch(api, address, b"more", offset=offset)
        assert (answer.status_code, answer.json()["code"]) == (409, "offset_conflict")
    assert on_disk(address) == WHOLE[:1000]


def test_another_version_of_tus_is_refused_with_ours(api):
    answer = create(api, HTTP_TUS_RESUMABLE="0.2.2")
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert create(api, HTTP_TUS_RESUMABLE=None).status_code == 412


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_UPLOAD_LENGTH": None}, 400),
        ({"HTTP_UPLOAD_LENGTH": "-1"}, 400),
        ({"HTTP_UPLOAD_LENGTH": "many"}, 400),
        ({"HTTP_UPLOAD_LENGTH": "9" * 15}, 413),
        ({"HTTP_UPLOAD_METADATA": "name not!base64"}, 400),
        ({"HTTP_UPLOAD_METADATA": "a " + "A" * 5000}, 400),
        ({"HTTP_UPLOAD_METADATA": ",".join(f"n{i} AAAA" for i in range(30))}, 400),
        ({"HTTP_UPLOAD_METADATA": f"sha256 {b64('not a hash')}"}, 400),
        ({"HTTP_UPLOAD_METADATA": f"a {b64('x')},a {b64('y')}"}, 400),
    ],
)
def test_what_an_upload_cannot_begin_with(api, headers, status):
    answer = create(api, **headers)
    assert answer.status_code == status, answer.json()
    assert not Upload.objects.exists()
    assert list(Path(settings.SPEECHEQ_UPLOADS).iterdir()) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "application/octet-stream"}, 415),
        ({"HTTP_UPLOAD_OFFSET": ""}, 400),
        ({"HTTP_UPLOAD_CHECKSUM": "sha1 AAAA"}, 400),
        ({"HTTP_UPLOAD_CHECKSUM": "sha256 nonsense"}, 400),
        ({"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO()}, 411),
    ],
)
def test_what_a_piece_cannot_come_with(api, headers, status):
    address = begin(api)
    answer = patch(api, address, WHOLE, **headers)
    assert answer.status_code == status, answer.content
    assert offset_of(api, address) == 0


def test_a_piece_beyond_the_end_or_the_bound_is_too_large(api, monkeypatch):
    address = begin(api)
    assert patch(api, address, WHOLE + b"more").status_code == 413
    monkeypatch.setattr(uploads, "PIECE_MAX_BYTES", 100)
    assert patch(api, address, WHOLE).status_code == 413
    assert offset_of(api, address) == 0


def test_a_file_without_bytes_is_complete_at_once(api):
    assert api.get(begin(api, 0)).json()["state"] == "complete"


def test_nobody_keeps_more_uploads_than_they_can_use(api, monkeypatch):
    monkeypatch.setattr(uploads, "OPEN_MAX", 2)
    for _ in range(2):
        begin(api)
    answer = create(api)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_uploads")


# --- hashes ------------------------------------------------------------------------------------


def test_a_piece_is_kept_when_its_hash_agrees(api):
    address = begin(api)
    answer = patch(api, address, WHOLE, HTTP_UPLOAD_CHECKSUM=f"sha256 {b64(sha256(WHOLE))}")
    assert answer.status_code == 204


def test_a_spoiled_piece_is_not_counted(api):
    address = begin(api)
    checksum = f"sha256 {b64(sha256(b'another'))}"
    answer = patch(api, address, WHOLE, HTTP_UPLOAD_CHECKSUM=checksum)
    assert (answer.status_code, answer.json()["code"]) == (460, "piece_spoiled")
    assert (offset_of(api, address), on_disk(address)) == (0, b"")


def test_a_whole_that_differs_from_its_announced_hash_begins_again(api):
    address = begin(api, sha256=sha256(WHOLE).hex())
    patch(api, address, WHOLE[:5000])
    answer = patch(api, address, b"x" * (len(WHOLE) - 5000), offset=5000)
    assert (answer.status_code, answer.json()["code"]) == (460, "piece_spoiled")
    assert (offset_of(api, address), on_disk(address)) == (0, b"")
    assert patch(api, address, WHOLE).status_code == 204
    assert api.get(address).json()["state"] == "complete"


# --- cut off -----------------------------------------------------------------------------------


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


# --- whose it is, and how it ends --------------------------------------------------------------


def test_an_upload_is_nobody_elses(api, corpus):
    address = begin(api)
    colleague = factories.client(factories.member(corpus, Role.DATA_MANAGER))
    for answer in (
        colleague.head(address, HTTP_TUS_RESUMABLE="1.0.0"),
        patch(colleague, address, WHOLE),
        colleague.delete(address, HTTP_TUS_RESUMABLE="1.0.0"),
    ):
        assert answer.status_code == 404


def test_a_speaker_by_link_uploads_takes_for_their_session_only(corpus, settings):
    session, other = recording.session(corpus), recording.session(corpus)
    browser = by_link(session)
    address = begin(browser)
    assert patch(browser, address, WHOLE).status_code == 204
    assert by_link(other).head(address, HTTP_TUS_RESUMABLE="1.0.0").status_code == 404
    assert create(browser, 65 << 20).status_code == 413
    assert browser.options(LIST).headers["Tus-Max-Size"] == str(64 << 20)


def test_an_annotator_uploads_nothing(corpus):
    assert create(factories.client(factories.member(corpus))).status_code == 403


def test_an_ended_upload_is_gone(api):
    address = begin(api)
    patch(api, address, WHOLE[:100])
    assert api.delete(address, HTTP_TUS_RESUMABLE="1.0.0").status_code == 204
    assert api.head(address, HTTP_TUS_RESUMABLE="1.0.0").status_code == 404
    assert list(Path(settings.SPEECHEQ_UPLOADS).iterdir()) == []


def test_an_expired_upload_is_gone_with_its_file(api):
    address, kept = begin(api), begin(api)
    gone = Upload.objects.filter(public_id=address.split("/")[-2])
    gone.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert patch(api, address, WHOLE).status_code == 404
    assert leftovers.remove_expired_uploads() == 1
    assert not gone.exists()
    assert [path.stem for path in Path(settings.SPEECHEQ_UPLOADS).iterdir()] == [
        kept.split("/")[-2]
    ]


def test_files_without_a_row_go_after_an_hour():
    folder = Path(settings.SPEECHEQ_UPLOADS)
    for name in ("upl_unknown0000000000000.part", "tmpabc.incoming", "fresh.incoming"):
        (folder / name).touch()
    for path in folder.iterdir():
        if path.name != "fresh.incoming":
            os.utime(path, (time.time() - 7200,) * 2)
    assert leftovers.remove_expired_uploads() == 2
    assert [path.name for path in folder.iterdir()] == ["fresh.incoming"]


# --- becoming a take ---------------------------------------------------------------------------

SOUND = recording.wav(recording.speech(2.6))


def finished(api, content=SOUND) -> str:
    address = begin(api, len(content), sha256=sha256(content).hex())
    assert patch(api, address, content).status_code == 204
    return address.split("/")[-2]


def as_take(api, session, **body):
    prompt = session.places.first().prompt.public_id
    body = {"prompt": prompt, **body}
    return api.post(f"/api/v1/sessions/{session.public_id}/takes/", body, format="json")


def test_a_finished_upload_becomes_a_take_once(api, corpus):
    session, upload = recording.session(corpus), finished(api)
    first = as_take(api, session, upload=upload, reported={"snr_db": 31.5})
    assert first.status_code == 201, first.json()
    again = as_take(api, session, upload=upload)
    assert (again.status_code, again.json()) == (200, first.json())
    assert Take.objects.get().reported == {"snr_db": 31.5}
    assert list(Path(settings.SPEECHEQ_UPLOADS).iterdir()) == []


@pytest.mark.parametrize("lost", ["row", "file"])
def test_an_upload_whose_take_is_gone_is_to_be_sent_anew(api, corpus, lost):
    session, upload = recording.session(corpus), finished(api)
    as_take(api, session, upload=upload)
    take = Take.objects.get()
    Path(take.file.path).unlink()
    if lost == "row":
        take.delete()
    again = as_take(api, session, upload=upload)
    assert (again.status_code, again.json()["code"]) == (404, "upload_unknown")
    assert as_take(api, session, upload=finished(api)).status_code in (200, 201)
    assert Path(Take.objects.get().file.path).read_bytes() == SOUND


def test_an_unfinished_upload_becomes_none(api, corpus):
    address = begin(api)
    answer = as_take(api, recording.session(corpus), upload=address.split("/")[-2])
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_incomplete")


def test_a_refused_take_leaves_the_upload_to_be_sent_elsewhere(api, corpus):
    session, upload = recording.session(corpus, agreed=False), finished(api)
    answer = as_take(api, session, upload=upload)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")
    assert not Take.objects.exists()
    recording.consent(session.speaker)
    assert as_take(api, session, upload=upload).status_code == 201


def test_an_upload_larger_than_a_take_is_none(api, corpus, monkeypatch):
    upload = finished(api)
    monkeypatch.setattr(takes, "MAX_BYTES", len(SOUND) - 1)
    answer = as_take(api, recording.session(corpus), upload=upload)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not Take.objects.exists()


@pytest.mark.parametrize(
    "body", [{"upload": "upl_unknown"}, {}, {"upload": 5}, {"upload": "x", "accepted": True}]
)
def test_what_is_no_upload_is_refused(api, corpus, body):
    answer = as_take(api, recording.session(corpus), **body)
    assert answer.status_code in (400, 404)
    assert not Take.objects.exists()


def test_what_the_page_reports_is_bounded(api, corpus):
    answer = as_take(
        api, recording.session(corpus), upload=finished(api), reported={"x": "y" * 30_000}
    )
    assert answer.status_code == 400
