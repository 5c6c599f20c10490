"""Uploads that begin in one moment: bounds hold all the same. With real threads and connections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.models import SessionLink, Take, Upload
from annotation.services.recording import takes, upload_room, uploads
from annotation.services.recording.link_room import TooMuchByLink
from annotation.services.recording.upload_room import TooManyUploads
from annotation.services.recording.visitors import COOKIE, SpeakerByLink, digest
from speecheq.errors import DomainError
from tests import factories, recording
from tests.annotation.services.test_queue_concurrency import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]
MANY = 8


@pytest.fixture
def speakers(session):
    """Requests of one browser, each of which looked its link up for itself."""
    SessionLink.objects.create(
        session=session,
        token_hash="0" * 64,
        browser_hash=digest("a-browser"),
        created_by=factories.UserFactory(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    links = SessionLink.objects.select_related("session__corpus", "session__speaker")
    return [SpeakerByLink(links.get()) for _ in range(MANY)]


def begun(by, length=1000):
    """The upload, or why there is none."""
    try:
        return uploads.create_upload(by=by, length=length, metadata={})
    except DomainError as error:
        return type(error)


def assert_made(answers, n, *, else_=None):
    made = [one for one in answers if isinstance(one, Upload)]
    assert len(made) == Upload.objects.count() == n
    assert [one for one in answers if one not in made] == [else_] * (len(answers) - n)
    on_disk = {path.stem for path in Path(settings.SPEECHEQ_UPLOADS).glob("*.part")}
    assert on_disk == {one.public_id for one in made}


def test_uploads_by_link_do_not_pass_the_bound_of_bytes_together(speakers, settings):
    settings.SPEECHEQ_LINK_MAX_BYTES = 3999
    assert_made(at_once(begun, speakers), 3, else_=TooMuchByLink)


def test_takes_and_uploads_by_link_do_not_pass_it_together_either(speakers, session, settings):
    content = recording.wav(recording.speech(0.5), bits=16)
    settings.SPEECHEQ_LINK_MAX_BYTES = 3 * len(content) + 1

    def sent(numbered):
        n, by = numbered
        if n % 2:
            return begun(by, length=len(content))
        return stored(session, by, content, n)

    answers = at_once(sent, list(enumerate(speakers)))
    assert sum(not isinstance(one, type) for one in answers) == 3
    assert {one for one in answers if isinstance(one, type)} == {TooMuchByLink}
    assert Take.objects.count() + Upload.objects.count() == 3


def stored(session, by, content, n):
    """A take of the same length, but not the same sound; or why there is none."""
    path = Path(settings.SPEECHEQ_UPLOADS) / f"{n}.wav"
    path.write_bytes(content[:-2] + bytes([n, 0]))
    given = {"session": session, "prompt": session.places.first().prompt, "kind": "speech"}
    try:
        return takes.store_take(path=path, sha256=None, by=by, **given)[0]
    except DomainError as error:
        return type(error)
    finally:
        path.unlink()


def test_uploads_that_become_takes_at_once_are_not_in_each_others_way(speakers, session, settings):
    """While one is a take already and its upload not yet used, it must not count twice."""
    content = recording.wav(recording.speech(0.5), bits=16)
    settings.SPEECHEQ_LINK_MAX_BYTES = MANY * len(content)
    prompt = session.places.first().prompt.public_id
    ids = [whole(by, content, n).public_id for n, by in enumerate(speakers)]
    browsers = [its_browser() for _ in ids]

    def become(numbered):
        n, upload = numbered
        body = {"upload": upload, "prompt": prompt}
        return (
            browsers[n]
            .post(f"/api/v1/sessions/{session.public_id}/takes/", body, format="json")
            .status_code
        )

    assert at_once(become, list(enumerate(ids))) == [201] * MANY
    assert Take.objects.count() == MANY


def its_browser():
    caller = APIClient()
    caller.cookies[COOKIE] = "a-browser"
    return caller


def whole(by, content, n):
    upload = uploads.create_upload(by=by, length=len(content), metadata={})
    return uploads.add_piece(upload, uploads.Piece(0, len(content)), [content[:-2] + bytes([n, 0])])


def test_uploads_by_link_do_not_wait_in_greater_numbers_together(speakers, monkeypatch):
    monkeypatch.setattr(upload_room, "WAITING_BY_LINK", 2999)
    assert_made(at_once(begun, speakers), 2, else_=TooManyUploads)


def test_nor_do_those_of_somebody_with_an_account(operator, monkeypatch):
    monkeypatch.setattr(upload_room, "OPEN_MAX", 3)
    assert_made(at_once(begun, [operator] * MANY), 3, else_=TooManyUploads)


def test_an_upload_without_room_for_its_file_counts_for_nothing(operator, monkeypatch):
    def full(self, **_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "touch", full)
        with pytest.raises(OSError, match="No space"):
            uploads.create_upload(by=operator, length=1000, metadata={})
    assert not Upload.objects.exists()
