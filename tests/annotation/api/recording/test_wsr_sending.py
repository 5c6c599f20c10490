"""What WebSpeechRecorderNg sends, as its client sends it: recordings whole and in pieces."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest
import soundfile
from django.utils import timezone

from annotation.models import ConsentWithdrawal, Session, Take
from annotation.services.recording import consents, events, incoming, wsr_uploads
from speecheq.roles import Role
from tests import factories, recording
from tests.wsr_client import WAV, WsrClient, new_uuid, sound_part, written_wav

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SPEECH = recording.speech(2.0).astype("<f4")
SENT = written_wav(SPEECH)


@pytest.fixture
def session() -> Session:
    return recording.session()


@pytest.fixture
def wsr(session) -> WsrClient:
    return WsrClient.of(factories.member(session.corpus, Role.SESSION_OPERATOR))


def stored_samples(take: Take) -> np.ndarray:
    with take.file.open() as file:
        return soundfile.read(file, dtype="float32")[0]


def upload(wsr: WsrClient, session: Session, code: str = "p00", data: bytes = SENT):
    return wsr("upload", data, session=session.public_id, code=code)


# --- whole ------------------------------------------------------------------------------------


def test_a_recording_becomes_a_take_of_its_prompt(session, wsr):
    answer = upload(wsr, session)
    assert answer.status_code == 201, answer.content
    take = Take.objects.get()
    assert (take.prompt.key, take.source, take.version) == ("p00", "wsr", 1)
    assert answer.json()["recordingFileId"] == take.public_id


def test_the_samples_are_those_that_were_sent(session, wsr):
    upload(wsr, session)
    assert np.array_equal(stored_samples(Take.objects.get()), SPEECH)


def test_the_default_of_the_client_is_taken_too(session, wsr):
    """16 bits, which it writes where a project names no format."""
    assert upload(wsr, session, data=written_wav(SPEECH, as_float=False)).status_code == 201
    assert Take.objects.get().bits == 16


def test_a_recording_sent_again_is_stored_once(session, wsr):
    first, again = upload(wsr, session), upload(wsr, session)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Take.objects.count() == 1


def test_a_second_attempt_is_the_next_version(session, wsr):
    upload(wsr, session)
    second = upload(wsr, session, data=written_wav(SPEECH[1000:]))
    assert second.json()["version"] == 1
    listed = wsr("recordings", project=session.corpus.slug, session=session.public_id).json()
    assert [each["version"] for each in listed] == [0, 1]


def test_room_tone_is_stored_as_room_tone(session, wsr):
    noise = np.random.default_rng(1).normal(0, 1e-3, 48_000 * 3)
    assert upload(wsr, session, "room-tone", written_wav(noise)).status_code == 201
    take = Take.objects.get()
    assert (take.kind, take.prompt) == ("room_tone", None)


def test_a_prompt_whose_key_no_address_can_hold_goes_by_its_id(session, wsr):
    prompt = session.places.first().prompt
    type(prompt).objects.filter(pk=prompt.pk).update(key="is it a/b?")
    script = wsr("script", script=f"spoken@1~{session.public_id}").json()
    code = script["sections"][-1]["groups"][0]["promptItems"][0]["itemcode"]
    assert code == prompt.public_id
    assert upload(wsr, session, code).status_code == 201


def test_the_newest_recording_of_an_item_is_given_back(session, wsr):
    upload(wsr, session)
    upload(wsr, session, data=written_wav(SPEECH[1000:]))
    address = f"/api/v1/wsr/session/{session.public_id}/recfile/p00"
    newest = wsr.browser.get(address, headers={"Accept": WAV})
    assert hashlib.sha256(newest.getvalue()).hexdigest() == Take.objects.get(version=2).sha256


@pytest.fixture
def silent_speaker() -> Session:
    """Of somebody who has not agreed to anything."""
    return recording.session(agreed=False)


def test_without_consent_nothing_is_stored(silent_speaker):
    operator = factories.member(silent_speaker.corpus, Role.SESSION_OPERATOR)
    answer = upload(WsrClient.of(operator), silent_speaker)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")
    assert not Take.objects.exists()


def test_a_closed_session_takes_nothing_more(session, wsr):
    Session.objects.update(state="closed")
    answer = upload(wsr, session)
    assert (answer.status_code, answer.json()["code"]) == (409, "session_not_open")


def test_a_planned_session_is_opened_by_its_first_recording(session, wsr):
    Session.objects.update(state="planned")
    upload(wsr, session)
    assert wsr("session", session=session.public_id).json()["status"] == "STARTED"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x1a\x45\xdf\xa3" + bytes(500), "not_audio"),  # WebM
        (SENT[:-5_000], "truncated"),
        (written_wav(np.array([])), "empty"),
        (written_wav(np.full(4_800, np.nan)), "not_finite"),
    ],
)
def test_what_is_no_recording_is_refused_with_the_reason(session, wsr, data, code):
    answer = upload(wsr, session, data=data)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Take.objects.exists()


@pytest.mark.parametrize("code", ["none", "p99", "p00\n", "%00", "p00%00", "..", "a" * 500])
def test_an_item_of_no_prompt_is_refused(session, wsr, code):
    assert upload(wsr, session, code).status_code in (400, 404, 422)
    assert not Take.objects.exists()


def test_the_free_recorder_is_told_that_a_prompt_is_wanted(session, wsr):
    """AudioRecorder sends under a UUID alone; a take of ours belongs to a prompt."""
    uuid = new_uuid()
    form = {"uuid": uuid, "sessionId": session.public_id, "audio": sound_part(SENT)}
    answer = wsr("free_upload", form, session=session.public_id, uuid=uuid)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_prompt")
    piece = wsr("free_piece", SENT, session=session.public_id, uuid=uuid, piece=0)
    assert piece.status_code in (404, 415)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example"])
def test_another_page_sends_nothing_with_our_cookie(session, origin):
    operator = factories.member(session.corpus, Role.SESSION_OPERATOR)
    foreign = WsrClient.of(operator, origin=origin)
    assert upload(foreign, session).status_code == 403
    assert not Take.objects.exists()


def test_who_may_not_record_in_the_session_sends_nothing(session):
    other = WsrClient.of(factories.member(factories.CorpusFactory(), Role.SESSION_OPERATOR))
    assert upload(other, session).status_code == 404
    annotator = WsrClient.of(factories.member(session.corpus, Role.ANNOTATOR))
    assert upload(annotator, session).status_code == 403


# --- in pieces --------------------------------------------------------------------------------


class InPieces:
    """One recording that the client sends in pieces, as with `chunkedRecording`."""

    def __init__(self, wsr: WsrClient, session: Session, *, code: str = "p00"):
        self.wsr, self.code = wsr, code
        self.where = {"session": session.public_id, "uuid": new_uuid()}
        self.pieces = [written_wav(part) for part in np.array_split(SPEECH, 3)]

    def prepare(self):
        form = {"uuid": self.where["uuid"], "startedDate": "2020-02-02T08:00:00.000Z"}
        return self.wsr("prepare", form, **self.where)

    def piece(self, n: int, data: bytes | None = None):
        data = self.pieces[n] if data is None else data
        return self.wsr("piece", data, code=self.code, piece=n, **self.where)

    def concat(self, count: int = 3):
        form = {"uuid": self.where["uuid"], "chunkCount": str(count)}
        return self.wsr("concat", form, **self.where)

    def all(self):
        for answer in (self.prepare(), *(self.piece(n) for n in range(3))):
            assert answer.status_code == 200, answer.content
        return self.concat()


@pytest.fixture
def pieces(wsr, session) -> InPieces:
    return InPieces(wsr, session)


def waiting() -> list[str]:
    return [path.name for path in incoming.folder().glob("*.piece")]


def test_pieces_become_one_take(pieces):
    answer = pieces.all()
    assert answer.status_code == 200, answer.content
    take = Take.objects.get()
    assert np.array_equal(stored_samples(take), SPEECH)
    assert take.prompt.key == "p00"
    assert waiting() == []


def test_a_take_of_pieces_knows_when_it_began(pieces):
    pieces.all()
    assert Take.objects.get().recorded_at.isoformat() == "2020-02-02T08:00:00+00:00"


def test_a_recording_in_pieces_is_found_by_its_uuid(pieces, session):
    pieces.all()
    found = pieces.wsr(
        "file_sound",
        project=session.corpus.slug,
        session=session.public_id,
        file=pieces.where["uuid"],
    )
    assert found.status_code == 200


def test_pieces_may_come_in_any_order_and_twice(pieces):
    pieces.prepare()
    for n in (2, 0, 2, 1, 0):
        assert pieces.piece(n).status_code == 200
    pieces.concat()
    assert np.array_equal(stored_samples(Take.objects.get()), SPEECH)


def test_the_end_waits_for_the_pieces_that_failed(pieces):
    """The client sends on after an error, and what failed later."""
    pieces.prepare()
    pieces.piece(0)
    early = pieces.concat()
    assert (early.status_code, early.json()["code"]) == (409, "pieces_missing")
    assert "1, 2" in early.json()["detail"]
    pieces.piece(1)
    pieces.piece(2)
    assert pieces.concat().status_code == 200


def test_everything_sent_again_makes_no_second_take(pieces):
    first, again = pieces.all(), pieces.all()
    assert again.json() == first.json()
    assert Take.objects.count() == 1
    assert waiting() == []


def test_a_uuid_in_other_letters_is_the_same_recording(pieces):
    first = pieces.all()
    pieces.where["uuid"] = pieces.where["uuid"].upper()
    assert pieces.all().json() == first.json()
    assert Take.objects.count() == 1
    assert waiting() == []


def test_a_recording_of_no_piece_is_no_take_and_no_error(pieces):
    """An error would be sent again every 30 seconds, and nothing behind it."""
    pieces.prepare()
    assert pieces.concat(0).status_code == 200
    assert not Take.objects.exists() and waiting() == []


def test_without_consent_no_piece_is_kept(silent_speaker):
    operator = factories.member(silent_speaker.corpus, Role.SESSION_OPERATOR)
    pieces = InPieces(WsrClient.of(operator), silent_speaker)
    assert [pieces.prepare().status_code, pieces.piece(0).status_code] == [403, 403]
    assert waiting() == []


def test_consent_taken_back_while_recording_keeps_the_rest_out(pieces, session):
    pieces.prepare()
    pieces.piece(0)
    ConsentWithdrawal.objects.create(
        speaker=session.speaker, purposes=["record"], withdrawn_at=timezone.now()
    )
    assert pieces.piece(1).status_code == 403
    assert not Take.objects.exists()


def test_pieces_go_when_the_consent_is_taken_back(pieces, session):
    pieces.prepare()
    pieces.piece(0)
    consents.withdraw(speaker=session.speaker, purposes=["record"], by=None)
    assert waiting() == []
    assert pieces.piece(1).status_code == 403


def test_a_piece_that_is_being_copied_meanwhile_is_not_kept(pieces, session, monkeypatch):
    pieces.prepare()
    copied = wsr_uploads.sync

    def then_taken_back(path):
        copied(path)
        monkeypatch.setattr(wsr_uploads, "sync", copied)
        consents.withdraw(speaker=session.speaker, purposes=["record"], by=None)

    monkeypatch.setattr(wsr_uploads, "sync", then_taken_back)
    assert pieces.piece(0).status_code == 403
    assert list(incoming.folder().iterdir()) == []


def test_what_was_begun_before_the_session_was_closed_still_comes(pieces, session):
    pieces.prepare()
    Session.objects.update(state="closed")
    events.note(session, "state", by=None, state="closed")
    for n in range(3):
        assert pieces.piece(n).status_code == 200
    assert pieces.concat().status_code == 200


def test_nothing_is_begun_in_a_closed_session(pieces):
    Session.objects.update(state="closed")
    assert pieces.prepare().status_code == 409
    assert pieces.piece(0).status_code == 409


def test_a_rate_that_changes_within_a_recording_is_refused(pieces):
    pieces.prepare()
    pieces.piece(0)
    pieces.piece(1, written_wav(SPEECH[:100], rate_hz=44_100))
    answer = pieces.concat(2)
    assert (answer.status_code, answer.json()["code"]) == (422, "corrupt")


def test_a_piece_that_is_no_wav_is_refused_at_once(pieces):
    assert pieces.piece(0, b"\x1a\x45\xdf\xa3" + bytes(100)).status_code == 422
    assert waiting() == []


@pytest.mark.parametrize("n", [-1, "x", 10**30, 1_000])
def test_a_piece_has_a_number(pieces, n):
    assert pieces.piece(n, SENT).status_code == 400


@pytest.mark.parametrize("uuid", ["..", "x" * 20, "../../etc", "a.b.c.d.e", "%2e%2e", "abc*def?"])
def test_what_is_no_uuid_names_no_file(pieces, uuid):
    pieces.where["uuid"] = uuid
    assert pieces.piece(0).status_code in (400, 404)
    assert waiting() == []


def test_the_form_names_the_recording_of_the_address(pieces):
    form = {"uuid": new_uuid(), "chunkCount": "1"}
    answer = pieces.wsr("concat", form, **pieces.where)
    assert (answer.status_code, answer.json()["code"]) == (422, "other_uuid")


def test_pieces_are_no_more_than_a_take_may_be(pieces, monkeypatch):
    monkeypatch.setattr(wsr_uploads, "MAX_BYTES", len(pieces.pieces[0]) * 2)
    pieces.prepare()
    assert [pieces.piece(n).status_code for n in range(3)] == [200, 200, 413]


def test_a_piece_that_goes_while_others_are_counted_stops_nothing(pieces):
    pieces.prepare()
    for name in (pieces.where["session"] + ".12345678.0000.p", "ses_x.12345678.0000.p"):
        (incoming.folder() / f"{name}.piece").symlink_to("nowhere")
    assert pieces.piece(0).status_code == 200
    assert wsr_uploads.remove_expired_pieces() == 0


def test_no_more_recordings_are_begun_than_anybody_ends(pieces, monkeypatch):
    monkeypatch.setattr(wsr_uploads, "MOST_BEGUN", 1)
    assert pieces.prepare().status_code == 200
    assert pieces.prepare().status_code == 200, "the same one again"
    pieces.where["uuid"] = new_uuid()
    assert pieces.prepare().status_code == 413


def test_pieces_that_nobody_ends_go_after_a_week(pieces):
    pieces.prepare()
    pieces.piece(0)
    assert wsr_uploads.remove_expired_pieces() == 0
    week_ago = os.path.getmtime(incoming.folder()) - 8 * 24 * 3600
    for path in incoming.folder().glob("*.piece"):
        os.utime(path, (week_ago, week_ago))
    assert wsr_uploads.remove_expired_pieces() == 2
    assert waiting() == []
