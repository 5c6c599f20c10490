"""What WebSpeechRecorderNg reads before and while it records, asked for as its client asks."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta

import numpy as np
import pytest
import soundfile
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Session, SessionEvent, SessionLink, Take
from annotation.services.recording.visitors import COOKIE, digest
from speecheq.roles import Role
from tests import factories, recording
from tests.wsr_client import CALLS, WsrClient

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WHEN = "2026-11-22T08:00:00.000Z"


@pytest.fixture
def session() -> Session:
    return recording.session(wants_room_tone=False)


@pytest.fixture
def wsr(session) -> WsrClient:
    return WsrClient.of(factories.member(session.corpus, Role.SESSION_OPERATOR))


def take(session: Session, n_prompt: int = 0, *, version: int = 1, **more) -> Take:
    """A take of half a second, on disk."""
    sound = recording.wav(recording.speech(0.5, seed=10 * n_prompt + version))
    values = {
        "consent": session.speaker.consents.get(),
        "file": ContentFile(sound, name=f"{session.public_id}-{n_prompt}-{version}.wav"),
        "sha256": hashlib.sha256(sound).hexdigest(),
        "file_bytes": len(sound),
        "duration_ms": 500,
        "sample_rate_hz": recording.RATE_HZ,
        "channels": 1,
        "bits": 24,
        "qc": {},
        "verdict": "green",
        **more,
    }
    prompt = session.places.order_by("position")[n_prompt].prompt
    return Take.objects.create(session=session, prompt=prompt, version=version, **values)


def where(session: Session) -> dict[str, str]:
    return {"project": session.corpus.slug, "session": session.public_id}


def test_the_client_finds_its_way_from_the_session_to_the_script(session, wsr):
    told = wsr("session", session=session.public_id).json()
    project = wsr("project", project=told["project"]).json()
    script = wsr("script", script=told["script"]).json()
    recordings = wsr("recordings", project=project["name"], session=told["sessionId"]).json()
    assert told["sessionId"] == session.public_id
    assert [s["name"] for s in script["sections"]] == ["all"]
    assert recordings == []


def test_a_script_comes_in_the_order_of_its_session(session, wsr):
    order = [3, 1, 2, 4]
    for place, position in zip(session.places.order_by("pk"), order, strict=True):
        session.places.filter(pk=place.pk).update(position=position + 10)
    script = wsr("script", script=wsr("session", session=session.public_id).json()["script"]).json()
    items = script["sections"][0]["groups"][0]["promptItems"]
    assert [item["itemcode"] for item in items] == ["p01", "p02", "p00", "p03"]


def test_a_script_by_its_own_name_comes_as_written(session, wsr):
    items = wsr("script", script="spoken@1").json()["sections"][0]["groups"][0]["promptItems"]
    assert [item["itemcode"] for item in items] == ["p00", "p01", "p02", "p03"]


def test_the_mode_of_the_session_is_that_of_its_sections(session, wsr):
    Session.objects.update(mode="auto_record")
    script = wsr("script", script=f"spoken@1~{session.public_id}").json()
    assert script["sections"][0]["mode"] == "AUTORECORDING"


def test_a_session_that_wants_room_tone_begins_with_it(session, wsr):
    Session.objects.update(wants_room_tone=True)
    first, *_ = wsr("script", script=f"spoken@1~{session.public_id}").json()["sections"]
    item = first["groups"][0]["promptItems"][0]
    assert (item["itemcode"], item["recduration"]) == ("room-tone", 5000)


def test_what_the_operator_left_out_is_not_asked_for(session, wsr):
    place = session.places.order_by("position")[0]
    session.places.filter(pk=place.pk).update(state="skipped")
    script = wsr("script", script=f"spoken@1~{session.public_id}").json()
    items = script["sections"][0]["groups"][0]["promptItems"]
    assert [item["itemcode"] for item in items] == ["p01", "p02", "p03"]


@pytest.mark.parametrize("name", ["spoken@9", "spoken", "none@1", "spoken@1~ses_0000000000000000"])
def test_a_script_that_is_not_there_is_404(wsr, name):
    assert wsr("script", script=name).status_code == 404


@pytest.mark.parametrize(
    ("state", "status", "sealed"),
    [("planned", "CREATED", False), ("open", "LOADED", False), ("closed", "COMPLETED", True)],
)
def test_the_state_of_a_session_reads_as_the_clients_status(session, wsr, state, status, sealed):
    Session.objects.update(state=state)
    told = wsr("session", session=session.public_id).json()
    assert (told["status"], told["sealed"]) == (status, sealed)


def test_a_session_with_a_take_is_started_and_with_all_of_them_completed(session, wsr):
    take(session, 0)
    assert wsr("session", session=session.public_id).json()["status"] == "STARTED"
    for n in (1, 2, 3):
        take(session, n)
    assert wsr("session", session=session.public_id).json()["status"] == "COMPLETED"


# --- telling how far it is --------------------------------------------------------------------


def test_what_the_client_tells_of_the_session_is_kept_and_told_back(session, wsr):
    told = json.dumps({"status": "LOADED", "loadedDate": WHEN})
    answer = wsr("progress", told, **where(session))
    assert answer.status_code == 200
    assert answer.json()["loadedDate"].startswith("2026-11-22T08:00:00")
    event = SessionEvent.objects.get()
    assert event.data["status"] == "LOADED"


def test_a_session_is_not_closed_by_the_client(session, wsr):
    """Its last recordings may still be on their way."""
    told = json.dumps({"status": "COMPLETED", "completedDate": WHEN})
    assert wsr("progress", told, **where(session)).status_code == 200
    session.refresh_from_db()
    assert session.state == "open"


def test_nothing_is_told_of_a_closed_session(session, wsr):
    Session.objects.update(state="closed")
    answer = wsr("progress", json.dumps({"restartedDate": WHEN}), **where(session))
    assert (answer.status_code, answer.json()["code"]) == (409, "session_not_open")


@pytest.mark.parametrize(
    "body",
    ['{"status": "DONE"}', '{"sealed": true}', '{"loadedDate": 5}', "[]", "5", '{"x": "\\u0000"}'],
)
def test_a_status_that_the_client_does_not_have_is_refused(session, wsr, body):
    assert wsr("progress", body, **where(session)).status_code == 400
    assert not SessionEvent.objects.exists()


# --- recordings -------------------------------------------------------------------------------


def test_versions_count_from_nought(session, wsr):
    first, second = take(session), take(session, version=2)
    listed = wsr("recordings", **where(session)).json()
    assert [(each["recordingFileId"], each["version"]) for each in listed] == [
        (first.public_id, 0),
        (second.public_id, 1),
    ]


def test_a_recording_names_its_item_and_its_length_to_the_frame(session, wsr):
    take(session)
    listed = wsr("recordings", **where(session)).json()[0]
    assert listed["recording"]["itemcode"] == "p00"
    assert (listed["frames"], listed["samplerate"], listed["channels"]) == (24_000, 48_000, 1)


def test_a_listing_opens_no_file_of_a_take_whose_frames_are_known(session, wsr, monkeypatch):
    take(session, frames=24_000)
    uncounted = take(session, version=2)  # as takes were stored before frames were counted
    opened, real = [], default_storage.open
    monkeypatch.setattr(default_storage, "open", lambda name: opened.append(name) or real(name))
    for _ in range(2):
        listed = wsr("recordings", **where(session)).json()
        assert [each["frames"] for each in listed] == [24_000, 24_000]
    assert opened == [uncounted.file.name]


def test_a_listing_asks_as_often_for_many_takes_as_for_one(session, wsr):
    take(session, frames=1)
    asked = []
    for n in (2, 5):
        with CaptureQueriesContext(connection) as queries:
            assert wsr("recordings", **where(session)).status_code == 200
        asked.append(len(queries))
        for version in range(n, 5):
            take(session, version=version, frames=1)
    assert asked[1] <= asked[0]


def test_a_recording_whose_file_is_gone_is_not_listed(session, wsr):
    gone = take(session)
    gone.file.storage.delete(gone.file.name)
    assert wsr("recordings", **where(session)).json() == []


def test_a_version_is_heard_as_it_was_stored(session, wsr):
    stored = take(session, version=2)
    answer = wsr("sound", code="p00", version=1, **where(session))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/wav"
    assert hashlib.sha256(answer.getvalue()).hexdigest() == stored.sha256


@pytest.mark.parametrize(
    ("call", "name"),
    [("part", ""), ("file_part", "id"), ("file_part", "uuid"), ("file_part_by_id", "id")],
)
def test_a_recording_can_be_fetched_part_by_part(session, wsr, call, name):
    """Step by step until 404 says that there is no more, as `chunkedAudioRequestToArrayBuffer`."""
    stored, parts, start = take(session, reported={"uuid": "0f9a3c1e"}), [], 0
    which = {"code": "p00", "version": 0}
    which["file"] = "0f9a3c1e" if name == "uuid" else stored.public_id
    while True:
        answer = wsr(call, start=start, length=10_000, **which, **where(session))
        if answer.status_code == 404:
            break
        parts.append(soundfile.read(io.BytesIO(answer.content), dtype="int32")[0])
        start += 10_000
    with stored.file.open() as file:
        assert np.array_equal(np.concatenate(parts), soundfile.read(file, dtype="int32")[0])


@pytest.mark.parametrize(
    ("version", "start", "length"),
    [(0, -1, 5), (0, "x", 5), (0, 0, ""), (0, 10**30, 5), ("x", 0, 5), (-1, 0, 5), (10**30, 0, 5)],
)
def test_numbers_that_are_none_are_refused(session, wsr, version, start, length):
    take(session)
    answer = wsr("part", code="p00", version=version, start=start, length=length, **where(session))
    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize(
    ("code", "version"), [("p00", 1), ("p01", 0), ("none", 0), ("room-tone", 0)]
)
def test_what_is_not_recorded_yet_is_404(session, wsr, code, version):
    """Which the client takes for "not recorded yet", and any other status for an error."""
    take(session)
    assert wsr("sound", code=code, version=version, **where(session)).status_code == 404


def test_a_recording_is_described_and_heard_at_one_address(session, wsr):
    stored = take(session)
    assert wsr("file", file=stored.public_id).json()["recordingFileId"] == stored.public_id
    sound = wsr("file_sound_by_id", file=stored.public_id)
    assert hashlib.sha256(sound.getvalue()).hexdigest() == stored.sha256


@pytest.mark.parametrize("by", ["public_id", "0f9A3c1e", "0F9A3C1E", "0f9a3c1e"])
def test_a_recording_is_found_by_its_id_or_the_clients_in_any_case(session, wsr, by):
    stored = take(session, reported={"uuid": "0f9A3c1e"})
    name = stored.public_id if by == "public_id" else by
    assert wsr("file_sound", file=name, **where(session)).status_code == 200
    assert wsr("recordings", **where(session)).json()[0]["uuid"] == "0f9A3c1e"


@pytest.mark.parametrize("other", ["0f9a3c1", "0f9a3c1_", "0f9a3c%", "%"])
def test_a_name_that_is_only_like_a_uuid_is_no_recording(session, wsr, other):
    take(session, reported={"uuid": "0f9a3c1e"})
    assert wsr("file_sound", file=other, **where(session)).status_code == 404


def test_the_part_that_counts_is_kept_and_told(session, wsr):
    stored = take(session)
    mark = {"editSampleRate": 48_000, "editStartFrame": 100, "editEndFrame": 20_000}
    assert wsr("select", json.dumps(mark), file=stored.public_id).status_code == 200
    told = wsr("file", file=stored.public_id).json()
    assert {name: told[name] for name in mark} == mark


def test_a_mark_is_taken_away_by_null(session, wsr):
    stored = take(session)
    for value in (1, None):
        mark = dict.fromkeys(("editSampleRate", "editStartFrame", "editEndFrame"), value)
        wsr("select", json.dumps(mark), file=stored.public_id)
    assert wsr("file", file=stored.public_id).json()["editStartFrame"] is None


# --- who --------------------------------------------------------------------------------------

READING = {name: call for name, call in CALLS.items() if call.method == "GET"}


@pytest.mark.parametrize("name", READING)
def test_a_session_of_another_corpus_is_not_there(session, name):
    stored = take(session)
    other = WsrClient.of(
        factories.member(factories.CorpusFactory(), Role.SESSION_OPERATOR, username="other")
    )
    values = where(session) | {
        "script": f"spoken@1~{session.public_id}",
        "code": "p00",
        "version": 0,
        "start": 0,
        "length": 5,
        "file": stored.public_id,
    }
    answer = other(name, **values)
    assert answer.status_code == 404, name
    assert "Anna" not in answer.content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.RESEARCHER])
def test_who_does_not_record_reads_nothing_here(session, role):
    other = WsrClient.of(factories.member(session.corpus, role))
    assert other("session", session=session.public_id).status_code == 403


def test_a_session_of_another_project_is_not_there(session, wsr):
    other = factories.CorpusFactory()
    assert wsr("recordings", project=other.slug, session=session.public_id).status_code == 404


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://testserver.evil.example", "https://testserver"],
)
def test_a_page_of_another_place_changes_nothing_with_our_cookie(session, origin):
    """The client sends no CSRF token: what stands in its place is where the page came from."""
    operator = factories.member(session.corpus, Role.SESSION_OPERATOR)
    wsr = WsrClient.of(operator, origin=origin)
    answer = wsr("progress", json.dumps({"status": "LOADED"}), **where(session))
    assert answer.status_code == 403
    assert not SessionEvent.objects.exists()


def test_a_trusted_place_may_ask(session, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://record.example"]
    operator = factories.member(session.corpus, Role.SESSION_OPERATOR)
    wsr = WsrClient.of(operator, origin="https://record.example")
    answer = wsr("progress", json.dumps({"status": "LOADED"}), **where(session))
    assert answer.status_code == 200


def test_a_token_needs_no_origin(session):
    operator = factories.member(session.corpus, Role.SESSION_OPERATOR)
    api = factories.client(operator)
    address = f"/api/v1/wsr/project/{session.corpus.slug}/session/{session.public_id}"
    assert api.patch(address, {"status": "LOADED"}).status_code == 200


# --- a speaker by link ------------------------------------------------------------------------


def by_link(session: Session) -> WsrClient:
    """The browser of a speaker who opened a link to this session."""
    browser = Client(enforce_csrf_checks=True)
    SessionLink.objects.create(
        session=session,
        token_hash=session.public_id,
        browser_hash=digest("secret"),
        created_by=factories.UserFactory(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    browser.cookies[COOKIE] = "secret"
    return WsrClient(browser)


def test_a_speaker_by_link_reads_what_recording_needs(session):
    wsr = by_link(session)
    told = wsr("session", session=session.public_id).json()
    assert wsr("project", project=told["project"]).status_code == 200
    assert wsr("script", script=told["script"]).status_code == 200
    assert wsr("progress", json.dumps({"status": "LOADED"}), **where(session)).status_code == 200


def test_a_speaker_by_link_reads_nothing_of_another_session(session):
    other = recording.session(session.corpus, speaker=session.speaker, agreed=False)
    stored, wsr = take(session), by_link(other)
    assert wsr("session", session=session.public_id).status_code == 404
    assert wsr("script", script=f"spoken@1~{session.public_id}").status_code == 404
    assert wsr("recordings", **where(session)).status_code == 404
    assert wsr("file", file=stored.public_id).status_code == 404
    assert wsr("file_sound", file=stored.public_id, **where(other)).status_code == 404


def test_a_speaker_by_link_reads_no_script_but_their_own(session):
    recording.script(1, code="secret")
    wsr = by_link(session)
    assert wsr("script", script="secret@1").status_code == 404
    assert wsr("project", project="elsewhere").status_code == 404
