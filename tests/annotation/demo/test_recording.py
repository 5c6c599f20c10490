"""The demo's session: ready to be recorded, marked as what it is, made once."""

from __future__ import annotations

import pytest

from annotation.demo import recording
from annotation.models import Consent, Script, Session
from annotation.models.consent import Purpose
from annotation.services.recording.consents import require
from speecheq.models import User
from speecheq.roles import Role
from tests.factories import CorpusFactory, UserFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    corpus = CorpusFactory()
    member(corpus, Role.SESSION_OPERATOR, username="operator")
    return corpus


@pytest.fixture
def admin():
    return UserFactory(username="admin", is_superuser=True)


def test_a_visitor_can_record_at_once(corpus, admin):
    session = recording.ensure(corpus, by=admin, seed=1)
    assert (session.state, session.operator) == ("planned", User.objects.get(username="operator"))
    assert session.places.count() == 1 + len(recording.SENTENCES)
    assert require(session.speaker, Purpose.RECORD)


def test_the_signature_says_that_nobody_signed(corpus, admin):
    recording.ensure(corpus, by=admin, seed=1)
    consent = Consent.objects.get()
    assert "Simulated" in consent.signed_name
    assert consent.purposes == ["record", "label"]


def test_a_second_run_adds_nothing(corpus, admin):
    first, second = (recording.ensure(corpus, by=admin, seed=1) for _ in range(2))
    assert first == second
    assert (Session.objects.count(), Consent.objects.count()) == (1, 1)
    assert Script.objects.filter(code=recording.SCRIPT).count() == 1
