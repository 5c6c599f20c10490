"""States, notes, once more, and leaving out."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from annotation.models import Session
from annotation.models.session import SessionState
from annotation.services.recording import room_tone, sessions
from annotation.services.recording.errors import (
    PromptRecorded,
    RoomToneUnwanted,
    SessionNotOpen,
    SessionStateConflict,
    UnknownPrompt,
)
from speecheq.errors import DomainError, Forbidden
from speecheq.models import Outbox
from speecheq.roles import Role
from tests import recording
from tests.annotation.services.recording.stored import take
from tests.factories import CorpusFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    return CorpusFactory()


@pytest.fixture
def operator(corpus):
    return member(corpus, Role.SESSION_OPERATOR, username="omar")


@pytest.fixture
def session(corpus):
    return recording.session(corpus)


def first(session):
    return session.places.select_related("prompt").first()


@pytest.mark.parametrize(
    ("before", "after"),
    [(b, a) for b, nexts in sessions.NEXT_STATES.items() for a in sorted(nexts)],
)
def test_each_allowed_step_is_taken_and_written_down(corpus, before, after):
    manager = member(corpus, Role.DATA_MANAGER)
    session = recording.session(corpus, state=before)
    changed = sessions.change_session(session, by=manager, state=after)
    assert changed.state == after
    event = session.events.get(kind="state")
    assert event.data == {"before": before, "state": after}
    assert event.actor == manager


@pytest.mark.parametrize(
    ("before", "after"), [("planned", "paused"), ("open", "planned"), ("closed", "paused")]
)
def test_other_steps_are_refused_and_say_what_can_be_done(corpus, operator, before, after):
    session = recording.session(corpus, state=before)
    with pytest.raises(SessionStateConflict, match="it can become"):
        sessions.change_session(session, by=operator, state=after)
    session.refresh_from_db()
    assert session.state == before


def test_who_looked_before_somebody_else_changed_the_state_is_told(corpus, operator):
    session = recording.session(corpus)
    stale = Session.objects.select_related("corpus").get(pk=session.pk)
    sessions.change_session(session, by=operator, state="closed")
    with pytest.raises(SessionStateConflict, match="Somebody else"):
        sessions.change_session(stale, by=operator, state="paused")


def test_asking_for_the_state_it_has_changes_nothing(session, operator):
    sessions.change_session(session, by=operator, state="open")
    assert not session.events.exists()


def test_a_closed_session_is_opened_by_a_data_manager_only(corpus, operator):
    session = recording.session(corpus, state="closed")
    with pytest.raises(Forbidden):
        sessions.change_session(session, by=operator, state="open")
    manager = member(corpus, Role.DATA_MANAGER)
    assert sessions.change_session(session, by=manager, state="open").state == "open"


def test_settings_change_with_their_earlier_ones_in_the_log(session, operator):
    sessions.change_session(
        session, by=operator, countdown_s=3, mode="auto_advance", operator="omar", title=""
    )
    session.refresh_from_db()
    assert (session.countdown_s, session.mode, session.operator) == (3, "auto_advance", operator)
    event = session.events.get(kind="change")
    assert event.data == {"countdown_s": 3, "mode": "auto_advance", "operator": "omar"}


def test_a_closed_session_keeps_its_settings(corpus, operator):
    session = recording.session(corpus, state="closed")
    with pytest.raises(SessionNotOpen, match="data manager"):
        sessions.change_session(session, by=operator, bits=16)


def test_a_change_raises_the_revision_and_reaches_the_audit_log(session, operator):
    sessions.change_session(session, by=operator, state="paused")
    session.refresh_from_db()
    assert session.revision == 1
    audited = Outbox.objects.get(topic="audit", payload__action="session.state").payload
    assert audited["subject"] == session.public_id
    assert audited["actor"] == operator.public_id


def test_a_note_may_be_about_one_prompt(session, operator):
    prompt = first(session).prompt
    sessions.add_note(session, by=operator, text=" A door. ", prompt_id=prompt.public_id)
    sessions.add_note(session, by=operator, text="Speaker has a cold.")
    notes = session.events.filter(kind="note").values_list("text", "prompt")
    assert list(notes) == [("A door.", prompt.pk), ("Speaker has a cold.", None)]


@pytest.mark.parametrize(("text", "code"), [("  ", "empty"), ("x" * 2001, "too_long")])
def test_a_note_says_something_and_not_too_much(session, operator, text, code):
    with pytest.raises(DomainError) as refused:
        sessions.add_note(session, by=operator, text=text)
    assert refused.value.code == code


def test_once_more_is_asked_once_however_often_the_key_is_pressed(session, operator):
    prompt = first(session).prompt.public_id
    for _ in range(2):
        assert sessions.ask_again(session, by=operator, prompt_id=prompt).state == "again"
    assert session.events.filter(kind="again").count() == 1


def test_a_prompt_is_left_out_with_its_reason(session, operator):
    prompt = first(session).prompt
    sessions.skip(session, by=operator, prompt_id=prompt.public_id, reason="Cannot say it.")
    place = first(session)
    assert (place.state, place.note) == ("skipped", "Cannot say it.")
    event = session.events.get(kind="skip")
    assert (event.text, event.prompt) == ("Cannot say it.", prompt)


def test_what_is_recorded_is_not_left_out(session, operator):
    prompt = first(session).prompt
    take(session, prompt, accepted=True)
    with pytest.raises(PromptRecorded, match="p00 is recorded"):
        sessions.skip(session, by=operator, prompt_id=prompt.public_id, reason="Enough.")


def test_leaving_out_a_second_attempt_keeps_the_first(session, operator):
    prompt = first(session).prompt
    take(session, prompt, accepted=True)
    sessions.ask_again(session, by=operator, prompt_id=prompt.public_id)
    sessions.skip(session, by=operator, prompt_id=prompt.public_id, reason="No time.")
    assert first(session).state == "recorded"


def test_what_was_left_out_is_brought_back(session, operator):
    prompt = first(session).prompt
    given = {"by": operator, "prompt_id": prompt.public_id}
    sessions.skip(session, reason="Cannot say it.", **given)
    sessions.bring_back(session, **given)
    place = first(session)
    assert (place.state, place.note) == ("waiting", "")
    event = session.events.filter(kind="skip").last()
    assert event.data == {"prompt_key": "p00", "ended": True}


def test_what_was_not_left_out_stays_as_it_is(session, operator):
    prompt = first(session).prompt
    given = {"by": operator, "prompt_id": prompt.public_id}
    sessions.ask_again(session, **given)
    sessions.bring_back(session, **given)
    assert first(session).state == "again"
    assert session.events.count() == 1


def test_asked_for_once_more_after_it_was_left_out_it_has_no_reason_any_longer(session, operator):
    prompt = first(session).prompt
    given = {"by": operator, "prompt_id": prompt.public_id}
    sessions.skip(session, reason="Cannot say it.", **given)
    sessions.ask_again(session, **given)
    assert (first(session).state, first(session).note) == ("again", "")


# --- the room tone once more -------------------------------------------------------------------


def asked_for_the_room(session, operator):
    room_tone.ask_again(session, by=operator)
    return session.events.get(kind="again", prompt=None).at


def test_the_room_is_asked_for_once_however_often_the_key_is_pressed(session, operator):
    for _ in range(3):
        room_tone.ask_again(session, by=operator)
    event = session.events.get(kind="again")
    assert (event.prompt, event.actor, event.data) == (None, operator, {"what": "room_tone"})
    assert room_tone.is_asked_again(session)


def test_a_room_tone_recorded_after_it_is_the_answer_and_one_before_is_none(session, operator):
    take(session, None)
    asked = asked_for_the_room(session, operator)
    take(session, None, recorded_at=asked - timedelta(seconds=1))
    take(session, first(session).prompt, recorded_at=asked + timedelta(seconds=5))
    assert room_tone.is_asked_again(session)
    take(session, None, recorded_at=asked + timedelta(seconds=1), verdict="red")
    assert not room_tone.is_asked_again(session)


def test_a_room_tone_of_which_nobody_knows_when_it_was_recorded_counts_from_its_coming(
    session, operator
):
    asked_for_the_room(session, operator)
    take(session, None)
    assert not room_tone.is_asked_again(session)


def test_the_room_may_be_asked_for_again_after_it_was_answered(session, operator):
    asked_for_the_room(session, operator)
    take(session, None)
    room_tone.ask_again(session, by=operator)
    assert session.events.filter(kind="again").count() == 2
    assert room_tone.is_asked_again(session)


def test_a_session_that_wants_no_room_tone_is_not_asked_for_one(corpus, operator):
    silent = recording.session(corpus, wants_room_tone=False)
    with pytest.raises(RoomToneUnwanted):
        room_tone.ask_again(silent, by=operator)


def test_nor_is_one_that_is_closed(corpus, operator):
    with pytest.raises(SessionNotOpen):
        room_tone.ask_again(recording.session(corpus, state="closed"), by=operator)


@pytest.mark.parametrize("act", ["ask_again", "skip", "bring_back"])
def test_a_closed_session_asks_for_nothing_more(corpus, operator, act):
    session = recording.session(corpus, state="closed")
    more = {"reason": "late"} if act == "skip" else {}
    with pytest.raises(SessionNotOpen):
        getattr(sessions, act)(
            session, by=operator, prompt_id=first(session).prompt.public_id, **more
        )


def test_a_prompt_of_another_session_is_unknown_here(session, operator):
    other = recording.script(2, code="other").prompts.first()
    with pytest.raises(UnknownPrompt):
        sessions.ask_again(session, by=operator, prompt_id=other.public_id)


class TestWalks(TestCase):
    @given(st.lists(st.sampled_from(SessionState.values), max_size=8))
    @settings(max_examples=20, deadline=None)
    def test_the_trail_of_any_walk_leads_from_state_to_state(self, wanted):
        """Every event begins where the last one ended, and the last ends where the session is."""
        corpus = CorpusFactory()
        manager = member(corpus, Role.DATA_MANAGER)
        session = recording.session(corpus, state="planned", agreed=False)
        for state in wanted:
            with contextlib.suppress(SessionStateConflict):
                session = sessions.change_session(session, by=manager, state=state)
        here = "planned"
        for event in session.events.filter(kind="state"):
            assert event.data["before"] == here
            here = event.data["state"]
        assert here == session.state
