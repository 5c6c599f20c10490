"""Whose an upload is, how it ends, and how it becomes a take."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from annotation.models import Take, Upload
from annotation.services.recording import leftovers, take_files
from speecheq.roles import Role
from tests import factories, recording
from tests.annotation.api.recording.test_takes import by_link
from tests.tus_client import (
    LIST,
    WHOLE,
    begin,
    create,
    patch,
    sha256,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


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


def test_what_the_page_said_of_a_take_is_told_with_it(api, corpus):
    session, upload = recording.session(corpus), finished(api)
    said = {"interrupted": "ended", "label": "Desk microphone"}
    stored = as_take(api, session, upload=upload, reported=said).json()
    listed = api.get(f"/api/v1/sessions/{session.public_id}/takes/").json()["results"]
    alone = api.get(f"/api/v1/takes/{stored['id']}/").json()
    assert [one["reported"] for one in (stored, *listed, alone)] == [said] * 3


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
    session, upload = recording.session(corpus, state="closed"), finished(api)
    answer = as_take(api, session, upload=upload)
    assert (answer.status_code, answer.json()["code"]) == (409, "session_not_open")
    assert not Take.objects.exists()
    assert as_take(api, recording.session(corpus), upload=upload).status_code == 201


def test_an_upload_larger_than_a_take_is_none(api, corpus, monkeypatch):
    upload = finished(api)
    monkeypatch.setattr(take_files, "MAX_BYTES", len(SOUND) - 1)
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
