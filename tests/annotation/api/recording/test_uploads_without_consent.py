"""After the consent is taken back the server keeps nothing of what was on its way; the browser has
it, and sends it anew once there is a consent again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from annotation.models import Take, Upload
from annotation.services.recording import consents, uploads
from annotation.services.recording.errors import ConsentMissing
from tests import recording
from tests.annotation.api.recording.test_takes import by_link
from tests.annotation.api.recording.test_uploads_used import SOUND, as_take, finished
from tests.tus_client import WHOLE, begin, create, offset_of, patch

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session(corpus):
    return recording.session(corpus)


def take_back(session) -> None:
    consents.withdraw(speaker=session.speaker, purposes=["record"], by=None)


def nothing_is_here() -> bool:
    files = list(Path(settings.SPEECHEQ_UPLOADS).iterdir())
    return not files and not Upload.objects.exists() and not Take.objects.exists()


def refused(answer) -> bool:
    return (answer.status_code, answer.json()["code"]) == (403, "consent_missing")


def test_what_arrived_whole_is_gone_with_the_refusal(api, session):
    upload = finished(api)
    take_back(session)
    assert refused(as_take(api, session, upload=upload))
    assert nothing_is_here()


def test_signed_again_it_is_sent_anew(api, session):
    upload = finished(api)
    take_back(session)
    as_take(api, session, upload=upload)
    recording.consent(session.speaker)
    at = f"/api/v1/uploads/{upload}/"
    assert api.head(at, HTTP_TUS_RESUMABLE="1.0.0").status_code == 404
    assert as_take(api, session, upload=finished(api)).status_code == 201
    assert Path(Take.objects.get().file.path).read_bytes() == SOUND


def test_a_take_that_was_accepted_before_is_told_again_and_stays(api, session):
    upload = finished(api)
    stored = as_take(api, session, upload=upload).json()
    take_back(session)
    again = as_take(api, session, upload=upload)
    assert (again.status_code, again.json()["id"]) == (200, stored["id"])
    assert Path(Take.objects.get().file.path).read_bytes() == SOUND


def test_by_link_no_upload_begins(session):
    take_back(session)
    assert refused(create(by_link(session)))
    assert nothing_is_here()


def test_by_link_no_further_piece_is_taken_and_the_first_goes(session):
    browser = by_link(session)
    address = begin(browser)
    patch(browser, address, WHOLE[:100])
    take_back(session)
    assert refused(patch(browser, address, WHOLE[100:], offset=100))
    assert nothing_is_here()


def test_an_upload_that_another_request_holds_is_left_to_it(api, session):
    upload = Upload.objects.get(public_id=finished(api))
    take_back(session)
    with (
        uploads.taken(upload),
        pytest.raises(ConsentMissing),
        uploads.gone_without_consent(upload, by=None),
    ):
        consents.require(session.speaker)
    assert offset_of(api, f"/api/v1/uploads/{upload.public_id}/") == len(SOUND)
