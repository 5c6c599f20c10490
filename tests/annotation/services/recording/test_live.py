"""What the recorder says of itself, and its device."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.services.recording import live, sessions
from annotation.services.recording.errors import UnknownPrompt
from annotation.services.recording.live import Report
from speecheq.errors import DomainError, TooLarge
from speecheq.roles import Role
from tests import recording
from tests.factories import member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session():
    return recording.session()


def test_before_the_recorder_spoke_it_is_away(session):
    told = live.state_of(session)
    assert (told["state"], told["age_ms"], told["again"]) == ("away", None, [])


def test_the_last_word_of_the_recorder_is_told_with_its_age(session, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    prompt = session.places.first().prompt.public_id
    live.report(session, Report("recording", prompt, level_dbfs=-20.5, peak_dbfs=-3, waiting=2))
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=1.5))
    told = live.state_of(session)
    assert (told["state"], told["prompt"], told["waiting"]) == ("recording", prompt, 2)
    assert (told["level_dbfs"], told["peak_dbfs"]) == (-20.5, -3)
    assert told["age_ms"] == 1500


def test_levels_that_come_too_fast_are_dropped(session, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    live.report(session, Report("recording", level_dbfs=-20))
    live.report(session, Report("recording", level_dbfs=-10))
    assert live.state_of(session)["level_dbfs"] == -20
    monkeypatch.setattr(timezone, "now", lambda: now + live.SOONEST)
    live.report(session, Report("recording", level_dbfs=-10))
    assert live.state_of(session)["level_dbfs"] == -10


def test_a_change_of_state_is_never_dropped(session):
    for state in ("idle", "recording", "idle"):
        live.report(session, Report(state))
        assert live.state_of(session)["state"] == state


def test_the_operator_reads_which_prompts_come_once_more(session):
    operator = member(session.corpus, Role.SESSION_OPERATOR)
    asked = [place.prompt.public_id for place in session.places.all()[1:3]]
    for prompt in reversed(asked):
        sessions.ask_again(session, by=operator, prompt_id=prompt)
    assert live.state_of(session)["again"] == asked


def test_reading_and_writing_cost_few_queries(session, django_assert_max_num_queries):
    live.report(session, Report("idle"))
    with django_assert_max_num_queries(2):
        live.state_of(session)
    with django_assert_max_num_queries(2):
        live.report(session, Report("recording"))


def test_a_prompt_of_another_session_is_refused(session):
    other = recording.script(1, code="other").prompts.first()
    with pytest.raises(UnknownPrompt):
        live.report(session, Report("idle", other.public_id))


def test_a_device_is_kept_as_reported_and_noted_when_it_changes(session):
    device = {"label": "USB", "sampleRate": 48000, "echoCancellation": False}
    for _ in range(2):
        live.store_device(session, device, by=None)
    session.refresh_from_db()
    assert session.device == device
    assert session.events.get(kind="device").data == {"label": "USB"}


def test_a_device_report_is_a_bounded_object(session):
    with pytest.raises(TooLarge):
        live.store_device(session, {"label": "声" * 6000}, by=None)
    with pytest.raises(DomainError, match="not list"):
        live.store_device(session, ["USB"], by=None)
    session.refresh_from_db()
    assert session.device == {}
