"""After the consent is taken back the server keeps nothing of what was on its way; the browser has
it, and sends it anew once there is a consent again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from annotation.models import Speaker, Take, Upload
from annotation.services.recording import consents, uploads
from annotation.services.recording.errors import ConsentMissing
from annotation.services.recording.take_errors import UploadUnknown
from tests import factories, recording
from tests.annotation.api.recording.test_takes import by_link
from tests.annotation.api.recording.test_uploads_used import SOUND, as_take, finished
from tests.tus_client import WHOLE, b64, begin, create, offset_of, patch

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


def test_nor_does_one_of_somebody_with_an_account_that_names_the_session(api, session):
    take_back(session)
    pairs = f"session {b64(session.public_id)}"
    assert refused(create(api, HTTP_UPLOAD_METADATA=pairs))
    assert nothing_is_here()


def test_an_upload_names_a_session_in_which_one_may_record(api, corpus):
    other = recording.session(factories.CorpusFactory())
    for named in (other.public_id, "ses_none"):
        answer = create(api, HTTP_UPLOAD_METADATA=f"session {b64(named)}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert nothing_is_here()


@pytest.fixture(params=["by link", "by an account"])
def broken_off(request, api, session):
    """Who sends, and an upload of the session of which a part is here."""
    sender = by_link(session) if request.param == "by link" else api
    address = begin(sender, session=session.public_id)
    patch(sender, address, WHOLE[:100])
    return sender, address


def test_what_broke_off_goes_when_the_consent_is_taken_back(broken_off, session):
    take_back(session)
    assert nothing_is_here()
    sender, address = broken_off
    assert patch(sender, address, WHOLE[100:], offset=100).status_code == 404
    assert nothing_is_here()


def test_what_goes_on_where_the_consent_is_missing_ends(broken_off, session):
    """Such as a minor's, whose year of birth was learnt meanwhile: no withdrawal told of it."""
    minor = timezone.now().year - 12
    Speaker.objects.filter(pk=session.speaker.pk).update(birth_year=minor)
    sender, address = broken_off
    assert refused(patch(sender, address, WHOLE[100:], offset=100))
    assert nothing_is_here()


def test_another_purpose_taken_back_leaves_what_is_on_its_way(broken_off, session):
    consents.withdraw(speaker=session.speaker, purposes=["label"], by=None)
    sender, address = broken_off
    assert offset_of(sender, address) == 100


def test_what_others_send_stays(broken_off, session):
    take_back(recording.session(session.corpus, of=session.script))
    sender, address = broken_off
    assert offset_of(sender, address) == 100


def test_a_piece_that_is_being_written_meanwhile_leaves_nothing(api, session):
    address = begin(api, session=session.public_id)
    upload = Upload.objects.get()

    def blocks():
        yield WHOLE[:50]
        take_back(session)
        yield WHOLE[50:100]

    with pytest.raises(UploadUnknown, match="ended meanwhile"):
        uploads.add_piece(upload, uploads.Piece(0, 100), blocks())
    assert nothing_is_here()
    assert api.head(address, HTTP_TUS_RESUMABLE="1.0.0").status_code == 404


def test_an_upload_that_is_becoming_a_take_meanwhile_is_told_as_gone(api, session):
    begin(api, session=session.public_id)
    upload = Upload.objects.get()
    uploads.add_piece(upload, uploads.Piece(0, len(WHOLE)), [WHOLE])
    upload.refresh_from_db()
    with pytest.raises(UploadUnknown), uploads.taken(upload) as path:
        take_back(session)
        path.read_bytes()
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
