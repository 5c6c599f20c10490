"""Uploads that begin in one moment: bounds hold all the same. With real threads and connections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from annotation.models import SessionLink, Upload
from annotation.services.recording import uploads
from annotation.services.recording.link_room import TooMuchByLink
from annotation.services.recording.uploads import TooManyUploads
from annotation.services.recording.visitors import SpeakerByLink
from speecheq.errors import DomainError
from tests import factories
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
        created_by=factories.UserFactory(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    links = SessionLink.objects.select_related("session__corpus", "session__speaker")
    return [SpeakerByLink(links.get()) for _ in range(MANY)]


def begun(by):
    """The upload, or why there is none."""
    try:
        return uploads.create_upload(by=by, length=1000, metadata={})
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


def test_uploads_by_link_do_not_wait_in_greater_numbers_together(speakers, monkeypatch):
    monkeypatch.setattr(uploads, "WAITING_BY_LINK", 2999)
    assert_made(at_once(begun, speakers), 2, else_=TooManyUploads)


def test_nor_do_those_of_somebody_with_an_account(operator, monkeypatch):
    monkeypatch.setattr(uploads, "OPEN_MAX", 3)
    assert_made(at_once(begun, [operator] * MANY), 3, else_=TooManyUploads)


def test_an_upload_without_room_for_its_file_counts_for_nothing(operator, monkeypatch):
    def full(self, **_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "touch", full)
        with pytest.raises(OSError, match="No space"):
            uploads.create_upload(by=operator, length=1000, metadata={})
    assert not Upload.objects.exists()
