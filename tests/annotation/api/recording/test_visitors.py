"""A speaker by link reaches their own session through the routes that say so, and nothing else."""

from __future__ import annotations

import base64
import hashlib

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.services.recording import links
from annotation.services.recording.visitors import COOKIE, visitor_of
from speecheq.authorisation import table
from speecheq.roles import Role
from tests import recording
from tests.factories import CorpusFactory, client, member
from tests.speecheq.test_authorisation import path_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
EVERY_CALL = [
    (name, method, access)
    for name, methods in sorted(table().items())
    for method, access in methods.items()
]
BY_LINK = [(n, m) for n, m, access in EVERY_CALL if access.by_link and m != "OPTIONS"]
CLOSED = [(n, m) for n, m, access in EVERY_CALL if not (access.by_link or access.anyone)]


def at(session, part: str = "") -> str:
    return f"/api/v1/sessions/{session.public_id}/{part}"


def test_every_other_route_is_closed(visitor):
    """All in one test: what is refused changes nothing, and to make a visitor takes longer."""
    assert len(CLOSED) > 200
    found = {(n, m): visitor.generic(m, path_of(n)).status_code for n, m in CLOSED}
    assert {call: status for call, status in found.items() if status != 403} == {}


@pytest.mark.parametrize(("name", "method"), BY_LINK)
def test_a_route_by_link_leads_to_no_other_record(visitor, name, method):
    """With another id there is nothing, or it is refused; and nobody is sent to sign in."""
    path = path_of(name)
    status = visitor.generic(method, path).status_code
    assert status not in (302, 401)
    assert status >= 400 or "x" not in path.split("/")


def test_their_own_session_is_theirs_to_read_and_report_on(visitor, session):
    assert visitor.get(at(session)).status_code == 200
    assert visitor.put(at(session, "live/"), {"state": "idle"}).status_code == 200
    assert visitor.put(at(session, "device/"), {"label": "phone"}).status_code == 200
    note = visitor.post(at(session, "notes/"), {"text": "A car."})
    assert (note.status_code, note.json()["actor"]) == (201, None)


def test_another_session_of_the_corpus_is_not_there(visitor, corpus):
    other = recording.session(corpus)
    assert visitor.get(at(other)).status_code == 404
    assert visitor.put(at(other, "live/"), {"state": "idle"}).status_code == 404
    assert visitor.post(at(other, "notes/"), {"text": "A car."}).status_code == 404


@pytest.mark.parametrize("part", ["events/", "progress/", "links/"])
def test_what_staff_wrote_stays_with_staff(visitor, session, part):
    assert visitor.get(at(session, part)).status_code == 403


def test_a_speaker_neither_changes_the_session_nor_asks_for_more(visitor, session):
    assert visitor.patch(at(session), {"state": "closed"}).status_code == 403
    prompt = session.places.first().prompt.public_id
    assert visitor.post(at(session, "again/"), {"prompt": prompt}).status_code == 403


def test_another_site_cannot_write_in_their_name(browser, session):
    caller = APIClient(enforce_csrf_checks=True)
    caller.cookies[COOKIE] = browser
    refused = caller.put(at(session, "live/"), {"state": "idle"})
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]
    caller.cookies["csrftoken"] = secret = "x" * 32
    allowed = caller.put(at(session, "live/"), {"state": "idle"}, HTTP_X_CSRFTOKEN=secret)
    assert allowed.status_code == 200


def test_a_file_is_sent_with_a_cookie_as_with_a_token(browser, session):
    recording.consent(session.speaker)
    caller = APIClient(enforce_csrf_checks=True)
    caller.cookies[COOKIE] = browser
    sound, prompt = recording.wav(recording.speech()), session.places.first().prompt.public_id
    where = at(session, f"takes/?prompt={prompt}")
    hashed = base64.b64encode(hashlib.sha256(sound).digest()).decode()
    sent = {"content_type": "audio/wav", "HTTP_CONTENT_DIGEST": f"sha-256=:{hashed}:"}
    assert "CSRF" in caller.generic("POST", where, sound, **sent).json()["detail"]
    caller.cookies["csrftoken"] = sent["HTTP_X_CSRFTOKEN"] = "x" * 32
    stored = caller.generic("POST", where, sound, **sent)
    assert stored.status_code == 201
    assert stored.json()["sha256"] == hashlib.sha256(sound).hexdigest()
    assert (
        caller.generic("POST", where, sound, **sent | {"content_type": "audio/webm"}).json()["code"]
        == "unsupported_media_type"
    )


def test_options_are_open_where_a_method_is(visitor, session):
    assert visitor.options(at(session)).status_code == 200
    assert visitor.options(at(session, "events/")).status_code == 403


def test_who_is_signed_in_stays_who_they_are(browser, session, operator):
    """Staff who open a link in their own browser must not shrink to a speaker, nor grow."""
    caller = Client()
    caller.cookies[COOKIE] = browser
    caller.force_login(operator)
    assert caller.get(at(session, "events/")).status_code == 200
    stranger = Client()
    stranger.cookies[COOKIE] = browser
    stranger.force_login(member(CorpusFactory(), Role.SESSION_OPERATOR))
    assert stranger.get(at(session)).status_code == 404


def test_a_token_counts_before_the_cookie(browser, session):
    caller = client(member(CorpusFactory(), Role.SESSION_OPERATOR))
    caller.cookies[COOKIE] = browser
    assert caller.get(at(session)).status_code == 404


def test_a_link_taken_back_ends_at_once(visitor, session, operator):
    links.revoke_link(session.links.get(), by=operator)
    assert visitor.get(at(session)).status_code == 401


def test_a_closed_session_can_still_be_read_but_not_written(visitor, session):
    type(session).objects.update(state="closed")
    assert visitor.get(at(session)).json()["state"] == "closed"
    prompt = session.places.first().prompt.public_id
    body = {"prompt": prompt, "reason": "late"}
    assert visitor.post(at(session, "skip/"), body).status_code == 409


def test_a_cookie_nobody_gave_is_nobody(session):
    caller = APIClient()
    caller.cookies[COOKIE] = "made-up"
    assert caller.get(at(session)).status_code == 401


def test_a_visitor_has_no_role_whoever_asks(browser):
    visitor = visitor_of(browser)
    assert visitor.is_authenticated
    assert visitor.only_labels
    assert not visitor.has_any_role(set(Role))
    assert (visitor.role_names(), visitor.get_username(), visitor.pk) == ([], "", None)
