"""The pages of the recorder and the operator: who may open them, and what they begin with."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from annotation.recording.qc.judging import REASONS
from annotation.services.recording import links
from annotation.services.recording.visitors import COOKIE
from annotation.web.recording.recorder import pages_of
from speecheq.roles import Role
from tests import recording
from tests.factories import CorpusFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    return CorpusFactory(slug="spoken")


@pytest.fixture
def operator(corpus, client):
    found = member(corpus, Role.SESSION_OPERATOR)
    client.force_login(found)
    return found


def config_of(html: str, name: str) -> dict[str, Any]:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html)
    assert found, name
    return json.loads(found[1])


def test_the_recorder_page_begins_with_the_session_and_alone_gets_the_microphone(
    client, corpus, operator
):
    session = recording.session(corpus)
    answer = client.get(f"/sessions/{session.public_id}/record/")
    assert answer.status_code == 200
    assert "microphone=(self)" in answer["Permissions-Policy"]
    assert answer["Cache-Control"] == "no-store"
    config = config_of(answer.content.decode(), "record-config")
    assert config["session"]["id"] == session.public_id
    assert len(config["session"]["prompts"]) == 4
    assert config["names"]["esc"]["HAP"] == "Happy"
    assert config["urls"]["worklet"].endswith("capture_worklet.js")


@pytest.mark.parametrize("name", ["record", "operate"])
def test_nothing_can_be_pressed_before_the_page_does_what_it_says(client, corpus, operator, name):
    session = recording.session(corpus)
    html = client.get(f"/sessions/{session.public_id}/{name}/").content.decode()
    buttons = re.findall(r"<button[^>]* data-code=[^>]*>", html)
    assert buttons
    assert [each for each in buttons if " disabled" not in each] == []


@pytest.mark.parametrize("path", ["/", "/sessions/{id}/operate/"])
def test_no_other_page_gets_the_microphone(client, corpus, operator, path):
    session = recording.session(corpus)
    answer = client.get(path.format(id=session.public_id))
    assert answer.status_code == 200
    assert "microphone=()" in answer["Permissions-Policy"]


def test_who_has_not_agreed_is_led_to_the_consent(client, corpus, operator):
    session = recording.session(corpus, agreed=False)
    answer = client.get(f"/sessions/{session.public_id}/record/")
    assert answer.status_code == 302
    assert answer["Location"] == pages_of(session)["consent"]


@pytest.mark.parametrize("page", ["record", "operate"])
@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_who_does_not_record_opens_neither(client, corpus, page, role):
    client.force_login(member(corpus, role))
    session = recording.session(corpus)
    assert client.get(f"/sessions/{session.public_id}/{page}/").status_code == 403


@pytest.mark.parametrize("page", ["record", "operate"])
def test_another_corpus_is_unknown(client, operator, page):
    session = recording.session(CorpusFactory(slug="other"))
    assert client.get(f"/sessions/{session.public_id}/{page}/").status_code == 404


def test_every_reason_of_quality_control_has_its_words(client, corpus, operator):
    session = recording.session(corpus)
    html = client.get(f"/sessions/{session.public_id}/record/").content.decode()
    texts = config_of(html, "record-texts")
    assert {code for code in REASONS if f"reason.{code}" not in texts} == set()


@pytest.mark.parametrize("page", ["record", "operate"])
def test_what_is_counted_has_words_for_one_and_for_many(client, corpus, operator, page):
    session = recording.session(corpus)
    html = client.get(f"/sessions/{session.public_id}/{page}/").content.decode()
    texts = config_of(html, f"{page}-texts")
    ones = {name.removesuffix(".one") for name in texts if name.endswith(".one")}
    assert ones == {name.removesuffix(".many") for name in texts if name.endswith(".many")}
    assert "bad_count" in ones
    for name in ones:
        assert "{n}" in texts[f"{name}.many"]
        assert "{n}" not in texts[f"{name}.one"]


def test_the_screen_of_the_operator_knows_how_to_step_in(client, corpus, operator):
    session = recording.session(corpus)
    html = client.get(f"/sessions/{session.public_id}/operate/").content.decode()
    urls = config_of(html, "operate-config")["urls"]
    assert urls["again"] == f"/api/v1/sessions/{session.public_id}/again/"


def test_a_speaker_by_link_is_told_of_links_and_not_of_signing_in(client, corpus, operator):
    session = recording.session(corpus)
    path = f"/sessions/{session.public_id}/record/"
    staff = client.get(path).content.decode()
    _link, token = links.make_link(session, by=operator)
    links.open_link(token, browser="a secret")
    speaker = Client()
    speaker.cookies[COOKIE] = "a secret"
    page = speaker.get(path).content.decode()
    assert [config_of(html, "record-config")["by_link"] for html in (staff, page)] == [False, True]
    assert "Your link has run out" in config_of(page, "record-texts")["waiting.signed_out"]
    assert "Sign in again" in config_of(staff, "record-texts")["waiting.signed_out"]
    assert "/login/" not in page
