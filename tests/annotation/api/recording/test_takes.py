"""Takes over REST: sent as a body, listed, heard, chosen; and what is refused leaves nothing."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.models import ConsentWithdrawal, Session, SessionLink, Take
from annotation.services.recording import take_files
from annotation.services.recording.visitors import COOKIE, digest
from speecheq.roles import Role
from tests import factories, recording

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SOUND = recording.wav(recording.speech(2.6))


@pytest.fixture
def session():
    return recording.session()


@pytest.fixture
def prompt(session):
    return session.places.first().prompt


@pytest.fixture
def operator(session):
    return factories.member(session.corpus, Role.SESSION_OPERATOR)


@pytest.fixture
def api(operator):
    return factories.client(operator)


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def path_of(session) -> str:
    return f"/api/v1/sessions/{session.public_id}/takes/"


def send(api, session, content=SOUND, *, query="", kind="audio/wav", **headers):
    headers.setdefault("HTTP_CONTENT_DIGEST", digest_of(content))
    if "CONTENT_LENGTH" in headers:  # the client of tests would not say more than it has
        headers["wsgi.input"] = io.BytesIO(content)
    kept = {name: value for name, value in headers.items() if value is not None}
    return api.generic("POST", path_of(session) + query, content, content_type=kind, **kept)


def spoken(prompt) -> str:
    return f"?prompt={prompt.public_id}"


def by_link(session) -> APIClient:
    """The browser of a speaker who opened a link to the session."""
    boss = factories.member(session.corpus, Role.DATA_MANAGER)
    SessionLink.objects.create(
        session=session,
        token_hash=digest(session.public_id),
        browser_hash=digest(f"cookie of {session.public_id}"),
        created_by=boss,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    browser = APIClient()
    browser.cookies[COOKIE] = f"cookie of {session.public_id}"
    return browser


def nothing_is_stored() -> bool:
    kept = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    waiting = list(Path(settings.SPEECHEQ_UPLOADS).iterdir())
    return not Take.objects.exists() and kept == [] and waiting == []


def test_a_take_is_stored_once_however_often_it_is_sent(api, session, prompt):
    first = send(api, session, query=spoken(prompt))
    assert first.status_code == 201, first.json()
    told = first.json()
    assert told["prompt"] == prompt.public_id
    assert told["version"] == 1
    assert told["sha256"] == hashlib.sha256(SOUND).hexdigest()
    assert told["qc"]["verdict"] in ("green", "yellow", "red")
    assert told["source"] == "file"
    assert told["clip"] is None
    second = send(api, session, query=spoken(prompt))
    assert second.status_code == 200
    assert second.json() == told


def test_the_same_file_at_another_prompt_is_a_conflict(api, session, prompt):
    send(api, session, query=spoken(prompt))
    answer = send(api, session, query=spoken(session.places.last().prompt))
    assert (answer.status_code, answer.json()["code"]) == (409, "take_elsewhere")


def test_room_tone_belongs_to_no_prompt(api, session):
    tone = recording.wav(recording.speech(3.0) * 0.001)
    answer = send(api, session, tone, query="?kind=room_tone")
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["prompt"], answer.json()["kind"]) == (None, "room_tone")


def test_when_it_was_recorded_is_kept(api, session, prompt):
    query = f"{spoken(prompt)}&recorded_at=2026-01-02T03:04:05Z"
    assert send(api, session, query=query).json()["recorded_at"] == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_clock_that_is_wrong_is_put_right_by_what_it_shows_when_it_sends(
    api, session, prompt, wrong_by
):
    shown = timezone.now() + wrong_by
    told = {"recorded_at": shown - timedelta(minutes=5), "sent_at": shown}
    query = "".join(f"&{name}={at:%Y-%m-%dT%H:%M:%S.%fZ}" for name, at in told.items())
    send(api, session, query=spoken(prompt) + query)
    age = timezone.now() - Take.objects.get().recorded_at
    assert timedelta(minutes=5) <= age < timedelta(minutes=6)


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ("{spoken}", {"HTTP_CONTENT_DIGEST": None}, 400, "digest_missing"),
        ("{spoken}", {"HTTP_CONTENT_DIGEST": digest_of(b"another")}, 400, "digest_mismatch"),
        ("{spoken}", {"HTTP_CONTENT_DIGEST": "sha-256=:nonsense:"}, 400, "malformed"),
        ("{spoken}", {"HTTP_CONTENT_DIGEST": "md5=:AAAA:"}, 400, "digest_missing"),
        ("", {}, 400, "no_prompt"),
        ("{spoken}&kind=room_tone", {}, 400, "no_prompt"),
        ("{spoken}&accepted=true", {}, 400, "malformed"),
        ("{spoken}&recorded_at=yesterday", {}, 400, "malformed"),
        ("{spoken}&sent_at=now", {}, 400, "malformed"),
        ("?prompt=pmt_unknown", {}, 422, "unknown_prompt"),
        ("{spoken}", {"kind": "audio/webm"}, 415, "unsupported_media_type"),
        ("{spoken}", {"kind": "multipart/form-data; boundary=x"}, 415, "unsupported_media_type"),
        ("{spoken}", {"CONTENT_LENGTH": ""}, 411, "length_missing"),
        ("{spoken}", {"CONTENT_LENGTH": str(take_files.MAX_BYTES + 1)}, 413, "too_large"),
        ("{spoken}", {"CONTENT_LENGTH": str(len(SOUND) + 1)}, 400, "broken_off"),
    ],
)
def test_what_is_not_right_is_refused_and_nothing_is_stored(
    api, session, prompt, query, headers, status, code
):
    asked = query.format(spoken=spoken(prompt))
    answer = send(api, session, query=asked, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x1a\x45\xdf\xa3" + b"\0" * 500, "not_wav"),
        (SOUND[:-1000], "truncated"),
        (b"", "empty"),
    ],
    ids=["webm", "cut", "empty"],
)
def test_a_body_that_is_no_wav_is_refused_by_name(api, session, prompt, content, code):
    length = {} if content else {"CONTENT_LENGTH": "0"}
    answer = send(api, session, content, query=spoken(prompt), **length)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert nothing_is_stored()


def test_a_prompt_of_another_session_is_none_of_this_one(api, session):
    other = recording.script(code="another")
    answer = send(api, session, query=spoken(other.prompts.first()))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_prompt")
    assert nothing_is_stored()


def test_without_consent_nothing_is_recorded(api, session, prompt):
    ConsentWithdrawal.objects.create(
        speaker=session.speaker, purposes=["record"], withdrawn_at=timezone.now()
    )
    answer = send(api, session, query=spoken(prompt))
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")
    assert nothing_is_stored()
    recording.consent(session.speaker)  # signed again: what waited in the browser may come
    assert send(api, session, query=spoken(prompt)).status_code == 201


def test_a_closed_session_takes_nothing_new(api, session, prompt):
    Session.objects.filter(pk=session.pk).update(state="closed")
    answer = send(api, session, query=spoken(prompt))
    assert (answer.status_code, answer.json()["code"]) == (409, "session_not_open")
    assert nothing_is_stored()


def test_a_full_disk_is_told_and_nothing_is_stored(api, session, prompt, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(take_files, "store_file", full)
    answer = send(api, session, query=spoken(prompt))
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert nothing_is_stored()


def test_the_list_can_be_narrowed_to_a_prompt(api, session, prompt):
    send(api, session, query=spoken(prompt))
    send(api, session, recording.wav(recording.speech(1.5)), query="?kind=room_tone")
    every = api.get(path_of(session)).json()["results"]
    one = api.get(path_of(session) + spoken(prompt)).json()["results"]
    assert [take["kind"] for take in every] == ["speech", "room_tone"]
    assert [take["kind"] for take in one] == ["speech"]
    assert api.get(path_of(session) + "?verdict=red").status_code == 400


def test_a_take_is_chosen_by_hand(api, session, prompt):
    first = send(api, session, query=spoken(prompt)).json()
    second = send(
        api, session, recording.wav(recording.speech(2.6, seed=2)), query=spoken(prompt)
    ).json()
    answer = api.patch(f"/api/v1/takes/{first['id']}/", {"accepted": True}, format="json")
    assert answer.json()["accepted"] is True
    assert api.get(f"/api/v1/takes/{second['id']}/").json()["accepted"] is False


def test_a_take_is_heard_as_it_came(api, session, prompt):
    take = send(api, session, query=spoken(prompt)).json()
    answer = api.get(f"/api/v1/takes/{take['id']}/audio/")
    assert answer.content == SOUND if not answer.streaming else b"".join(answer) == SOUND
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_speaker_by_link_records_in_their_own_session(session, prompt):
    browser = by_link(session)
    answer = send(browser, session, query=spoken(prompt))
    assert answer.status_code == 201, answer.json()
    assert answer.json()["source"] == "recorder"
    assert browser.get(f"/api/v1/takes/{answer.json()['id']}/audio/").status_code == 200


def test_a_speaker_by_link_reaches_no_other_session(session, prompt, api):
    mine = send(api, session, query=spoken(prompt)).json()
    other = recording.session(session.corpus)
    browser = by_link(other)
    assert send(browser, session, query=spoken(prompt)).status_code == 404
    assert browser.get(path_of(session)).status_code == 404
    for address in (f"/api/v1/takes/{mine['id']}/", f"/api/v1/takes/{mine['id']}/audio/"):
        assert browser.get(address).status_code == 404


@pytest.mark.parametrize(
    ("role", "listens", "records"),
    [
        (Role.DATA_MANAGER, 200, 201),
        (Role.SESSION_OPERATOR, 200, 201),
        (Role.ADJUDICATOR, 200, 403),
        (Role.RESEARCHER, 200, 403),
        (Role.ANNOTATOR, 403, 403),
    ],
)
def test_who_hears_and_who_records(api, session, prompt, role, listens, records):
    take = send(api, session, query=spoken(prompt)).json()
    theirs = factories.client(factories.member(session.corpus, role))
    assert theirs.get(f"/api/v1/takes/{take['id']}/audio/").status_code == listens
    new = recording.wav(recording.speech(2.6, seed=9))
    assert send(theirs, session, new, query=spoken(prompt)).status_code == records


def test_another_corpus_knows_nothing_of_it(api, session, prompt):
    take = send(api, session, query=spoken(prompt)).json()
    stranger = factories.client(factories.member(factories.CorpusFactory(), Role.DATA_MANAGER))
    assert stranger.get(f"/api/v1/takes/{take['id']}/").status_code == 404
    assert send(stranger, session, query=spoken(prompt)).status_code == 404
