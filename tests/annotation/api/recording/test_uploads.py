"""Uploads as a tus client makes them: what is spoken, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings

from annotation.models import Upload
from annotation.services.recording import upload_room, uploads
from tests.tus_client import (
    LIST,
    WHOLE,
    b64,
    begin,
    create,
    offset_of,
    on_disk,
    patch,
    sha256,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


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
    assert "'0.2.2'" in answer.json()["detail"]
    answer = create(api, HTTP_TUS_RESUMABLE=None)
    assert answer.status_code == 412 and "the header is missing" in answer.json()["detail"]


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
    monkeypatch.setattr(upload_room, "OPEN_MAX", 2)
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
