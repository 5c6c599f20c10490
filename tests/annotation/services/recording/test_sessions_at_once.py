"""Two people, or two browsers, in one moment: with real threads and connections."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.models import Session, SessionLive, SessionPrompt
from annotation.services.recording import links, live, sessions
from annotation.services.recording.errors import LinkTaken, SessionStateConflict
from annotation.services.recording.live import Report
from speecheq.roles import Role
from tests import recording
from tests.annotation.services.test_queue_concurrency import at_once
from tests.factories import CorpusFactory, member

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]
MANY = 6


@pytest.fixture
def corpus():
    return CorpusFactory()


@pytest.fixture
def operator(corpus):
    return member(corpus, Role.SESSION_OPERATOR)


def test_of_many_who_change_the_state_at_once_one_wins(corpus, operator):
    session = recording.session(corpus)
    looked = [Session.objects.select_related("corpus").get(pk=session.pk) for _ in range(MANY)]

    def pause(seen):
        try:
            return sessions.change_session(seen, by=operator, state="paused").state
        except SessionStateConflict:
            return "too late"

    assert Counter(at_once(pause, looked)) == {"paused": 1, "too late": MANY - 1}
    assert session.events.filter(kind="state").count() == 1


def test_of_many_browsers_that_open_a_link_at_once_one_gets_it(corpus, operator):
    link, token = links.make_link(recording.session(corpus), by=operator)

    def press(browser):
        try:
            return links.open_link(token, browser=browser).pk
        except LinkTaken:
            return None

    opened = at_once(press, [f"browser-{n}" for n in range(MANY)])
    assert Counter(opened) == {link.pk: 1, None: MANY - 1}
    assert link.session.events.filter(data__opened=True).count() == 1


def test_once_more_pressed_by_many_is_asked_once(corpus, operator):
    session = recording.session(corpus)
    prompt = session.places.first().prompt.public_id
    at_once(lambda _: sessions.ask_again(session, by=operator, prompt_id=prompt), range(MANY))
    assert session.events.filter(kind="again").count() == 1
    assert SessionPrompt.objects.filter(session=session, state="again").count() == 1


def test_recorders_that_speak_up_at_once_leave_one_row(corpus):
    session = recording.session(corpus)
    at_once(lambda n: live.report(session, Report("recording", waiting=n)), range(MANY))
    assert SessionLive.objects.get().state == "recording"


def test_each_of_many_notes_raises_the_revision(corpus, operator):
    session = recording.session(corpus)
    at_once(lambda n: sessions.add_note(session, by=operator, text=f"Note {n}."), range(MANY))
    session.refresh_from_db()
    assert session.revision == session.events.count() == MANY
