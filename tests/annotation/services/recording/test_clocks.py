"""Clocks that are wrong: the take that was spoken last is the one that is chosen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.services.recording import sessions, takes
from annotation.services.recording.clocks import Moment, by_our_clock
from tests import recording
from tests.annotation.services.recording.sent import store
from tests.factories import UserFactory

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
skews = st.timedeltas(timedelta(days=-4000), timedelta(days=4000))
ages = st.timedeltas(timedelta(0), timedelta(days=365))


@given(skews, ages)
@settings(max_examples=40)
def test_whatever_a_clock_shows_the_age_of_a_take_counts(skew, age):
    told = NOW + skew
    assert by_our_clock(told - age, told, now=NOW) == NOW - age


@pytest.mark.parametrize(
    ("recorded_at", "sent_at"),
    [
        (NOW + HOUR, None),
        (NOW + HOUR, NOW),
        (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_nothing_was_recorded_later_than_now(recorded_at, sent_at):
    assert by_our_clock(recorded_at, sent_at, now=NOW) == NOW


def test_an_age_that_is_a_lie_stays_in_the_calendar():
    first, last = (day.replace(tzinfo=UTC) for day in (datetime.min, datetime.max))
    assert by_our_clock(first, last, now=NOW).year == 2016


def test_who_tells_no_time_has_none():
    assert by_our_clock(None, NOW, now=NOW) is None


def moment(number: Any, at=None, browser: Any = "b1") -> Moment:
    return Moment.of(at, {"order": {"browser": browser, "number": number}})


def test_in_one_browser_its_numbers_count_and_its_clock_does_not():
    assert moment(2, NOW).is_after(moment(1, NOW + HOUR))
    assert not moment(1, NOW + HOUR).is_after(moment(2, NOW))


def test_numbers_of_two_browsers_say_nothing_of_each_other():
    assert moment(1, NOW + HOUR, "b2").is_after(moment(9, NOW))
    assert not moment(9, None, "b2").is_after(moment(1, NOW))


@pytest.mark.parametrize(
    "order",
    [None, 5, [], {}, {"browser": "b1"}, {"browser": "b1", "number": True}, {"number": 1},
     {"browser": "", "number": 1}, {"browser": "b1", "number": "1"}, {"browser": 1, "number": 1},
     {"browser": "b" * 65, "number": 1}, {"browser": "b1", "number": 1.5}],
)  # fmt: skip
def test_an_order_that_is_none_is_passed_over(order):
    assert Moment.of(NOW, {"order": order}) == Moment(NOW)


# --- which take is chosen ----------------------------------------------------------------------

FIRST, SECOND = (recording.wav(recording.speech(1.6, seed=n), bits=16) for n in (1, 2))


@pytest.fixture
def session(db):
    return recording.session()


@pytest.fixture
def prompt(session):
    return session.places.first().prompt


def numbered(number: int, browser: str = "b1") -> dict[str, Any]:
    return {"order": {"browser": browser, "number": number}}


def chosen(session) -> list[str]:
    return [take.sha256 for take in session.takes.filter(accepted=True)]


@pytest.mark.database
@pytest.mark.parametrize("skew", [HOUR, -HOUR], ids=["put back", "put forward"])
def test_a_clock_that_is_set_right_between_two_takes_does_not_matter(session, prompt, skew):
    store(session, prompt, FIRST, recorded_at=timezone.now() + skew, reported=numbered(1))
    newer, _ = store(session, prompt, SECOND, recorded_at=timezone.now(), reported=numbered(2))
    assert chosen(session) == [newer.sha256]


@pytest.mark.database
@pytest.mark.parametrize("skew", [HOUR, -HOUR], ids=["put back", "put forward"])
def test_a_take_that_waited_does_not_push_out_the_next_one_of_its_browser(session, prompt, skew):
    newer, _ = store(session, prompt, SECOND, recorded_at=timezone.now(), reported=numbered(2))
    store(session, prompt, FIRST, recorded_at=timezone.now() + skew, reported=numbered(1))
    assert chosen(session) == [newer.sha256]


@pytest.mark.database
def test_a_clock_that_is_ahead_keeps_no_take_of_another_device_out(session, prompt):
    ahead, _ = store(session, prompt, FIRST, recorded_at=timezone.now() + HOUR)
    assert ahead.recorded_at <= timezone.now()
    newer, _ = store(session, prompt, SECOND, recorded_at=timezone.now())
    assert chosen(session) == [newer.sha256]


@pytest.mark.database
def test_a_bad_take_that_is_newer_keeps_no_older_one_out(session, prompt):
    silence = recording.wav(recording.speech(2.6) * 0)
    bad, _ = store(session, prompt, silence, reported=numbered(2))
    good, _ = store(session, prompt, FIRST, reported=numbered(1))
    assert bad.verdict == "red"
    assert good.verdict != "red"
    assert chosen(session) == [good.sha256]
    assert takes.takes_of(session).count() == 2


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize(
    ("spoken", "state"), [(-HOUR, "again"), (timedelta(seconds=-1), "again"), (HOUR, "recorded")]
)
def test_only_what_was_spoken_after_the_operator_asked_answers_the_ask(spoken, state, monkeypatch):
    session = recording.session()
    prompt = session.places.first().prompt
    sessions.ask_again(session, by=UserFactory(), prompt_id=prompt.public_id)
    asked = session.events.get(kind="again").at
    monkeypatch.setattr(timezone, "now", lambda: asked + 2 * HOUR)
    store(session, prompt, recorded_at=asked + spoken)
    assert session.places.get(prompt=prompt).state == state
