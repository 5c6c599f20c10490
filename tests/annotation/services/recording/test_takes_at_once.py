"""Takes of one prompt that come, and are chosen, in many threads at once."""

from __future__ import annotations

import pytest
from django.db import connection

from annotation.models import Session
from annotation.services.recording import takes
from tests import recording
from tests.annotation.services.recording.sent import OTHER, files, store
from tests.annotation.services.test_queue_concurrency import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]


def test_twenty_threads_that_send_the_same_take_store_one():
    session = recording.session()
    prompt = session.places.first().prompt
    answers = at_once(lambda _n: store(Session.objects.get(pk=session.pk), prompt), list(range(20)))
    assert sum(new for _take, new in answers) == 1
    assert len({take.pk for take, _new in answers}) == 1
    assert len(files()) == 1


def test_two_tabs_on_one_prompt_lose_nothing():
    session = recording.session()
    prompt = session.places.first().prompt
    sounds = [recording.wav(recording.speech(1.6, seed=n), bits=16) for n in range(8)]
    made = at_once(lambda n: store(Session.objects.get(pk=session.pk), prompt, sounds[n])[0],
                   list(range(8)))  # fmt: skip
    assert sorted(take.version for take in made) == list(range(1, 9))
    assert len(files()) == 8
    assert session.takes.filter(accepted=True).count() <= 1


def test_a_take_is_on_disk_when_it_was_answered():
    session = recording.session()
    seen = []

    def look(execute, sql, params, many, context):
        if "INSERT INTO" in sql and "annotation_take" in sql and connection.vendor == "sqlite":
            level = context["connection"].connection.execute("PRAGMA synchronous").fetchone()
            seen.append(level[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        store(session, session.places.first().prompt)
    assert seen == ([2] if connection.vendor == "sqlite" else [])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 1


def test_two_who_choose_different_takes_at_once_leave_one_chosen():
    session = recording.session()
    prompt = session.places.first().prompt
    pair = [store(session, prompt)[0], store(session, prompt, OTHER)[0]]
    at_once(lambda take: takes.choose_take(take, accepted=True, by=None), pair * 3)
    assert session.takes.filter(accepted=True).count() == 1
