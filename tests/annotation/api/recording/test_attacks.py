"""What somebody with a bad intention tries on the routes of recording, and what they get."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from annotation.models import Clip, Consent, ConsentWithdrawal, SessionEvent, Take
from annotation.models.ids import clip_id
from annotation.services.recording import (
    clips,
    consents,
    events,
    links,
    takes,
    upload_room,
    uploads,
)
from annotation.services.recording.link_room import TooMuchByLink
from annotation.services.recording.visitors import COOKIE, visitor_of
from speecheq.errors import NotFound
from speecheq.jobs import run_job
from speecheq.roles import Role
from tests import factories, recording
from tests.long_files import below_import_root, read_long

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def at(session, part: str = "") -> str:
    return f"/api/v1/sessions/{session.public_id}/{part}"


def sound(seed: int = 1) -> bytes:
    return recording.wav(recording.speech(1.2, seed=seed), rate_hz=16_000)


def record(session, n: int = 0, seed: int = 1) -> Take:
    path = Path(settings.SPEECHEQ_UPLOADS) / "sent.wav"
    path.write_bytes(sound(seed))
    prompt = session.places.all()[n].prompt
    take, _ = takes.store_take(
        session=session, prompt=prompt, kind="speech", path=path, sha256=None, by=None
    )
    path.unlink()
    return takes.choose_take(take, accepted=True, by=None)


def send(caller, session, content: bytes):
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    prompt = session.places.first().prompt.public_id
    return caller.generic(
        "POST",
        at(session, f"takes/?prompt={prompt}"),
        content,
        content_type="audio/wav",
        HTTP_CONTENT_DIGEST=f"sha-256=:{digest}:",
    )


# --- an annotator here, who records elsewhere -------------------------------------------------


@pytest.fixture
def two_hats(session):
    """Labels in this corpus, and manages and records in another: the table alone lets them in."""
    person = factories.member(session.corpus, Role.ANNOTATOR)
    elsewhere = factories.CorpusFactory()
    for role in (Role.DATA_MANAGER, Role.SESSION_OPERATOR, Role.RESEARCHER):
        elsewhere.memberships.create(user=person, role=role)
    caller = APIClient()
    caller.force_login(person)
    return caller


def test_who_labels_here_and_records_elsewhere_reaches_nothing_of_recording_here(
    session, operator, two_hats, settings, tmp_path
):
    long = read_long(session, below_import_root(settings, tmp_path), by=operator)
    take, speaker = record(session), session.speaker
    link, _token = links.make_link(session, by=operator)
    prompt = take.prompt.public_id
    calls = [
        ("GET", at(session)),
        ("PATCH", at(session)),
        *(("GET", at(session, f"{part}/")) for part in ("events", "progress", "links", "live")),
        *(("POST", at(session, f"{part}/")) for part in ("notes", "again", "skip", "links")),
        *(("POST", at(session, f"{part}/")) for part in ("consent", "clips", "long-recordings")),
        *(("PUT", at(session, f"{part}/")) for part in ("live", "device")),
        ("GET", at(session, "takes/")),
        ("POST", at(session, f"takes/?prompt={prompt}")),
        ("GET", at(session, "long-recordings/")),
        ("GET", f"/api/v1/takes/{take.public_id}/"),
        ("PATCH", f"/api/v1/takes/{take.public_id}/"),
        ("GET", f"/api/v1/takes/{take.public_id}/audio/"),
        ("DELETE", f"/api/v1/links/{link.public_id}/"),
        ("GET", f"/api/v1/speakers/{speaker.public_id}/consents/"),
        ("POST", f"/api/v1/speakers/{speaker.public_id}/consents/"),
        ("POST", f"/api/v1/speakers/{speaker.public_id}/withdraw/"),
        ("GET", f"/api/v1/corpora/{session.corpus.slug}/recording/"),
        ("GET", f"/api/v1/long-recordings/{long.public_id}/"),
        *(
            ("GET", f"/api/v1/long-recordings/{long.public_id}/{part}/")
            for part in ("peaks", "audio")
        ),
        ("PUT", f"/api/v1/long-recordings/{long.public_id}/regions/"),
        *(
            ("POST", f"/api/v1/long-recordings/{long.public_id}/{part}/")
            for part in ("search", "cut")
        ),
        *(
            ("GET", f"{page}/")
            for page in (
                f"/sessions/{session.public_id}",
                f"/sessions/{session.public_id}/record",
                f"/sessions/{session.public_id}/operate",
                f"/sessions/{session.public_id}/long",
                f"/sessions/{session.public_id}/consent",
                f"/long/{long.public_id}",
                f"/speakers/{speaker.public_id}/consents",
                f"/speakers/{speaker.public_id}/withdraw",
            )
        ),
    ]
    got = {call: two_hats.generic(*call, content_type="application/json") for call in calls}
    told = {call: answer.status_code for call, answer in got.items()}
    assert {call: status for call, status in told.items() if status not in (403, 404)} == {}


def test_a_clip_made_of_a_take_is_no_page_for_who_labels_here(session, operator, two_hats):
    record(session)
    run_job(clips.request_clips(session, by=operator).pk)
    clip = Clip.objects.get()
    assert two_hats.get(f"/api/v1/clips/{clip.public_id}/").status_code == 404
    assert not two_hats.get("/api/v1/clips/").json()["results"]


# --- blindness --------------------------------------------------------------------------------


def test_the_id_of_a_clip_does_not_tell_its_prompt_to_who_tries_all_of_them(session, operator):
    """Who labels knows corpus, session (its campaign is called so) and the script, which anybody
    may read: the id of a clip must not be what these alone would give."""
    take = record(session)
    run_job(clips.request_clips(session, by=operator).pk)
    key = f"{session.public_id}/{take.prompt.key}/{take.version}"
    clip = Clip.objects.get()
    assert clip.key.startswith(f"{key}/")
    assert clip.public_id != clip_id(session.corpus.slug, key)
    assert take.public_id in clip.key


def test_a_consent_of_another_corpus_does_not_name_its_speaker(session):
    stranger = factories.member(factories.CorpusFactory(), Role.SESSION_OPERATOR)
    made = Consent.objects.get()
    with pytest.raises(NotFound) as refused:
        consents.find_consent(made.public_id, user=stranger)
    assert session.speaker.public_id not in refused.value.detail


# --- a speaker by link who does not stop ------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(events, "MOST_BY_LINK", 3)
    monkeypatch.setattr(consents, "MOST_BY_LINK", 2)


def test_a_flood_of_notes_by_link_ends_and_what_is_spoken_is_still_kept(visitor, session, few):
    said = [visitor.post(at(session, "notes/"), {"text": "x"}) for _ in range(5)]
    assert [answer.status_code for answer in said] == [201, 201, 201, 429, 429]
    assert said[-1].json()["code"] == "too_many_by_link"
    device = visitor.put(at(session, "device/"), {"label": "other"}, format="json")
    assert device.status_code == 429
    assert send(visitor, session, sound()).status_code == 201
    assert visitor.put(at(session, "live/"), {"state": "idle"}, format="json").status_code == 200


def test_the_operator_writes_on_after_a_flood(visitor, session, operator, few):
    for _ in range(4):
        visitor.post(at(session, "notes/"), {"text": "x"})
    note = factories.client(operator).post(at(session, "notes/"), {"text": "Enough."})
    assert note.status_code == 201


def test_progress_that_the_other_client_reports_counts_as_well(visitor, browser, session, few):
    address = f"/api/v1/wsr/project/{session.corpus.slug}/session/{session.public_id}"
    here = {"format": "json", "HTTP_ORIGIN": "http://testserver"}
    said = [visitor.patch(address, {"status": "STARTED"}, **here) for _ in range(4)]
    assert [answer.status_code for answer in said] == [200, 200, 200, 429]
    assert SessionEvent.objects.filter(session=session, kind="change").count() == 3


def signature(**more) -> dict:
    given = {"text": "consent-en-1", "purposes": ["record"], "signed_name": "Anna", **more}
    return {name: value for name, value in given.items() if value is not None}


def test_consents_by_link_are_bounded_and_taking_back_never_is(visitor, session, few):
    said = [
        visitor.post(at(session, "consent/"), signature(is_minor=False), format="json").status_code
        for _ in range(3)
    ]
    assert said == [201, 201, 429]
    address = f"/api/v1/speakers/{session.speaker.public_id}/withdraw/"
    for _ in range(4):
        answer = visitor.post(address, {"purposes": ["record"]}, format="json")
        assert (answer.status_code, answer.json()["in_force"]) == (202, ["label"])
    assert ConsentWithdrawal.objects.count() == 1


def test_what_was_signed_again_is_taken_back_again(visitor, session):
    address = f"/api/v1/speakers/{session.speaker.public_id}/withdraw/"
    for _ in range(2):
        visitor.post(at(session, "consent/"), signature(is_minor=False), format="json")
        answer = visitor.post(address, {"purposes": ["record"]}, format="json")
        assert answer.json()["in_force"] == ["label"]
    assert ConsentWithdrawal.objects.count() == 2


def test_uploads_that_wait_by_link_have_a_bound_of_bytes(browser, session, monkeypatch):
    monkeypatch.setattr(upload_room, "WAITING_BY_LINK", 1000)
    speaker = visitor_of(browser)
    uploads.create_upload(by=speaker, length=900, metadata={})
    with pytest.raises(upload_room.TooManyUploads, match="900 bytes wait"):
        uploads.create_upload(by=speaker, length=101, metadata={})
    assert uploads.create_upload(by=speaker, length=100, metadata={})


@pytest.fixture
def room_for_one(settings):
    """The session has room for one take and a half."""
    settings.SPEECHEQ_LINK_MAX_BYTES = len(sound()) * 3 // 2


def test_takes_by_link_have_a_bound_of_bytes(visitor, session, room_for_one):
    assert send(visitor, session, sound()).status_code == 201
    refused = send(visitor, session, sound(2))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_much_by_link")
    assert str(len(sound())) in refused.json()["detail"]
    assert session.takes.count() == 1
    assert send(visitor, session, sound()).status_code == 200  # it is there already


def test_the_operator_is_not_bound_and_takes_nothing_from_the_link(
    visitor, session, operator, room_for_one
):
    for n in (2, 3, 4):
        assert send(factories.client(operator), session, sound(n)).status_code == 201
    assert send(visitor, session, sound()).status_code == 201


def test_another_session_has_room_of_its_own(visitor, session, room_for_one, operator):
    assert send(visitor, session, sound()).status_code == 201
    other = recording.session(session.corpus, of=session.script)
    _link, token = links.make_link(other, by=operator)
    links.open_link(token, browser="another")
    caller = APIClient()
    caller.cookies[COOKIE] = "another"
    assert send(caller, other, sound()).status_code == 201


def test_an_upload_by_link_counts_before_it_is_a_take(browser, session, room_for_one):
    speaker = visitor_of(browser)
    first = uploads.create_upload(by=speaker, length=len(sound()), metadata={})
    with pytest.raises(TooMuchByLink, match=str(len(sound()))):
        uploads.create_upload(by=speaker, length=len(sound()), metadata={})
    uploads.end_upload(first, by=speaker)
    assert uploads.create_upload(by=speaker, length=len(sound()), metadata={})


def test_takes_sent_whole_count_beside_uploads_that_wait(visitor, browser, session, room_for_one):
    speaker = visitor_of(browser)
    waiting = uploads.create_upload(by=speaker, length=len(sound()), metadata={})
    refused = send(visitor, session, sound())
    assert (refused.status_code, refused.json()["code"]) == (413, "too_much_by_link")
    uploads.end_upload(waiting, by=speaker)
    assert send(visitor, session, sound()).status_code == 201


def test_an_upload_fills_the_bound_to_the_last_byte_and_becomes_a_take(
    visitor, browser, session, settings
):
    settings.SPEECHEQ_LINK_MAX_BYTES = len(sound())
    begun = uploads.create_upload(by=visitor_of(browser), length=len(sound()), metadata={})
    uploads.add_piece(begun, uploads.Piece(0, len(sound())), [sound()])
    prompt = session.places.first().prompt.public_id
    body = {"upload": begun.public_id, "prompt": prompt}
    assert visitor.post(at(session, "takes/"), body, format="json").status_code == 201


def test_an_upload_that_became_a_take_counts_once(visitor, browser, session, settings):
    settings.SPEECHEQ_LINK_MAX_BYTES = 2 * len(sound())
    speaker = visitor_of(browser)
    prompt = session.places.first().prompt.public_id
    for content in (sound(), sound(2)):
        begun = uploads.create_upload(by=speaker, length=len(content), metadata={})
        uploads.add_piece(begun, uploads.Piece(0, len(content)), [content])
        body = {"upload": begun.public_id, "prompt": prompt}
        assert visitor.post(at(session, "takes/"), body, format="json").status_code == 201
    with pytest.raises(TooMuchByLink):
        uploads.create_upload(by=speaker, length=1, metadata={})


# --- who is of age ----------------------------------------------------------------------------


@pytest.mark.parametrize("said", [None, "absent"])
def test_by_link_the_age_is_said_where_nobody_knows_it(visitor, session, said):
    body = signature() if said == "absent" else {**signature(), "is_minor": None}
    answer = visitor.post(at(session, "consent/"), body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "age_missing")


def test_by_link_a_minor_by_year_of_birth_is_no_adult_by_word(visitor, session):
    type(session.speaker).objects.update(birth_year=2015)
    answer = visitor.post(at(session, "consent/"), signature(is_minor=False), format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "guardian_missing")


def test_a_take_of_a_minor_whose_year_was_learnt_later_is_refused(visitor, session):
    assert send(visitor, session, sound()).status_code == 201
    type(session.speaker).objects.update(birth_year=2015)
    refused = send(visitor, session, sound(2))
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_missing")
    by_guardian = {"guardian_name": "Berta", "guardian_relation": "mother"}
    answer = visitor.post(at(session, "consent/"), signature(**by_guardian), format="json")
    assert answer.json()["is_minor"] is True
    assert send(visitor, session, sound(2)).status_code == 201


# --- one upload, two prompts ------------------------------------------------------------------


def test_an_upload_that_became_a_take_is_not_the_take_of_another_prompt(operator, session):
    content = sound()
    sent = uploads.create_upload(by=operator, length=len(content), metadata={})
    uploads.add_piece(sent, uploads.Piece(0, len(content)), [content])
    caller = factories.client(operator)
    first, second, *_ = (place.prompt.public_id for place in session.places.all())
    body = {"upload": sent.public_id, "prompt": first}
    assert caller.post(at(session, "takes/"), body, format="json").status_code == 201
    assert caller.post(at(session, "takes/"), body, format="json").status_code == 200
    answer = caller.post(at(session, "takes/"), {**body, "prompt": second}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "take_elsewhere")
    assert session.takes.count() == 1
