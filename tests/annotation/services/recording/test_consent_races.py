"""A withdrawal beside a take that is being stored: one is first, and the other knows it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from annotation.services.recording import consents
from annotation.services.recording.errors import ConsentMissing
from speecheq.roles import Role
from tests.annotation.services.test_queue_locks import in_thread, until_somebody_waits
from tests.factories import SpeakerFactory, member
from tests.recording import consent
from tests.support.processes import PATIENCE_S

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]


@pytest.fixture
def speaker():
    made = SpeakerFactory()
    consent(made)
    return made


@pytest.fixture
def take_back(speaker):
    by = member(speaker.corpus, Role.SESSION_OPERATOR)
    return in_thread(lambda: consents.withdraw(speaker=speaker, purposes=["record"], by=by))


def test_a_withdrawal_waits_for_the_take_that_asked_before_it(speaker, take_back):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            consents.require(speaker)
            taking_back = pool.submit(take_back)
            until_somebody_waits()
            assert not taking_back.done()
            assert consents.require(speaker)  # still, and until the take is stored
        taking_back.result(timeout=PATIENCE_S)
    with pytest.raises(ConsentMissing):
        consents.require(speaker)


def test_a_take_that_asks_while_consent_is_taken_back_is_refused(speaker):
    by = member(speaker.corpus, Role.SESSION_OPERATOR)
    taken_back, ask_now = threading.Event(), threading.Event()

    def take_back_slowly() -> None:
        with transaction.atomic():
            consents.withdraw(speaker=speaker, purposes=["record"], by=by)
            taken_back.set()
            ask_now.wait(timeout=PATIENCE_S)

    def ask_for_a_take() -> None:
        with transaction.atomic():
            consents.require(speaker)

    with ThreadPoolExecutor(2) as pool:
        taking_back = pool.submit(in_thread(take_back_slowly))
        assert taken_back.wait(timeout=PATIENCE_S)
        asking = pool.submit(in_thread(ask_for_a_take))
        until_somebody_waits()
        assert not asking.done()
        ask_now.set()
        taking_back.result(timeout=PATIENCE_S)
        with pytest.raises(ConsentMissing):
            asking.result(timeout=PATIENCE_S)
